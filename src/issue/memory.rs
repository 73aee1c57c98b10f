//! The bytes of a core, and the one place where operands become slices.
//!
//! Everything else in the crate is safe code on top of the views made here. What makes them sound is the algebra: see the
//! contract of [`call`].
#![expect(unsafe_code, reason = "operands become slices here and nowhere else")]

use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;

use crate::program::{Operand, Place};
use crate::simd::copy_past_caches;
use crate::tile::{Dtype, DtypeId, LayoutId, Space};

/// What an op does to its operands. One implementation serves every interpreter.
pub(crate) trait Semantics {
    /// The operands as the op sees them: a tuple of views, the written one first.
    type Views<'a>: Views<'a>;

    /// Computes. Must depend on nothing but its arguments.
    fn run(views: Self::Views<'_>, imm: u64);
}

/// A semantics as a plain function, for recorded programs.
#[derive(Clone, Copy)]
pub(crate) struct Run(pub(crate) fn(&Memory, &[Operand], u64));

impl Run {
    /// Of an op of a raw program, which is checked and explored but never computed.
    pub(crate) const NONE: Run = Run(|_, _, _| {});
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Run")
    }
}

/// Runs `S` on the operands, now.
///
/// Sound because of when it is called. Each operand comes from a token of the algebra. A written tile's token was
/// taken by value, and a token is the only owner of its tile; a read tile's token is borrowed or shared, so that no
/// one else can write it. Where ops run later than they are issued, the executor starts an op only when the flags
/// that its tokens stand for have been set, which orders it after every earlier access.
#[inline(always)]
pub(crate) fn call<S: Semantics>(memory: &Memory, operands: &[Operand], imm: u64) {
    // SAFETY: the contract above gives exclusive access to the written operands and shared access to the read ones.
    let views = unsafe { S::Views::of(memory, operands) };
    S::run(views, imm);
}

/// The on-chip memory of one core, and the global tensors that its kernel was given.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// One allocation for all spaces; zeroed once, when it is made.
    bytes: Vec<UnsafeCell<Line>>,
    base: [usize; Space::COUNT],
    pub(crate) globals: Vec<GlobalSlot>,
    /// For each tile the input that it was loaded from, while it is looked at where it lies instead of being copied.
    borrowed: Vec<Cell<*const u8>>,
    /// Whether loads may leave it at that: where ops run at once, and nobody wants to see the load.
    pub(crate) may_borrow: bool,
}

