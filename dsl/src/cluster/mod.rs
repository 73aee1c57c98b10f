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
//! On a5 slots may lie in on-chip memory of the consumer ([`A2V`], [`V2M`]): it reads them where they are, [`Slot::as_tile`].
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
    AccToVec, Access, ByCols, ByRows, CubeToVector, Direct, DirectionType, OnChip, OnCube,
    OnVector, OneVector, Role, Split, VecToMat, VectorToCube,
};
pub use slot::{Slot, SlotTile};
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

/// As [`C2V`], straight from the accumulator into the unified buffer of the vector cores, on a5: a slot, or a core's half of it, is a
/// [`VecTile`](crate::VecTile) there, which the ops of the vector pipe read where it is.
///
/// The slots take their room in the unified buffer, behind the plan of the vector side. Where two vector cores share a message, it is of
/// elements of four bytes (FIX halves no others), and by columns it has a multiple of 32 of them.
#[doc(alias = "TMOV_A2V")]
#[rustfmt::skip]
pub type A2V<'k, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch = crate::chip::A5, W = Every> =
    End<'k, AccToVec, R, S, T, ROWS, COLS, SLOTS, Ch, W>;

/// As [`V2C`], straight from the unified buffer of the vector cores into L1 of the cube core, on a5: a slot is a
/// [`MatTile`](crate::MatTile) there, which MTE1 moves on from where it is.
///
/// A message is in fractals, [`Nz`](crate::tile::Nz), and so is the tile that is pushed: `tmov` rearranges a row-major one. The slots
/// take their room in L1, behind the plan of the cube side.
#[doc(alias = "TINSERT")]
#[rustfmt::skip]
pub type V2M<'k, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch = crate::chip::A5, W = Every> =
    End<'k, VecToMat, R, S, T, ROWS, COLS, SLOTS, Ch, W>;
