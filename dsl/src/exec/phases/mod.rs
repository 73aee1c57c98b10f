//! Kernels in phases: what a phase is, and what every executor does with a kernel of several.

mod eager;
mod record;
mod sequence;

pub use record::phase_programs;
pub(super) use record::{Recorded, Round};
pub(super) use sequence::{Nth, Visit, check};
pub use sequence::{Phases, Sequence};

use super::kernel::{PlanAt, PlanChip};
use crate::event::Retired;
use crate::global::{Args, ViewsOf};
use crate::tile::Buffers;
use crate::unit::Core;

/// A kernel in phases, between which all of its blocks meet: what one phase stores, the next one loads, whichever block stored it.
///
/// `#[phases]` on an `impl` block implements it. Each function is a phase, with a plan of its own, and they run in the order in which they
/// stand. An argument of one name is one argument, which each phase sees in its own way:
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: VecTile<'k, f32, 8, 8>,
///     sum: VecTile<'k, f32, 8, 8>,
/// }
///
/// /// `y` = each part of `x`, plus the part behind it.
/// struct Neighbours;
///
/// #[phases]
/// impl Neighbours {
///     /// Each block stores its own part ..
///     fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, doubled: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///         let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
///         let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
///         Ub::retire(UbTokens { x: tstore(&doubled.tile(0, 0), x), sum: ub.sum })
///     }
///
///     /// .. and when all have, sees those of the others as well.
///     fn add<'k>(ub: Ub<'k>, doubled: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///         let (part, parts) = (y.part().0, y.grid().0);
///         let one = tload(ub.x, &doubled.tile(part, 0)).record::<TAdd>();
///         let other = tload(ub.sum, &doubled.tile((part + 1) % parts, 0)).record::<TAdd>();
///         let sum = tadd_assign(other, &one).record::<TStoreVec>();
///         Ub::retire(UbTokens { x: one, sum: tstore(&y.tile(0, 0), sum) })
///     }
/// }
///
/// # fn main() -> Result<(), LaunchError> {
/// let (x, mut y) = ([1.5; 256], [0.0; 256]);
/// let x = GlobalTensor::new(&x, &[32, 8])?;
/// let mut doubled = Workspace::new(&[32, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 8])?;
/// // The arguments in the order in which the phases name them first.
/// let args = (x.parts(8, 8)?, doubled.parts(8, 8)?, out.parts(8, 8)?);
/// Eager::new().launch_phases(&Neighbours, 4, args)?;
/// assert_eq!(y, [6.0; 256]);
/// # Ok(())
/// # }
/// ```
///
/// # Why it holds
///
/// **Invariant.** A block is in phase `n + 1` only when all blocks have ended phase `n`, and what they stored there can be seen.
///
/// **Established by** the executor, on a device by `SYNCALL` and a scalar cache that forgets what it held. A kernel cannot call it: so no
/// block leaves it out, or comes to it more often than others. How many there are is in the type, [`Phases<N>`](Phases).
///
/// A phase runs on one core of a kind. One that is a cluster would meet within its block as well as with the others: it is a launch of its own,
/// and what lies between two launches of one stream is what lies between two phases.
///
/// **Kept because** a phase sees of a tensor what [`ViewOf`](crate::global::ViewOf) allows, one kind of view for all blocks; and tiles, tokens
/// and views have the brand of one phase, so that none reaches the next.
#[diagnostic::on_unimplemented(
    message = "this is not a kernel in phases",
    label = "not a kernel in phases",
    note = "write `#[phases]` above an `impl` block with a function for each phase; a kernel without phases is launched by `launch`, a cluster by `launch_cluster`"
)]
#[doc(alias = "SYNCALL")]
pub trait Phased: Sync {
    /// The arguments, at any brand, each as the phase sees it that has it to itself: what the host passes is for that view.
    type Args: Args;
    /// How many phases there are: `Phases<2>`, of which the kernel has [`Phase<0>`](Phase) and `Phase<1>`.
    type Phases: Sequence<Self>;
    /// The arguments' names, in order, where they are known: what C++ that is made of the kernel calls them.
    const ARGS: &'static [&'static str] = &[];
    /// The phases' names.
    const NAMES: &'static [&'static str] = &[];
}

/// Phase `N` of a kernel, counted from 0.
#[diagnostic::on_unimplemented(
    message = "this kernel has no phase {N}, counted from 0",
    label = "a phase is missing",
    note = "`Phases<N>` promises the phases 0 to N - 1: `#[phases]` makes one of each function"
)]
pub trait Phase<const N: usize>: Phased {
    /// The plan of this phase, at any brand.
    type Plan: Buffers<'static>;
    /// What it sees of each argument, at any brand; [`Elsewhere`](crate::global::Elsewhere) of those that it does not use.
    type Views: ViewsOf<<Self as Phased>::Args>;

    /// Runs the phase of one block. Must return the whole plan, retired.
    fn run<'k>(
        &self,
        core: Core<'k, PlanChip<Self::Plan>>,
        plan: PlanAt<'k, Self::Plan>,
        args: <Self::Views as Args>::At<'k>,
    ) -> Retired<PlanAt<'k, Self::Plan>>;
}
