//! Sorting and merging: TSORT32, TMRGSORT.

use crate::chip::Chip;
use crate::compute::sorted::{
    BLOCK, Merged2, Merged3, Merged4, MergedRuns, SUSPENDS, Sorted, SortedWithScratch, pair,
};
use crate::compute::wide::Wide;
use crate::isa::declare::scope::*;
use crate::isa::issuing::{mismatch, take_region};
use crate::memory;
use crate::op::{TMrgSort, TSort32};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::layout::{InOrder, Placed};
use crate::tile::{RowMajor, Tile, Valid, space};
use crate::unit::{Mode, Site, Unit};

/// `Self` holds the indices of the values of `S`: of each row, or one row for all.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the indices of {S}",
    label = "expected a row-major tile of u32 as wide as the values",
    note = "for a `VecTile<f32, R, C>` that is a `VecTile<u32, R, C>`, or a `VecTile<u32, 1, C>` for all rows"
)]
pub trait SortIndices<S>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const RI: usize, const C: usize, V: Valid, VI: Valid, Ch: Chip, L, LD>
    SortIndices<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, u32, RI, C, LD, VI, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Float,
{
}

/// `Self` holds the sorted pairs of `S`: 8 bytes for each value.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the sorted pairs of {S}",
    label = "expected a row-major tile of the same dtype and rows",
    note = "for a `VecTile<f32, R, C>` that is a `VecTile<f32, R, D>` with D = 2 * C, for a `VecTile<f16, R, C>` a `VecTile<f16, R, D>` with D = 4 * C"
)]
pub trait PairsOf<S>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const D: usize, V: Valid, VD: Valid, Ch: Chip, L, LD>
    PairsOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, R, D, LD, VD, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Float,
{
}

/// Fails the build where there is no room for the pairs, or the rows of indices are neither one nor those of the values.
const fn sortable<'k, D: AnyTile<'k>, S: AnyTile<'k>, I: AnyTile<'k>>() {
    let ((rows, cols), size) = (S::TYPE.shape(), S::TYPE.dtype.size());
    assert!(
        D::TYPE.shape().1 * size >= cols * 8,
        "the destination of a sort holds 8 bytes for each value: 2 elements of f32, 4 of f16"
    );
    let indices = I::TYPE.shape().0;
    assert!(
        indices == rows || indices == 1,
        "a sort takes indices for each row, or one row of them"
    );
}

#[tilesync_macros::op(TSort32("TSORT32") "each 32 of dst = (src[i,j], idx[i,j]), sorted" a2a3 [f16 f32] a5 [f16 f32])]
/// Sorts each 32 values of a row on their own, the greatest first, and puts each with its index: a pair of 8 bytes. For f32 a pair is
/// the value and the bits of the index; for f16 the value, 0, and the two halves of the index. [`tmrgsort`] and
/// [`tmrgsort_lists`] go on from there, [`tgather_mask`](super::tgather_mask) takes pairs apart.
///
/// Of equal values the first stays first; a NaN comes before all numbers, a negative one behind them.
///
/// `dst` takes the valid rows of `src`, and 2 (f32) or 4 (f16) columns for each valid one; one row of `idx` may stand for all.
///
/// # Errors
///
/// Where the valid columns of `src` are no multiple of 32 (see [`tsort32_any`]), `idx` has another region, or `dst` cannot take the
/// pairs, the kernel stops with a [`Fault`](crate::Fault). A `dst` without room for all pairs fails the build.
pub fn tsort32<'k, D, S, I>(dst: D, src: &S, idx: &I) -> RecordEvent<TSort32, Live<D::Tile>>
where
    D: Write<'k, TSort32, Tile: PairsOf<S::Tile>>,
    S: Read<'k, TSort32, Tile: VectorTile<'k, TSort32, Elem: Float>>,
    I: Read<'k, TSort32, Tile: SortIndices<S::Tile> + AnyTile<'k>>,
{
    const { sortable::<D::Tile, S::Tile, I::Tile>() }
    let at = Location::caller();
    let (rows, cols) = src.data_of(INNER).valid();
    if !cols.is_multiple_of(BLOCK) {
        mismatch::<TSort32>(src.data_of(INNER), (rows, cols.next_multiple_of(BLOCK)), at);
    }
    sort::<_, ElemOf<'k, S>>(dst.into_tile(INNER), src.data_of(INNER), idx.data_of(INNER), None, at)
}