#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
struct Line(#[expect(dead_code, reason = "accessed through pointers")] [u8; 64]);

// SAFETY: a memory is plain bytes and pointers to tensors that outlive the launch; who may touch which byte when is
// the contract of `call`.
unsafe impl Sync for Memory {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Memory {}

impl Memory {
    /// Memory with `usage` bytes of each space, for `tiles` tiles.
    pub(crate) fn new(usage: [usize; Space::COUNT], tiles: usize) -> Self {
        let mut base = [0; Space::COUNT];
        let mut lines = 0;
        for (base, bytes) in base.iter_mut().zip(usage) {
            *base = lines * size_of::<Line>();
            lines += bytes.div_ceil(size_of::<Line>());
        }
        let bytes = std::iter::repeat_with(|| UnsafeCell::new(Line([0; 64]))).take(lines).collect();
        let borrowed = vec![Cell::new(std::ptr::null()); tiles];
        Memory { bytes, base, globals: Vec::new(), borrowed, may_borrow: false }
    }

    /// Forgets the last block: its tensors, and what its tiles have looked at.
    pub(crate) fn clear(&mut self) {
        self.globals.clear();
        self.borrowed.fill(Cell::new(std::ptr::null()));
    }

    #[inline(always)]
    fn at(&self, space: Space, addr: u32) -> *mut u8 {
        let offset = self.base[space.index()] + addr as usize;
        debug_assert!(offset <= self.bytes.len() * size_of::<Line>());
        // SAFETY: tiles are placed by the plan inside the usage that this memory was made for.
        unsafe { self.bytes.as_ptr().cast_mut().cast::<u8>().add(offset) }
    }
}

/// One axis of a global tensor as a kernel sees it: up to four tensor dimensions, the outermost first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    /// (extent, stride) of each dimension, in elements; unused ones have extent 1.
    pub(crate) dims: [(usize, usize); 4],
    /// Where the block's part starts on this axis.
    pub(crate) start: usize,
}

impl Axis {
    /// The offset of position `i` of the block's part, in elements.
    #[inline(always)]
    pub(crate) fn offset(&self, i: usize) -> usize {
        let mut rest = self.start + i;
        let [outer @ .., (_, inner)] = &self.dims;
        if outer.iter().all(|&(extent, _)| extent == 1) {
            return rest * inner;
        }
        let mut offset = 0;
        for &(extent, stride) in self.dims.iter().rev() {
            offset += rest % extent * stride;
            rest /= extent;
        }
        offset
    }

    /// Whether neighbours on this axis are neighbours in memory.
    #[inline(always)]
    fn contiguous(&self) -> bool {
        let [outer @ .., (_, stride)] = &self.dims;
        *stride == 1 && outer.iter().all(|&(extent, _)| extent == 1)
    }
}

/// Where a tensor's elements are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointer(*mut u8);

// SAFETY: an address belongs to no thread; who may use it when is the contract of `call`.
unsafe impl Send for Pointer {}
// SAFETY: as above.
unsafe impl Sync for Pointer {}

impl Pointer {
    /// To elements that are only read.
    pub(crate) fn to<T>(data: &[T]) -> Self {
        Pointer(data.as_ptr().cast_mut().cast())
    }

    /// To elements that may be written.
    pub(crate) fn to_mut<T>(data: &mut [T]) -> Self {
        Pointer(data.as_mut_ptr().cast())
    }
}

/// A tensor in global memory, bound to a kernel's argument: one block's part of it.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of sealed traits")]
pub struct GlobalSlot {
    pub(crate) data: Pointer,
    /// Elements behind `data`.
    pub(crate) len: usize,
    pub(crate) dtype: DtypeId,
    pub(crate) rows: Axis,
    pub(crate) cols: Axis,
    /// Rows and columns of the part.
    pub(crate) extent: (usize, usize),
    pub(crate) writable: bool,
}

/// A tuple of views, made from an op's operands in order.
pub(crate) trait Views<'a> {
    /// # Safety
    ///
    /// Nobody else accesses the elements behind a written operand, nor writes those behind a read one, for `'a`.
    unsafe fn of(memory: &'a Memory, operands: &[Operand]) -> Self;
}

/// One view, made from one operand.
pub(crate) trait View<'a> {
    /// # Safety
    ///
    /// As for [`Views::of`].
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self;
}

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
        // SAFETY: an input that `Fill::look_at` was given, as long as the tile; or placed at 32-byte alignment within the
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
        if self.may_borrow && region.is_large() {
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

/// A region of a tensor in global memory.
pub(crate) struct GlobalView<'a, T, const WRITE: bool> {
    slot: &'a GlobalSlot,
    origin: (usize, usize),
    /// Rows and columns of the region.
    pub(crate) extent: (usize, usize),
    elements: PhantomData<&'a mut [T]>,
}

/// A region that is read.
pub(crate) type GlobalSrc<'a, T> = GlobalView<'a, T, false>;
/// A region that is written.
pub(crate) type GlobalDst<'a, T> = GlobalView<'a, T, true>;

impl<'a, T: Dtype, const WRITE: bool> View<'a> for GlobalView<'a, T, WRITE> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        let Place::Global { arg, row, col } = operand.place else {
            panic!("a global operand is a tile")
        };
        let slot = &memory.globals[usize::from(arg)];
        assert!(slot.dtype == T::ID, "an operand's dtype is not the op's");
        GlobalView {
            slot,
            origin: (row as usize, col as usize),
            extent: (operand.rows as usize, operand.cols as usize),
            elements: PhantomData,
        }
    }
}

