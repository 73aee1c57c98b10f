//! One element of a tile, in the kernel's own code: PTO's `GetValue`.

use std::marker::PhantomData;
use std::panic::Location;

use crate::chip::Chip;
use crate::event::{Live, Read, RecordEvent};
use crate::issue::{Mode, Semantics, Src, Trouble, memory};
use crate::op::Scalar;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype, Layout, Tile, Valid, space};

impl<'k, T, const R: usize, const C: usize, L, V, Ch>
    RecordEvent<Scalar, Live<Tile<'k, space::Vec, T, R, C, L, V, Ch>>>
where
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    /// The element at (`row`, `col`).
    ///
    /// The kernel's own code is the scalar pipe: `.record::<Scalar>()` hands a tile to it, `.wait()` waits for the data. Every
    /// op issued so far is run before this returns.
    ///
    /// # Errors
    ///
    /// For an element outside of the valid region the kernel stops with a [`Fault`](crate::Fault) that names this line. A kernel
    /// that was stopped earlier ends here, by unwinding, lest it waits for a value for ever.
    #[doc(alias = "GetValue")]
    #[track_caller]
    #[must_use]
    pub fn get(&self, row: usize, col: usize) -> T {
        let at = Location::caller();
        let tile = Read::<Scalar>::tile(self, INNER);
        let (unit, valid) = (tile.core().unit(), tile.valid());
        if row >= valid.0 || col >= valid.1 {
            unit.fail(Trouble::Element { at: (row, col), valid }, at);
        }
        let operand = tile.operand();
        unit.issue::<Scalar, Looked<T>>(&[operand], 0, 0, at);
        unit.flush();
        if unit.mode.get() == Mode::Faulted {
            unit.leave();
        }
        memory::element(&unit.memory, &operand, row, col)
    }
}

/// The read itself, for the record: it computes nothing.
struct Looked<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Looked<T> {
    type Views<'a> = (Src<'a, T>,);

    fn run(_: Self::Views<'_>, _: u64) {}
}
