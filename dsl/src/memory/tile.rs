//! Tiles as slices.

use std::cell::Cell;

use super::operand::{Operand, Place};
use super::{GlobalSrc, Memory, View, Views};
use crate::simd::expect_beyond;
use crate::tile::dtype::Dtype;
use crate::tile::layout::LayoutId;

/// The elements of a tile and its shape. `D` is `&[T]` or `&mut [T]`.
#[derive(Clone, Copy)]
pub(crate) struct TileView<D> {
    pub(crate) data: D,
    /// Valid rows and columns.
    pub(crate) valid: (usize, usize),
    /// Static rows and columns; of a tile that lies in an input, the distance of its lines instead of their length.
    pub(crate) shape: (usize, usize),
    pub(crate) layout: LayoutId,
}

/// Where in an input a tile lies, while no copy of it has been made; or where in a FIFO, for good.
///
/// A plain tile lies in one piece, exactly as it would in its own bytes. A tile in fractals, which cannot be reshaped, may
/// lie in lines at a distance.
#[derive(Debug, Default)]
pub(super) struct Loan {
    /// Null while the tile has bytes of its own.
    data: Cell<*const u8>,
    lines: Cell<Option<Lines>>,
    /// It is a slot of a FIFO: that is where its bytes are.
    slot: Cell<bool>,
}

/// A region of an input that lies in lines at equal distances: in rows ([`LayoutId::Nd`]) or columns ([`LayoutId::Dn`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    pub(crate) layout: LayoutId,
    /// From one line to the next, in elements; no less than the length of a line.
    pub(crate) pitch: usize,
    /// Rows and columns, not 0.
    pub(crate) extent: (usize, usize),
}

impl Lines {
    /// The shape of a tile whose lines are `pitch` long.
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        match self.layout {
            LayoutId::Dn => (self.pitch, self.extent.1),
            _ => (self.extent.0, self.pitch),
        }
    }

    /// Elements from the first one to the last.
    #[inline(always)]
    pub(crate) fn span(&self) -> usize {
        let (row, col) = (self.extent.0 - 1, self.extent.1 - 1);
        self.layout.index((row, col), self.shape(), 1) + 1
    }
}

impl Loan {
    /// The tile has bytes of its own again.
    #[inline(always)]
    pub(super) fn end(&self) {
        if !self.slot.get() {
            self.data.set(std::ptr::null());
        }
    }

    /// The tile is the slot of a FIFO at `data`, as long as it and aligned for every element type.
    pub(super) fn be_slot(&self, data: *const u8) {
        self.data.set(data);
        self.lines.set(None);
        self.slot.set(true);
    }

    /// The tile lies where another one does.
    pub(super) fn take_from(&self, other: &Loan) {
        self.data.set(other.data.get());
        self.lines.set(other.lines.get());
    }
}

/// A tile that is read.
pub(crate) type Src<'a, T> = TileView<&'a [T]>;
/// A tile that is written.
pub(crate) type Dst<'a, T> = TileView<&'a mut [T]>;

#[inline(always)]
fn locate<'m, T: Dtype>(
    memory: &'m Memory,
    operand: &Operand,
) -> (TileView<&'m Loan>, *mut T, usize) {
    let Place::Tile { slot, addr, ty } = operand.place else {
        panic!("a tile operand is in global memory")
    };
    assert!(ty.dtype == T::ID, "an operand's dtype is not the op's");
    debug_assert!(!operand.is_window(), "a window is not one slice");
    let valid = (operand.rows as usize, operand.cols as usize);
    let view = TileView {
        data: &memory.loans[slot as usize],
        valid,
        shape: if operand.part { valid } else { ty.shape() },
        layout: ty.layout,
    };
    (view, memory.at(ty.space, addr).cast(), view.shape.0 * view.shape.1)
}

