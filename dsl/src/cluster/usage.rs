//! What a struct of FIFOs takes of a cluster, and the rules that its fields keep.

use crate::chip::ChipId;
use crate::program::{Direction, Participants};
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS};
use crate::tile::plan::Message;
use crate::tile::{DtypeId, Space};

/// Cross-core flags of a cluster, and the first of those that the library keeps: for `SYNCALL` 11 to 14, for its own bodies 12 to 15.
const FLAGS: usize = 16;
const RESERVED: usize = Participants::Cubes.flag_ids()[0] as usize;

/// Flags of a FIFO: one says that a message is there, the other that slots are free.
const EACH: usize = 2;

/// As many FIFOs as there are flags for.
const MOST: usize = RESERVED / EACH;

/// The most slots of a FIFO: a cross-core flag counts to 15, and each message under way is one.
const MOST_SLOTS: usize = 14;

/// One FIFO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FifoUse {
    /// Who pushes, who pops.
    pub direction: Direction,
    /// The element type of a message.
    pub dtype: DtypeId,
    /// Rows and columns of a message.
    pub shape: (usize, usize),
    /// How many messages it holds.
    pub slots: usize,
    /// The chip of the cluster.
    pub chip: ChipId,
    /// Whether its slots lie in on-chip memory of the consumer.
    pub direct: bool,
}

/// All FIFOs of a struct, in order.
#[derive(Clone, Copy, Debug)]
pub struct FifoUses {
    uses: [Option<FifoUse>; MOST],
    count: usize,
}

impl FifoUse {
    /// Bytes of a slot.
    #[must_use]
    pub const fn slot_bytes(&self) -> usize {
        self.shape.0.saturating_mul(self.shape.1).saturating_mul(self.dtype.size())
    }

    /// What to write behind "the FIFO `x` ", if it breaks a rule.
    const fn broken(&self) -> Option<&'static str> {
        if self.shape.0 == 0 || self.shape.1 == 0 {
            Some("has messages without elements: each has at least one row and one column")
        } else if !self.chip.has(self.dtype) {
            Some("has an element type that its chip does not have")
        } else if self.slots == 0 {
            Some("has no slots: it holds at least one message")
        } else if self.slots > MOST_SLOTS {
            Some(
                "has more than 14 slots: a cross-core flag counts to 15, and each message under way is one",
            )
        } else if self.slots > 3 && self.slots % 2 == 1 {
            Some(
                "has an odd number of slots: from four on a credit stands for half of them, and they must divide evenly",
            )
        } else if self.slot_bytes().saturating_mul(self.slots) > u32::MAX as usize {
            Some("takes more than 4 GiB: use fewer or smaller slots")
        } else if !self.direct {
            None
        } else if self.chip as u8 != ChipId::A5 as u8 {
            Some(
                "goes straight from one core into another, and A5 alone has such a way: use `C2V` or `V2C`, through global memory",
            )
        } else if !self.row_bytes().is_multiple_of(BLOCK_BYTES) {
            Some("has slots that are tiles, whose rows fill blocks of 32 bytes")
        } else if self.is_to_cube() && !self.shape.0.is_multiple_of(FRACTAL_ROWS) {
            Some("has slots that are tiles in fractals, whose rows are a multiple of 16")
        } else {
            None
        }
    }

    /// As [`broken`](Self::broken), where two vector cores share each message, by columns or by rows.
    const fn broken_in_halves(&self, by_cols: bool) -> Option<&'static str> {
        if (by_cols && self.shape.1 % 2 == 1) || (!by_cols && self.shape.0 % 2 == 1) {
            Some(
                "has messages that cannot be halved between two vector cores: rows (of `ByCols`, columns) must be even",
            )
        } else if !self.direct {
            None
        } else if self.is_to_cube() {
            if by_cols && !(self.row_bytes() / 2).is_multiple_of(BLOCK_BYTES) {
                Some("has messages in fractals, whose halves fill blocks of 32 bytes")
            } else {
                None
            }
        } else if self.dtype.size() != 4 {
            Some(
                "is halved by FIX between two vector cores, which it does of elements of four bytes",
            )
        } else if by_cols && !self.shape.1.is_multiple_of(32) {
            Some(
                "is halved by FIX between two vector cores, by columns if they are a multiple of 32",
            )
        } else {
            None
        }
    }

    const fn is_to_cube(&self) -> bool {
        matches!(self.direction, Direction::VectorToCube)
    }

    const fn row_bytes(&self) -> usize {
        self.shape.1.saturating_mul(self.dtype.size())
    }

    /// The space of the consumer that its slots lie in.
    pub(crate) const fn space(&self) -> Space {
        if self.is_to_cube() { Space::Mat } else { Space::Vec }
    }

    /// Bytes of a slot in the memory of one consumer, of a cluster with so many vector cores; 0 if it lies in global memory.
    pub(crate) const fn share_bytes(&self, cores: usize) -> usize {
        if !self.direct {
            0
        } else if self.is_to_cube() {
            self.slot_bytes()
        } else {
            self.slot_bytes() / cores
        }
    }
}

impl FifoUses {
    pub(super) const fn of(one: FifoUse) -> Self {
        let mut uses = [None; MOST];
        uses[0] = Some(one);
        FifoUses { uses, count: 1 }
    }

