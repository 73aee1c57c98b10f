//! What is written down: a launch, as its parts.

use crate::emit::found::Found;

/// What is launched.
pub(in crate::emit) enum Launch<'w> {
    Kernel(&'w Found),
    /// The cube side and the vector side.
    Cluster(&'w [Found; 2]),
    /// And their names, where they are known.
    Phases(&'w [Found], &'w [&'w str]),
}

impl<'w> Launch<'w> {
    pub(in crate::emit) fn parts(&self) -> Vec<&'w Found> {
        match *self {
            Launch::Kernel(found) => vec![found],
            Launch::Cluster(sides) => sides.iter().collect(),
            Launch::Phases(phases, _) => phases.iter().collect(),
        }
    }
}