impl<'a, T: Dtype> View<'a> for Src<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: loan, valid, shape, layout }, own, len) =
            locate::<T>(memory, operand);
        let lent = loan.data.get();
        // The layout is asked first, since it is known when the op is compiled.
        if !layout.is_plain()
            && !lent.is_null()
            && let Some(lines) = loan.lines.get()
        {
            // SAFETY: a part of an input that `Fill` was given, so many elements of this type.
            let data = unsafe { std::slice::from_raw_parts(lent.cast(), lines.span()) };
            return TileView { data, valid, shape: lines.shape(), layout: lines.layout };
        }
        let data = if lent.is_null() { own.cast_const() } else { lent.cast() };
        // SAFETY: an input that `Fill` was given, or a slot of a FIFO, as long as the tile and aligned for every `T`; or placed at 32-byte
        // alignment within the memory, where every bit pattern is a `T`, and the caller grants shared access.
        let data = unsafe { std::slice::from_raw_parts(data, len) };
        TileView { data, valid, shape, layout }
    }
}

/// A tile that is filled, and need not be copied to.
pub(crate) struct Fill<'a, T> {
    pub(crate) tile: Dst<'a, T>,
    loan: &'a Loan,
    may_borrow: bool,
}

impl<'a, T: Dtype> View<'a> for Fill<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: loan, valid, shape, layout }, data, len) = locate(memory, operand);
        loan.end();
        // SAFETY: as for `Src`, and the caller grants exclusive access.
        let data = unsafe { std::slice::from_raw_parts_mut(data, len) };
        Fill { tile: TileView { data, valid, shape, layout }, loan, may_borrow: memory.may_borrow }
    }
}

impl<'a, T: Dtype> Fill<'a, T> {
    /// Fills the whole tile with `region`, which lies in one piece.
    ///
    /// Where ops run at once, a region of a large input, which nobody writes during the launch, is not copied but looked at where
    /// it lies, until an op changes the tile; one of a small input is, since there it is cheaper to read an aligned tile again
    /// and again.
    #[inline(always)]
    pub(crate) fn look_at(self, region: &GlobalSrc<'_, T>) {
        let elements = region.run(0, 0, self.tile.data.len());
        // A reshaped tile may be read as a wider element type.
        let aligned = elements.as_ptr().cast::<u64>().is_aligned();
        if self.may_borrow && region.is_constant() && region.is_large() && aligned {
            self.loan.lines.set(None);
            self.loan.data.set(elements.as_ptr().cast());
            expect_beyond(elements);
        } else {
            self.tile.data.copy_from_slice(elements);
        }
    }

    /// Lets a tile in fractals lie in the lines of `region`, and gives it back where that is not possible.
    ///
    /// As in [`look_at`](Self::look_at), only where nobody writes the tensor. The products read each element once, to pack it; so
    /// nothing is won by copying a small one.
    #[inline(always)]
    pub(crate) fn lie_in(self, region: &GlobalSrc<'_, T>) -> Option<Dst<'a, T>> {
        if !self.may_borrow || self.tile.layout.is_plain() || !region.is_constant() {
            return Some(self.tile);
        }
        let Some(lines) = region.lines(self.tile.valid) else { return Some(self.tile) };
        self.loan.data.set(region.run(0, 0, lines.span()).as_ptr().cast());
        self.loan.lines.set(Some(lines));
        None
    }

    /// Lets the tile lie where the window of `from` at (`row`, `col`) lies in an input, and gives it back where that lies in no
    /// input.
    #[inline(always)]
    pub(crate) fn lie_in_window(
        self,
        from: &Lent<'_, T>,
        (row, col): (usize, usize),
    ) -> Option<Dst<'a, T>> {
        let (rows, cols) = self.tile.valid;
        let Some(lines) = from.lines.filter(|_| rows > 0 && cols > 0) else {
            return Some(self.tile);
        };
        let lines = Lines { extent: self.tile.valid, ..lines };
        let first = from.tile.layout.index((row, col), from.tile.shape, size_of::<T>());
        let window = &from.tile.data[first..first + lines.span()];
        self.loan.data.set(window.as_ptr().cast());
        self.loan.lines.set(Some(lines));
        None
    }
}

/// A tile that is read, and perhaps lies in an input: then in which lines.
pub(crate) struct Lent<'a, T> {
    pub(crate) tile: Src<'a, T>,
    lines: Option<Lines>,
}

impl<'a, T: Dtype> View<'a> for Lent<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: loan, .. }, ..) = locate::<T>(memory, operand);
        let lines = if loan.data.get().is_null() { None } else { loan.lines.get() };
        // SAFETY: passed on to the caller.
        Lent { tile: unsafe { Src::of(memory, operand) }, lines }
    }
}