#[tilesync_macros::op(TSort32("TSORT32") "each 32 of dst, and the rest, = (src[i,j], idx[i,j]), sorted"
    a2a3 "f16 f32" a5 "f16 f32")]
/// As [`tsort32`], of any number of valid columns: the last of a row are a block of their own.
///
/// The device needs `tmp`, a scratch tile like `src`. It writes pairs up to the next multiple of 32, which are not valid.
///
/// # Errors
///
/// As for [`tsort32`].
pub fn tsort32_any<'k, D, S, I, X>(
    dst: D,
    src: &S,
    idx: &I,
    tmp: &mut X,
) -> RecordEvent<TSort32, Live<D::Tile>>
where
    D: Write<'k, TSort32, Tile: PairsOf<S::Tile>>,
    S: Read<'k, TSort32, Tile: VectorTile<'k, TSort32, Elem: Float>>,
    I: Read<'k, TSort32, Tile: SortIndices<S::Tile> + AnyTile<'k>>,
    X: Scratch<'k, TSort32, Tile: Like<S::Tile>>,
{
    const { sortable::<D::Tile, S::Tile, I::Tile>() }
    let at = Location::caller();
    let tmp = Some(tmp.scratch(INNER).operand());
    sort::<_, ElemOf<'k, S>>(dst.into_tile(INNER), src.data_of(INNER), idx.data_of(INNER), tmp, at)
}

#[inline(always)]
fn sort<'k, D: AnyTile<'k>, T: Float>(
    mut dst: D,
    src: &impl AnyTile<'k>,
    idx: &impl AnyTile<'k>,
    tmp: Option<Operand>,
    at: Site,
) -> RecordEvent<TSort32, Live<D>> {
    let (rows, cols) = src.valid();
    let given = idx.valid();
    if given.1 != cols || (given.0 != rows && given.0 != 1) {
        mismatch::<TSort32>(idx, (rows, cols), at);
    }
    take_region::<TSort32>(&mut dst, (rows, cols * pair::<T>()), at);
    let unit = dst.core().unit();
    let (dst_operand, src, idx) = (dst.operand(), src.operand(), idx.operand());
    match tmp {
        None => unit.issue::<TSort32, Wide<Sorted<T>>>(&[dst_operand, src, idx], 1, 0, at),
        Some(tmp) => {
            let operands = [dst_operand, tmp, src, idx];
            unit.issue::<TSort32, Wide<SortedWithScratch<T>>>(&operands, 2, 0, at);
        }
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TMrgSort("TMRGSORT") "each four runs of dst = those of src, merged" a2a3 [f16 f32] a5 [f16 f32])]
/// Merges sorted runs of `run` elements, each four neighbours into one that is four times as long: pairs as [`tsort32`] makes them, in one
/// row. Of equal values that of the first run comes first.
///
/// `dst` takes the valid region of `src`. The device needs two tiles.
///
/// # Errors
///
/// Where `run` is no multiple of 64 elements, the valid columns of `src` are no multiple of four runs, or more than 255 times four,
/// the kernel stops with a [`Fault`](crate::Fault).
pub fn tmrgsort<'k, D, S>(dst: D, src: &S, run: usize) -> RecordEvent<TMrgSort, Live<D::Tile>>
where
    D: Write<'k, TMrgSort, Tile: VectorTile<'k, TMrgSort, Elem: Float>>,
    S: Read<'k, TMrgSort, Tile: Like<D::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let cols = src.valid().1;
    let whole = run.max(1).next_multiple_of(64);
    let times = cols / (4 * whole);
    if whole != run || times * 4 * run != cols || !(1..=255).contains(&times) {
        mismatch::<TMrgSort>(src, (1, times.clamp(1, 255) * 4 * whole), at);
    }
    take_region::<TMrgSort>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TMrgSort, Wide<MergedRuns<ElemOf<'k, D>>>>(&operands, 1, run as u64, at);
    RecordEvent::new(Live(dst))
}

