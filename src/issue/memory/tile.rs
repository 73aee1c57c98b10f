//! Tiles as slices.

use std::cell::Cell;

use super::{GlobalSrc, Memory, View};
use crate::program::{Operand, Place};
use crate::tile::{Dtype, LayoutId};

/// The elements of a tile and its shape. `D` is `&[T]` or `&mut [T]`.
pub(crate) struct TileView<D> {
    pub(crate) data: D,
    /// Valid rows and columns.
    pub(crate) valid: (usize, usize),
    /// Static rows and columns.
    pub(crate) shape: (usize, usize),
    pub(crate) layout: LayoutId,
}

/// A tile that is read.
pub(crate) type Src<'a, T> = TileView<&'a [T]>;
/// A tile that is written.
pub(crate) type Dst<'a, T> = TileView<&'a mut [T]>;

#[inline(always)]
fn locate<'m, T: Dtype>(
    memory: &'m Memory,
    operand: &Operand,
) -> (TileView<&'m Cell<*const u8>>, *mut T, usize) {
    let Place::Tile { slot, addr, ty } = operand.place else {
        panic!("a tile operand is in global memory")
    };
    assert!(ty.dtype == T::ID, "an operand's dtype is not the op's");
    let view = TileView {
        data: &memory.borrowed[usize::from(slot)],
        valid: (operand.rows as usize, operand.cols as usize),
        shape: (ty.rows, ty.cols),
        layout: ty.layout,
    };
    (view, memory.at(ty.space, addr).cast(), ty.rows * ty.cols)
}

impl<'a, T: Dtype> View<'a> for Src<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: borrowed, valid, shape, layout }, own, len) =
            locate::<T>(memory, operand);
        let data = if borrowed.get().is_null() { own.cast_const() } else { borrowed.get().cast() };
        // SAFETY: an input that `Fill::look_at` was given, as long as the tile and aligned for every `T`; or placed at 32-byte alignment within the
        // memory, where every bit pattern is a `T`, and the caller grants shared access.
        let data = unsafe { std::slice::from_raw_parts(data, len) };
        TileView { data, valid, shape, layout }
    }
}

/// A tile that a load fills.
pub(crate) struct Fill<'a, T> {
    pub(crate) tile: Dst<'a, T>,
    borrowed: &'a Cell<*const u8>,
    may_borrow: bool,
}

impl<'a, T: Dtype> View<'a> for Fill<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: borrowed, valid, shape, layout }, data, len) =
            locate(memory, operand);
        borrowed.set(std::ptr::null());
        // SAFETY: as for `Src`, and the caller grants exclusive access.
        let data = unsafe { std::slice::from_raw_parts_mut(data, len) };
        Fill {
            tile: TileView { data, valid, shape, layout },
            borrowed,
            may_borrow: memory.may_borrow,
        }
    }
}

impl<T: Dtype> Fill<'_, T> {
    /// Fills the whole tile with `region`, which lies in one piece.
    ///
    /// It is part of an input, which nobody writes during the launch. Where ops run at once, a region of a large input is
    /// not copied but looked at where it lies, until an op changes the tile; one of a small input is, since there it is cheaper
    /// to read an aligned tile again and again.
    #[inline(always)]
    pub(crate) fn look_at(self, region: &GlobalSrc<'_, T>) {
        let elements = region.run(0, 0, self.tile.data.len());
        // A reshaped tile may be read as a wider element type.
        let aligned = elements.as_ptr().cast::<u64>().is_aligned();
        if self.may_borrow && region.is_large() && aligned {
            self.borrowed.set(elements.as_ptr().cast());
        } else {
            self.tile.data.copy_from_slice(elements);
        }
    }
}

impl<'a, T: Dtype> View<'a> for Dst<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: borrowed, valid, shape, layout }, data, len) =
            locate(memory, operand);
        // SAFETY: as for `Src`, and the caller grants exclusive access.
        let data = unsafe { std::slice::from_raw_parts_mut(data, len) };
        if !borrowed.get().is_null() {
            // SAFETY: as for `Src`.
            let input = unsafe {
                std::slice::from_raw_parts(borrowed.replace(std::ptr::null()).cast::<T>(), len)
            };
            data.copy_from_slice(input);
        }
        TileView { data, valid, shape, layout }
    }
}

/// A tile whose valid region is written as a whole, and not read before.
pub(crate) struct Over<'a, T>(pub(crate) Dst<'a, T>);

impl<'a, T: Dtype> View<'a> for Over<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let (TileView { data: borrowed, valid, shape, .. }, ..) = locate::<T>(memory, operand);
        if valid == shape {
            // Nothing remains of what the tile looks at, and so it need not be copied.
            borrowed.set(std::ptr::null());
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

/// The element at (`row`, `col`) of a tile, for the scalar unit.
///
/// Sound because of when it is called: the tile's token is borrowed and sits on the scalar pipe, so that no op writes
/// the tile, and everything issued so far has run.
#[inline(always)]
pub(crate) fn element<T: Dtype>(memory: &Memory, operand: &Operand, row: usize, col: usize) -> T {
    // SAFETY: nobody writes the tile, by the contract above.
    let tile = unsafe { Src::<T>::of(memory, operand) };
    tile.data[tile.layout.index((row, col), tile.shape, size_of::<T>())]
}