impl<'a, T: Dtype> View<'a> for Dst<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: loan, valid, shape, layout }, data, len) = locate(memory, operand);
        // SAFETY: as for `Src`, and the caller grants exclusive access.
        let data = unsafe { std::slice::from_raw_parts_mut(data, len) };
        let lent = loan.data.replace(std::ptr::null()).cast::<T>();
        if !lent.is_null() {
            let lines = if layout.is_plain() { None } else { loan.lines.get() };
            let len = lines.map_or(len, |lines| lines.span());
            // SAFETY: as for `Src`.
            let lent = unsafe { std::slice::from_raw_parts(lent, len) };
            match lines {
                None => data.copy_from_slice(lent),
                Some(lines) => take_over(data, layout, shape, lent, lines),
            }
        }
        TileView { data, valid, shape, layout }
    }
}

/// Copies the elements that a tile in fractals has looked at in an input, so that it can be written.
#[cold]
fn take_over<T: Dtype>(
    data: &mut [T],
    layout: LayoutId,
    shape: (usize, usize),
    lent: &[T],
    lines: Lines,
) {
    for row in 0..lines.extent.0 {
        for col in 0..lines.extent.1 {
            let at = layout.index((row, col), shape, size_of::<T>());
            data[at] = lent[lines.layout.index((row, col), lines.shape(), size_of::<T>())];
        }
    }
}

/// A tile whose valid region is written as a whole, and not read before.
pub(crate) struct Over<'a, T>(pub(crate) Dst<'a, T>);

impl<'a, T: Dtype> View<'a> for Over<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: loan, valid, shape, .. }, ..) = locate::<T>(memory, operand);
        if valid == shape {
            // Nothing remains of what the tile looks at, and so it need not be copied.
            loan.end();
        }
        // SAFETY: passed on to the caller.
        Over(unsafe { Dst::of(memory, operand) })
    }
}

/// A scratch tile, which the device needs and the semantics does not look at.
pub(crate) struct Unseen;

impl<'a> View<'a> for Unseen {
    #[inline(always)]
    unsafe fn of(_: &'a Memory, _: &Operand) -> Self {
        Unseen
    }
}

/// One element that is written: the first operand, of the tile that the second one is (none where that is a window).
pub(crate) struct Element<'a, T>(pub(crate) &'a mut T);

impl<'a, T: Dtype> Views<'a> for Element<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operands: &[Operand]) -> Self {
        if let Some(tile) = operands.get(1) {
            // SAFETY: passed on to the caller; the view ends here.
            let _ = unsafe { Dst::<T>::of(memory, tile) };
        }
        let Place::Tile { addr, ty, .. } = operands[0].place else {
            panic!("a tile operand is in global memory")
        };
        // SAFETY: an element of the tile, aligned as all of them are, and the caller grants exclusive access.
        Element(unsafe { &mut *memory.at(ty.space, addr).cast() })
    }
}

/// Ends what the operand has looked at in an input: it has all of its bytes again.
///
/// Sound because of when it is called: the operand's token is owned, and ops run as they are issued.
pub(crate) fn own<T: Dtype>(memory: &Memory, operand: &Operand) {
    if memory.may_borrow && !operand.is_window() {
        // SAFETY: nobody else has the operand, by the contract above; the view ends here.
        let _ = unsafe { Dst::<T>::of(memory, operand) };
    }
}

/// The element at (`row`, `col`) of a tile, for the scalar unit.
///
/// Sound because of when it is called: the tile's token is borrowed and sits on the scalar pipe, so that no op writes
/// the tile, and everything issued so far has run.
#[inline(always)]
pub(crate) fn element<T: Dtype>(memory: &Memory, operand: &Operand, row: usize, col: usize) -> T {
    if operand.is_window()
        && let Place::Tile { addr, ty, .. } = operand.element(row, col).place
    {
        // SAFETY: an element of the window, which nobody writes, by the contract above.
        return unsafe { memory.at(ty.space, addr).cast::<T>().read() };
    }
    // SAFETY: nobody writes the tile, by the contract above.
    let tile = unsafe { Src::<T>::of(memory, operand) };
    tile.data[tile.layout.index((row, col), tile.shape, size_of::<T>())]
}