/// `Self` is a list of pairs of the dtype of `D`: a row-major `Vec` tile of one row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a list of pairs like {D}",
    label = "expected a row-major tile of one row, of the same dtype",
    note = "lists of pairs are `VecTile<f32, 1, C>` or `VecTile<f16, 1, C>`, of any width"
)]
pub trait ListFor<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const C: usize, const D: usize, V: Valid, VD: Valid, Ch: Chip, L, LD>
    ListFor<Tile<'k, space::Vec, T, 1, D, L, VD, Ch>> for Tile<'k, space::Vec, T, 1, C, LD, V, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
    T: Float,
{
}

/// Two, three or four sorted lists, each by reference, to be merged into `D`.
#[diagnostic::on_unimplemented(
    message = "these are not lists that `TMrgSort` can merge",
    label = "expected two, three or four lists",
    note = "lists are passed as a tuple of references: `(&a, &b)` to `(&a, &b, &c, &d)`"
)]
pub trait Lists<'k, D>: Copy {
    /// How many pairs were taken of each.
    type Counts: AsRef<[usize]>;
    #[doc(hidden)]
    const COLS: usize;
    #[doc(hidden)]
    fn cols(self, _: NotForKernels) -> usize;
    #[doc(hidden)]
    fn issue<T: Float>(self, unit: &Unit, to: [Operand; 2], imm: u64, at: Site, _: NotForKernels);
    #[doc(hidden)]
    fn counts(of: impl Fn(usize) -> usize, _: NotForKernels) -> Self::Counts;
}

macro_rules! lists {
    ($($count:literal $merged:ident: $($list:ident $name:ident)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, D, $($list),*> Lists<'k, D> for ($(&$list,)*)
        where
            $($list: Read<'k, TMrgSort, Tile: ListFor<D> + AnyTile<'k>>,)*
        {
            type Counts = [usize; $count];

            const COLS: usize = 0 $(+ <$list::Tile as AnyTile<'k>>::TYPE.shape().1)*;

            #[inline(always)]
            fn cols(self, _: NotForKernels) -> usize {
                let ($($name,)*) = self;
                0 $(+ $name.data_of(INNER).valid().1)*
            }

            #[inline(always)]
            fn issue<T: Float>(self, unit: &Unit, [dst, tmp]: [Operand; 2], imm: u64, at: Site, _: NotForKernels) {
                let ($($name,)*) = self;
                let operands = [dst, tmp, $($name.data_of(INNER).operand()),*];
                unit.issue::<TMrgSort, Wide<$merged<T>>>(&operands, 2, imm, at);
            }

            fn counts(of: impl Fn(usize) -> usize, _: NotForKernels) -> Self::Counts {
                std::array::from_fn(of)
            }
        }
    )*};
}

lists! {
    2 Merged2: A a B b;
    3 Merged3: A a B b C c;
    4 Merged4: A a B b C c E e;
}

/// Fails the build where the lists are wider than the scratch tile.
const fn room_to_merge<'k, D, L: Lists<'k, D>, X: AnyTile<'k>>() {
    assert!(
        X::TYPE.shape().1 >= L::COLS,
        "the scratch tile of a merge must be as wide as all lists together"
    );
}

