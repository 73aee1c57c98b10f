//! One element of a tile, in the kernel's own code: PTO's `GetValue` and `SetValue`.

use std::marker::PhantomData;
use std::panic::Location;

use crate::chip::Chip;
use crate::event::{Live, Read, RecordEvent};
use crate::memory;
use crate::memory::{Element, Semantics, Src};
use crate::op::Scalar;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype, Layout, PlainLayout, Tile, Valid, space};
use crate::unit::{Mode, Trouble};

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
        let tile = Read::<Scalar>::data_of(self, INNER);
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

impl<'k, T, const R: usize, const C: usize, L, V, Ch>
    RecordEvent<Scalar, Live<Tile<'k, space::Vec, T, R, C, L, V, Ch>>>
where
    T: Dtype,
    L: PlainLayout,
    V: Valid,
    Ch: Chip,
{
    /// Writes the element at (`row`, `col`).
    ///
    /// The tile sits on the scalar pipe, as for [`get`](Self::get), and goes on from there as any other: the flag that
    /// `.record()` sets comes after the write.
    ///
    /// ```
    /// # use tilesync::prelude::*;
    /// # fn k<'k>(tile: VecTile<'k, f32, 8, 8>, y: &GlobalOut<'k, f32>) {
    /// let mut tile = texpands(tile, 0.0).record::<Scalar>().wait();
    /// for i in 0..8 {
    ///     tile.set(i, i, 1.0); // the identity
    /// }
    /// let stored = tstore(&y.tile(0, 0), tile.record::<TStoreVec>());
    /// # let _ = stored;
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// For an element outside of the valid region the kernel stops with a [`Fault`](crate::Fault) that names this line.
    #[doc(alias = "SetValue")]
    #[track_caller]
    pub fn set(&mut self, row: usize, col: usize, value: T) {
        let at = Location::caller();
        let tile = Read::<Scalar>::data_of(self, INNER);
        let (unit, valid) = (tile.core().unit(), tile.valid());
        if row >= valid.0 || col >= valid.1 {
            return unit.fail(Trouble::Element { at: (row, col), valid }, at);
        }
        let tile = tile.operand();
        let operands = [tile.element(row, col), tile];
        let operands = if tile.is_window() { &operands[..1] } else { &operands[..] };
        unit.issue::<Scalar, Put<T>>(operands, 1, value.to_bits(), at);
    }
}

/// Writes one element: the first operand is where it lies, the second is the tile, where that is in one piece.
struct Put<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Put<T> {
    type Views<'a> = Element<'a, T>;

    fn run(Element(element): Self::Views<'_>, imm: u64) {
        *element = T::from_bits(imm);
    }
}

/// The read itself, for the record: it computes nothing.
struct Looked<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Looked<T> {
    type Views<'a> = (Src<'a, T>,);

    fn run(_: Self::Views<'_>, _: u64) {}
}