    /// Those of both, one after the other; more than there are flags for are counted alone.
    pub(super) const fn plus(mut self, other: &Self) -> Self {
        let mut at = 0;
        while at < other.count && at < MOST && self.count + at < MOST {
            self.uses[self.count + at] = other.uses[at];
            at += 1;
        }
        self.count += other.count;
        self
    }

    /// Each FIFO.
    pub fn iter(&self) -> impl Iterator<Item = &FifoUse> {
        self.uses.iter().flatten()
    }

    /// The flag that says that there is a message in FIFO `number`; the next one gives its slots back.
    #[must_use]
    pub const fn ready_flag(number: usize) -> u8 {
        (number * EACH) as u8
    }

    /// Fails the build where FIFO `index` breaks a rule: evaluated in a constant by `#[derive(Fifos)]`, so that the message stands at the
    /// field.
    ///
    /// # Panics
    ///
    /// If it is one too many for the flags, has messages without elements, or more slots or other ones than credits can count.
    pub const fn check_field(&self, index: usize, names: &[&str]) {
        let message = Message::new().text("the FIFO `").text(names[index]).text("` ");
        if index == MOST {
            let message = message
                .text("needs two cross-core flags, and none are left: of the ")
                .number(FLAGS)
                .text(" of a cluster ")
                .number(MOST)
                .text(" FIFOs take ")
                .number(MOST * EACH)
                .text(", and the library keeps those from ")
                .number(RESERVED)
                .text(" on for SYNCALL and itself");
            panic!("{}", message.as_str());
        }
        if index < MOST
            && let Some(fifo) = &self.uses[index]
            && let Some(rule) = fifo.broken()
        {
            let message = message.text(rule);
            panic!("{}", message.as_str());
        }
    }

    /// Fails the build where the FIFOs cannot be those of a cluster: evaluated in a constant by each launch.
    ///
    /// # Panics
    ///
    /// As [`check_field`](Self::check_field), for each; if the two sides differ; or if a message cannot be halved, where two vector cores
    /// share it: by columns, or by rows.
    pub const fn check(&self, other: &Self, halves_by_cols: Option<bool>, names: &[&str]) {
        let mut at = 0;
        assert!(self.count == other.count, "the two sides of a cluster have different FIFOs");
        while at < self.count {
            self.check_field(at, names);
            if let (Some(one), Some(other)) = (&self.uses[at], &other.uses[at]) {
                assert!(one.is(other), "the two sides of a cluster have different FIFOs");
                if let Some(by_cols) = halves_by_cols
                    && let Some(rule) = one.broken_in_halves(by_cols)
                {
                    let message =
                        Message::new().text("the FIFO `").text(names[at]).text("` ").text(rule);
                    panic!("{}", message.as_str());
                }
            }
            at += 1;
        }
    }
}

impl FifoUses {
    /// Fails the build where the slots that lie in `space` of a consumer do not fit behind the `plan` bytes of its plan.
    ///
    /// # Panics
    ///
    /// If they do not.
    pub(crate) const fn check_room(&self, space: Space, plan: usize, cores: usize) {
        let (mut at, mut bytes) = (0, plan.next_multiple_of(BLOCK_BYTES));
        while at < self.count && at < MOST {
            if let Some(fifo) = &self.uses[at]
                && fifo.space() as u8 == space as u8
            {
                let slots = fifo.share_bytes(cores).saturating_mul(fifo.slots);
                bytes = bytes.saturating_add(slots);
                if slots > 0 && bytes > fifo.chip.capacity(space) {
                    let message = Message::new()
                        .text("the plan of a side of this cluster and the slots that lie behind it need ")
                        .number(bytes)
                        .text(" bytes of the ")
                        .text(space.name())
                        .text(" space, but ")
                        .text(fifo.chip.name())
                        .text(" has ")
                        .number(fifo.chip.capacity(space))
                        .text(": use smaller or fewer tiles, or slots");
                    panic!("{}", message.as_str());
                }
            }
            at += 1;
        }
    }
}

impl FifoUse {
    const fn is(&self, other: &Self) -> bool {
        self.direction as u8 == other.direction as u8
            && self.dtype as u8 == other.dtype as u8
            && self.shape.0 == other.shape.0
            && self.shape.1 == other.shape.1
            && self.slots == other.slots
            && self.chip as u8 == other.chip as u8
            && self.direct == other.direct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of a space is left behind a plan holds so many slots, and not one more.
    #[test]
    fn slots_on_chip_fit_behind_the_plan() {
        let room = |slots: usize, direct: bool, cores: usize| {
            let fifo = FifoUse {
                direction: Direction::CubeToVector,
                dtype: DtypeId::F32,
                shape: (128, 128),
                slots,
                chip: ChipId::A5,
                direct,
            };
            let plan = ChipId::A5.capacity(Space::Vec) - 2 * fifo.slot_bytes();
            std::panic::catch_unwind(|| FifoUses::of(fifo).check_room(Space::Vec, plan, cores))
        };
        assert!(room(2, true, 1).is_ok() && room(4, true, 2).is_ok());
        assert!(room(3, false, 1).is_ok(), "in global memory there is room");
        for (slots, cores) in [(3, 1), (6, 2)] {
            let message = room(slots, true, cores).expect_err("too many slots");
            let message = message.downcast_ref::<String>().expect("a message").clone();
            assert!(
                message.contains("327680 bytes of the Vec space, but a5 has 262144"),
                "{message}"
            );
        }
    }
}