#[tilesync_macros::op(TMrgSort("TMRGSORT") "dst[0,j] = the pairs of two to four lists, merged" a2a3 "f16 f32" a5 "f16 f32")]
/// Merges two, three or four lists of pairs, the greatest value first; of equal values that of the first list comes first.
///
/// A `dst` narrower than all lists together takes the first pairs: so a running top-k stays as wide as it is. The device needs `tmp`, a
/// scratch tile as wide as all lists: a narrower one fails the build.
///
/// ```
/// # use tilesync::prelude::*;
/// # type List<'k> = Event<TSort32, TMrgSort, Live<VecTile<'k, f32, 1, 64>>>;
/// # fn k<'k>(dst: VecTile<'k, f32, 1, 64>, tmp: VecTile<'k, f32, 1, 128>, best: &List<'k>, new: &List<'k>) {
/// let mut tmp = tmp.on::<Vector>();
/// let best = tmrgsort_lists(dst, &mut tmp, (best, new)); // the best 32 of 64
/// # let _ = (best, tmp);
/// # }
/// ```
///
/// # Errors
///
/// If the valid region of `dst` is fixed, and wider than all lists, the kernel stops with a [`Fault`](crate::Fault).
pub fn tmrgsort_lists<'k, D, X, L>(
    dst: D,
    tmp: &mut X,
    lists: L,
) -> RecordEvent<TMrgSort, Live<D::Tile>>
where
    D: Write<'k, TMrgSort, Tile: VectorTile<'k, TMrgSort, Elem: Float>>,
    X: Scratch<'k, TMrgSort, Tile: ListFor<D::Tile> + AnyTile<'k>>,
    L: Lists<'k, D::Tile>,
{
    const { room_to_merge::<D::Tile, L, X::Tile>() }
    let at = Location::caller();
    let mut dst = dst.into_tile(INNER);
    take_first(&mut dst, lists.cols(INNER), at);
    let to = [dst.operand(), tmp.scratch(INNER).operand()];
    lists.issue::<ElemOf<'k, D>>(dst.core().unit(), to, 0, at, INNER);
    RecordEvent::new(Live(dst))
}

/// Gives `dst` so many columns, or as many as it has.
#[inline(always)]
fn take_first<'k, D: AnyTile<'k>>(dst: &mut D, cols: usize, at: Site) {
    let first = (1, cols.min(D::TYPE.shape().1));
    if !dst.set_valid(first) && dst.valid().1 > cols {
        mismatch::<TMrgSort>(dst, first, at);
    }
}

#[tilesync_macros::op(TMrgSort("TMRGSORT") "dst[0,j] = the pairs of the lists, merged until one is used up" a2a3 "f16 f32" a5 "f16 f32")]
/// As [`tmrgsort_lists`], but stops as soon as one list is used up; and how many pairs it took of each list. PTO's `exhausted` form,
/// with its `MrgSortExecutedNumList`.
///
/// So lists that are longer than a tile are merged piece by piece: what was used up is loaded anew, and the others go on behind the pairs
/// that were taken. `dst` takes what was written as its valid region, and must be dynamic.
///
/// Every op issued so far is run before this returns: the counts are numbers of the kernel's own code, as
/// [`get`](RecordEvent::get) reads them.
///
/// # Errors
///
/// If `dst` cannot take the region, the kernel stops with a [`Fault`](crate::Fault). A kernel that was stopped earlier ends here, by
/// unwinding.
pub fn tmrgsort_exhausted<'k, D, X, L>(
    dst: D,
    tmp: &mut X,
    lists: L,
) -> (RecordEvent<TMrgSort, Live<D::Tile>>, L::Counts)
where
    D: Write<'k, TMrgSort, Tile: VectorTile<'k, TMrgSort, Elem: Float>>,
    X: Scratch<'k, TMrgSort, Tile: ListFor<D::Tile> + AnyTile<'k>>,
    L: Lists<'k, D::Tile>,
{
    const { room_to_merge::<D::Tile, L, X::Tile>() }
    let at = Location::caller();
    let mut dst = dst.into_tile(INNER);
    take_first(&mut dst, lists.cols(INNER), at);
    let tmp = tmp.scratch(INNER).operand();
    let unit = dst.core().unit();
    lists.issue::<ElemOf<'k, D>>(unit, [dst.operand(), tmp], SUSPENDS, at, INNER);
    unit.flush();
    if unit.mode.get() == Mode::Faulted {
        unit.leave();
    }
    // They lie where the device has its pairs, which nobody looks at any more.
    let taken = |list| memory::element::<ElemOf<'k, D>>(&unit.memory, &tmp, 0, list).to_bits();
    let counts = L::counts(|list| taken(list) as usize & 0xffff, INNER);
    let written = counts.as_ref().iter().sum::<usize>() * pair::<ElemOf<'k, D>>();
    take_region::<TMrgSort>(&mut dst, (1, written), at);
    (RecordEvent::new(Live(dst)), counts)
}
