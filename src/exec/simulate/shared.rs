//! What cores do to each other: one bandwidth, which all transfers share.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The bandwidth of L2. Transfers that want more than there is are slowed down alike.
///
/// Time in it is virtual: it goes as the clock while there is enough, and slower while there is not. So a transfer ends at a virtual
/// time that is known when it begins, whatever the others do.
#[derive(Debug)]
pub(super) struct Shared {
    /// Bytes a cycle, in thousandths.
    capacity: u64,
    /// What the transfers under way want.
    demand: u64,
    /// Virtual time at `at`.
    now: u64,
    at: u64,
    /// When they end, in virtual time; and who they are.
    ends: BinaryHeap<Reverse<(u64, u32, u8, u64)>>,
}

/// A transfer: its core, its pipe.
pub(super) type Who = (u32, u8);

impl Shared {
    pub(super) fn new(capacity: u64) -> Self {
        Shared { capacity: capacity.max(1), demand: 0, now: 0, at: 0, ends: BinaryHeap::new() }
    }

    /// Begins a transfer at `time` that takes `ticks` where there is enough.
    pub(super) fn begin(&mut self, time: u64, ticks: u64, demand: u64, (core, pipe): Who) {
        self.advance(time);
        self.demand += demand;
        self.ends.push(Reverse((self.now + ticks, core, pipe, demand)));
    }

    /// When the next one ends, as far as is known.
    pub(super) fn next(&self) -> Option<u64> {
        self.ends.peek().map(|Reverse((end, ..))| {
            let left = u128::from(end.saturating_sub(self.now));
            let (demand, capacity) = (u128::from(self.demand), u128::from(self.capacity));
            let real = if demand > capacity { (left * demand).div_ceil(capacity) } else { left };
            self.at + real as u64
        })
    }

    /// Ends the next one, at the time that [`Shared::next`] said.
    pub(super) fn end(&mut self, time: u64) -> Option<Who> {
        let Reverse((end, core, pipe, demand)) = self.ends.pop()?;
        self.advance(time);
        self.now = self.now.max(end);
        self.demand -= demand;
        Some((core, pipe))
    }

    fn advance(&mut self, time: u64) {
        let real = u128::from(time.saturating_sub(self.at));
        let (demand, capacity) = (u128::from(self.demand), u128::from(self.capacity));
        let virtual_time = if demand > capacity { real * capacity / demand } else { real };
        self.now += virtual_time as u64;
        self.at = self.at.max(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_transfers_that_want_twice_what_there_is_take_twice_as_long() {
        let mut shared = Shared::new(1000);
        shared.begin(0, 100, 1000, (0, 0));
        shared.begin(0, 100, 1000, (1, 0));
        assert_eq!(shared.next(), Some(200));
        assert_eq!(shared.end(200), Some((0, 0)));
        assert_eq!(shared.next(), Some(200));
    }

    /// Alone for 50, half as fast for 100, alone for the last 50.
    #[test]
    fn a_transfer_is_slow_only_while_there_is_another() {
        let mut shared = Shared::new(1000);
        shared.begin(0, 150, 1000, (0, 0));
        shared.begin(50, 50, 1000, (1, 0));
        assert_eq!(shared.next(), Some(150));
        assert_eq!(shared.end(150), Some((1, 0)));
        assert_eq!(shared.next(), Some(200));
    }
}
