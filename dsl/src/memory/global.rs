//! Tensors in global memory as slices.

use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32};

use super::operand::{Operand, Place};
use super::{Lines, Memory, View};
use crate::simd::copy_past_caches;
use crate::tile::dtype::{Dtype, DtypeId};
use crate::tile::layout::{BLOCK_BYTES, LayoutId};

/// One axis of a global tensor as a kernel sees it: up to four tensor dimensions, the outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// (extent, stride) of each dimension, in elements; unused ones have extent 1.
    pub dims: [(usize, usize); 4],
}

impl Axis {
    /// The offset of position `i`, in elements.
    #[inline(always)]
    pub(crate) fn offset(&self, i: usize) -> usize {
        let mut rest = i;
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

    pub(super) fn address(self) -> *const u8 {
        self.0.cast_const()
    }
}

/// A tensor in global memory, bound to a kernel's argument: all of it, of which a block is shown its part.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of sealed traits")]
pub struct GlobalSlot {
    pub(crate) data: Pointer,
    /// Elements behind `data`.
    pub(crate) len: usize,
    /// Their type.
    pub dtype: DtypeId,
    /// Its rows.
    pub rows: Axis,
    /// Its columns.
    pub cols: Axis,
    /// Rows and columns.
    pub extent: (usize, usize),
    /// Whether the kernel may store to it; if not, nobody writes it during the launch.
    pub writable: bool,
    /// Whether nothing is in it before the launch.
    pub blank: bool,
}

/// The slots of a FIFO: a tensor of messages, one below the other.
pub(crate) struct Slots {
    pub(crate) tensor: GlobalSlot,
    /// Rows of a message.
    rows: usize,
    _memory: Vec<u64>,
}

/// How the messages of a FIFO lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Row after row.
    Rows,
    /// The left halves of all messages row after row, then the right ones: of two cores, each has its own.
    Halves,
    /// Each as a tile in fractals, [`LayoutId::Nz`].
    Fractals,
}

impl Slots {
    /// Memory for `count` slots of `rows` × `cols` elements.
    pub(crate) fn new(
        dtype: DtypeId,
        (rows, cols): (usize, usize),
        count: usize,
        lie: Lie,
    ) -> Self {
        let all = rows * count;
        let mut memory = vec![0_u64; (all * cols * dtype.size()).div_ceil(size_of::<u64>())];
        let one = (1, 0);
        let (row_dims, col_dims) = match lie {
            Lie::Rows => ([one, (all, cols)], [one, (cols, 1)]),
            Lie::Halves => {
                let half = cols / 2;
                ([one, (all, half)], [(2, all * half), (half, 1)])
            }
            Lie::Fractals => {
                let wide = BLOCK_BYTES / dtype.size();
                ([(count, rows * cols), (rows, wide)], [(cols / wide, rows * wide), (wide, 1)])
            }
        };
        let axis = |[outer, inner]: [_; 2]| Axis { dims: [one, one, outer, inner] };
        let tensor = GlobalSlot {
            data: Pointer::to_mut(&mut memory),
            len: all * cols,
            dtype,
            rows: axis(row_dims),
            cols: axis(col_dims),
            extent: (all, cols),
            writable: true,
            blank: true,
        };
        Slots { tensor, rows, _memory: memory }
    }

    /// Where the tile lies that a core has from (`row`, `col`) of the message in slot `slot` on.
    pub(crate) fn tile(&self, slot: usize, (row, col): (usize, usize)) -> Pointer {
        let GlobalSlot { data, rows, cols, dtype, .. } = self.tensor;
        let first = rows.offset(slot * self.rows + row) + cols.offset(col);
        Pointer(data.0.wrapping_add(first * dtype.size()))
    }
}

