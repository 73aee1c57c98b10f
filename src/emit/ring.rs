//! Numbers that go round, as the slots of a ring do.

use std::collections::BTreeSet;

/// A number that goes round: `count` values from `first` on, `stride` apart; one that does not, for a count of less than 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ring {
    pub(super) first: i64,
    pub(super) count: i64,
    pub(super) stride: i64,
}

impl Ring {
    pub(super) const NONE: Ring = Ring { first: 0, count: 0, stride: 1 };

    /// The ring of these values.
    pub(super) fn of(values: &BTreeSet<i64>) -> Ring {
        let values: Vec<i64> = values.iter().copied().collect();
        let (first, last) = (values[0], values[values.len() - 1]);
        let apart: Vec<i64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        match apart.first() {
            Some(&stride) if apart.iter().all(|other| *other == stride) => {
                Ring { first, count: values.len() as i64, stride }
            }
            _ => Ring { first, count: last - first + 1, stride: 1 },
        }
    }

    /// From `from` to `to`, in strides.
    pub(super) fn step(self, from: i64, to: i64) -> i64 {
        if self.count > 1 { ((to - from) / self.stride).rem_euclid(self.count) } else { to - from }
    }

    /// `steps` further.
    pub(super) fn after(self, value: i64, steps: i64) -> i64 {
        if self.count > 1 {
            let at = (value - self.first).div_euclid(self.stride) + steps;
            self.first + self.stride * at.rem_euclid(self.count)
        } else {
            value + steps
        }
    }
}