impl<T: Dtype, const WRITE: bool> GlobalView<'_, T, WRITE> {
    /// Whether the tensor is too large to stay in a core's caches.
    #[inline(always)]
    pub(crate) fn is_large(&self) -> bool {
        self.slot.len * size_of::<T>() >= LARGE_TENSOR
    }

    /// Whether a row of the region is one slice.
    #[inline(always)]
    pub(crate) fn rows_contiguous(&self) -> bool {
        self.slot.cols.contiguous()
    }

    /// Whether a column of the region is one slice.
    #[inline(always)]
    pub(crate) fn cols_contiguous(&self) -> bool {
        self.slot.rows.contiguous()
    }

    /// Whether the whole region is one slice, row after row.
    #[inline(always)]
    pub(crate) fn one_slice(&self) -> bool {
        self.rows_contiguous()
            && self.extent.0 > 0
            && self.offset(self.extent.0 - 1, 0) - self.offset(0, 0)
                == (self.extent.0 - 1) * self.extent.1
            && self.slot.rows.dims[..3].iter().all(|&(extent, _)| extent == 1)
    }

    #[inline(always)]
    fn offset(&self, row: usize, col: usize) -> usize {
        self.slot.rows.offset(self.origin.0 + row) + self.slot.cols.offset(self.origin.1 + col)
    }

    /// `len` elements that lie side by side, from (`row`, `col`) of the region on.
    #[inline(always)]
    pub(crate) fn run(&self, row: usize, col: usize, len: usize) -> &[T] {
        let offset = self.offset(row, col);
        assert!(offset + len <= self.slot.len, "a region sticks out of its tensor");
        // SAFETY: inside the tensor, checked above; the launch borrows the tensor, and who writes which part of
        // it is the contract of `call`.
        unsafe { std::slice::from_raw_parts(self.slot.data.0.cast::<T>().add(offset), len) }
    }
}

impl<T: Dtype> GlobalDst<'_, T> {
    /// As [`GlobalView::run`], to write.
    #[inline(always)]
    pub(crate) fn run_mut(&mut self, row: usize, col: usize, len: usize) -> &mut [T] {
        let offset = self.offset(row, col);
        assert!(offset + len <= self.slot.len, "a region sticks out of its tensor");
        // SAFETY: as for `run`; parts of different blocks are disjoint, and within a block only one op at a time
        // writes an output.
        unsafe { std::slice::from_raw_parts_mut(self.slot.data.0.cast::<T>().add(offset), len) }
    }

    /// Writes elements that lie side by side: past the caches, if the tensor is too large to stay there.
    #[inline(always)]
    pub(crate) fn write(&mut self, row: usize, col: usize, elements: &[T]) {
        let large = self.is_large();
        let run = self.run_mut(row, col, elements.len());
        if large && size_of_val(elements) >= LONG_RUN {
            copy_past_caches(run, elements);
        } else {
            run.copy_from_slice(elements);
        }
    }
}

/// Bytes of a tensor that does not stay in a core's caches, and of a run that is worth a detour past them.
const LARGE_TENSOR: usize = 8 << 20;
const LONG_RUN: usize = 4 << 10;

macro_rules! views {
    ($($name:ident $index:tt),*) => {
        impl<'a, $($name: View<'a>),*> Views<'a> for ($($name,)*) {
            #[inline(always)]
            unsafe fn of(memory: &'a Memory, operands: &[Operand]) -> Self {
                // SAFETY: passed on to the caller; each operand makes one view.
                unsafe { ($($name::of(memory, &operands[$index]),)*) }
            }
        }
    };
}

views!(A 0);
views!(A 0, B 1);
views!(A 0, B 1, C 2);
views!(A 0, B 1, C 2, D 3);
views!(A 0, B 1, C 2, D 3, E 4);