/// A region of a tensor in global memory.
pub(crate) struct GlobalView<'a, T, const WRITE: bool> {
    slot: &'a GlobalSlot,
    origin: (usize, usize),
    /// Rows and columns of the region.
    pub extent: (usize, usize),
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
        let slot = &memory.globals[arg as usize];
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
    /// Whether nobody writes the tensor during the launch.
    #[inline(always)]
    pub(crate) fn is_constant(&self) -> bool {
        !self.slot.writable
    }

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
        // One dimension of rows first: in several, the last row may lie before the first.
        self.rows_contiguous()
            && self.extent.0 > 0
            && self.slot.rows.dims[..3].iter().all(|&(extent, _)| extent == 1)
            && self.offset(self.extent.0 - 1, 0) - self.offset(0, 0)
                == (self.extent.0 - 1) * self.extent.1
    }

    /// The lines that the first rows and columns lie in; `None` where they lie otherwise, or there are none.
    #[inline(always)]
    pub(crate) fn lines(&self, extent: (usize, usize)) -> Option<Lines> {
        let pitch = |axis: &Axis, len: usize| {
            let [outer @ .., (_, pitch)] = &axis.dims;
            let even = outer.iter().all(|&(extent, _)| extent == 1);
            (even && *pitch >= len && len > 0).then_some(*pitch)
        };
        let (layout, pitch) = if self.rows_contiguous() {
            (LayoutId::Nd, pitch(&self.slot.rows, extent.1)?)
        } else if self.cols_contiguous() {
            (LayoutId::Dn, pitch(&self.slot.cols, extent.0)?)
        } else {
            return None;
        };
        (extent.0 > 0 && extent.1 > 0).then_some(Lines { layout, pitch, extent })
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

/// The first element of a region of an input, for the scalar unit.
///
/// Sound because nobody writes an input during the launch.
pub(crate) fn scalar<T: Dtype>(memory: &Memory, operand: &Operand) -> T {
    // SAFETY: the region belongs to an input, by the contract above.
    let region = unsafe { GlobalSrc::<T>::of(memory, operand) };
    assert!(region.is_constant(), "a scalar is read from an input");
    region.run(0, 0, 1)[0]
}

impl<T: Dtype> GlobalDst<'_, T> {
    /// As [`GlobalView::run`], to write.
    #[inline(always)]
    pub(crate) fn run_mut(&mut self, row: usize, col: usize, len: usize) -> &mut [T] {
        let offset = self.offset(row, col);
        assert!(offset + len <= self.slot.len, "a region sticks out of its tensor");
        // SAFETY: as for `run`; parts of different blocks are disjoint, and within a block one pipe stores to an output, or
        // to a region in and out. Where another pipe loads meanwhile, it loads another region, whose elements are others: no
        // two positions of a tensor that is written are one element.
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

/// A region that is added to, perhaps by other blocks at the same time.
pub(crate) struct GlobalAdd<'a, T>(GlobalView<'a, T, false>);

impl<'a, T: Dtype> View<'a> for GlobalAdd<'a, T> {
    #[inline(always)]
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self {
        // SAFETY: passed on to the caller.
        let region = unsafe { GlobalView::of(memory, operand) };
        assert!(region.slot.writable, "an input is not added to");
        GlobalAdd(region)
    }
}

impl<T: Dtype> GlobalAdd<'_, T> {
    /// Rows and columns of the region.
    #[inline(always)]
    pub(crate) fn extent(&self) -> (usize, usize) {
        self.0.extent
    }

    /// Adds to the element at (`row`, `col`) of the region, in one piece.
    #[inline(always)]
    pub(crate) fn add(&self, row: usize, col: usize, term: T) {
        self.update(row, col, |old| old.add(term));
    }

    /// Changes the element at (`row`, `col`) of the region, in one piece: computes as often as it takes, until no other block comes
    /// between reading and writing.
    #[inline(always)]
    pub(crate) fn update(&self, row: usize, col: usize, compute: impl Fn(T) -> T) {
        let offset = self.0.offset(row, col);
        assert!(offset < self.0.slot.len, "a region sticks out of its tensor");
        // SAFETY: inside of the tensor, checked above.
        let element = unsafe { self.0.slot.data.0.cast::<T>().add(offset) };
        let changed = |bits: u64| compute(T::from_bits(bits)).to_bits();
        macro_rules! update {
            ($atomic:ident $bits:ty) => {{
                // SAFETY: aligned, since an element of as many bytes is. All blocks access a tensor that is summed in through
                // atomics alone: the kernel's type for it is `GlobalSum`, `GlobalMax` or `GlobalMin`, which nothing else loads or stores in this phase.
                let cell = unsafe { $atomic::from_ptr(element.cast()) };
                let mut old = cell.load(Relaxed);
                loop {
                    let new = changed(old.into()) as $bits;
                    match cell.compare_exchange_weak(old, new, Relaxed, Relaxed) {
                        Ok(_) => break,
                        Err(now) => old = now,
                    }
                }
            }};
        }
        match size_of::<T>() {
            1 => update!(AtomicU8 u8),
            2 => update!(AtomicU16 u16),
            4 => update!(AtomicU32 u32),
            _ => unreachable!("elements that are added to global memory have at most 4 bytes"),
        }
    }
}

/// Bytes of a tensor that does not stay in a core's caches, and of a run that is worth a detour past them.
const LARGE_TENSOR: usize = 8 << 20;
const LONG_RUN: usize = 4 << 10;
