//! Several cores: a cube core and its vector cores, which meet through typed FIFOs.
//!
//! A [`Cluster`](crate::exec::Cluster) is two roles, the cube side and the vector side. Each has its own plan, its own scalar unit and its
//! own linearity; all that they share are the FIFOs of one struct with [`#[derive(Fifos)]`](Fifos), and a schedule.
//!
//! | value | meaning | on the device |
//! |---|---|---|
//! | [`End`] of a FIFO | so many messages are still to come | – |
//! | [`Step`] | one message is due now | – |
//! | [`Slot`] | of the producer: a free slot, to be stored to | a credit was waited for |
//! | | of the consumer: a full one, to be loaded from | the ready flag was waited for |
//! | [`Retired`](crate::Retired) end | all messages have come | credits that are left were waited for |
//!
//! [`next`](Walk::next) asks an end what is due: a [`Next::Step`], or [`Next::End`], which is the end retired. A step is given up for a slot
//! ([`talloc`](crate::isa::talloc), [`tpop_slot`](crate::isa::tpop_slot)), and the slot for the end
//! ([`tpush_slot`](crate::isa::tpush_slot), [`tfree`](crate::isa::tfree)); [`tpush`](crate::isa::tpush) and
//! [`tpop`](crate::isa::tpop) do both at once. So each step is one push on one side and one pop on the other, and a role that has walked
//! less than the whole schedule has nothing to return.
//!
//! The guide (`tilesync::guide::clusters`) takes an example apart.

mod end;
mod place;
mod role;
mod slot;
mod usage;
mod walk;

pub use end::{AnyEnd, Consumer, End, Every, Producer, When};
pub use place::{FifoPart, Fifos, FifosAt, Walked};
pub(crate) use place::{FifoPlacer, Schedule};
pub use role::{
    Access, ByCols, ByRows, CubeToVector, DirectionType, OnCube, OnVector, OneVector, Role, Split,
    VectorToCube,
};
pub use slot::Slot;
pub use usage::{FifoUse, FifoUses};
pub use walk::{Due, Next, OneSchedule, Step, Walk};

/// A FIFO from the cube core to its vector cores: `ROWS` × `COLS` elements of `T` a message, `SLOTS` messages at most under way, one for
/// each step `S` of the schedule for which `W` holds.
///
/// The cube core stores to it on FIX, and so from `Acc` tiles; the vector cores load from it, each its half.
#[doc(alias = "DIR_C2V")]
#[rustfmt::skip]
pub type C2V<'k, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch = crate::A2A3, W = Every> =
    End<'k, CubeToVector, R, S, T, ROWS, COLS, SLOTS, Ch, W>;

/// A FIFO from the vector cores to their cube core: as [`C2V`], the other way round.
///
/// The vector cores store to it on MTE3, each its half; the cube core loads from it.
#[doc(alias = "DIR_V2C")]
#[rustfmt::skip]
pub type V2C<'k, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch = crate::A2A3, W = Every> =
    End<'k, VectorToCube, R, S, T, ROWS, COLS, SLOTS, Ch, W>;
