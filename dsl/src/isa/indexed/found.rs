//! The places of elements that compare with a number of their row: TGATHER's compare forms.

use half::f16;

use crate::chip::{Chip, ChipId};
use crate::compute::found::{Compared, Found};
use crate::event::NoTile;
use crate::isa::arg::ArgIndex;
use crate::isa::bounds::HasIndexCol;
use crate::isa::declare::scope::{
    AnyTile, ElemOf, Live, Location, Read, RecordEvent, Scratch, VectorTile, Write,
};
use crate::isa::issuing::{mismatch, take_region};
use crate::isa::operand::{dtypes, needs_scratch};
use crate::op::TGather;
use crate::sealed::INNER;
use crate::tile::layout::{InOrder, Placed};
use crate::tile::{Dtype, LayoutId, RowMajor, Tile, Valid, space};
use crate::unit::Site;

/// TGATHER that looks for greater elements, as a bound: `DtypeOf<GatherGt, Ch>`.
#[derive(Debug)]
pub enum GatherGt {}
/// TGATHER that looks for equal elements.
#[derive(Debug)]
pub enum GatherEq {}

dtypes!(GatherGt: a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 f32]);
dtypes!(GatherEq: a2a3 [i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 f32]);

/// `Self` has room for the place of each element of `S`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} has no room for the places of elements of {S}",
    label = "expected a tile of i32 or u32, of the same shape and kind of valid region",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<u32, R, C>` or a `VecTile<i32, R, C>`, not a window: all of a row may be found, and a place counts whole rows"
)]
pub trait PlacesIn<'k, S>: AnyTile<'k, Elem: ArgIndex> {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, I, T, const R: usize, const C: usize, L, LS, V, Ch>
    PlacesIn<'k, Tile<'k, space::Vec, T, R, C, LS, V, Ch>> for Tile<'k, space::Vec, I, R, C, L, V, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LS: InOrder<RowMajor> + Placed,
    I: ArgIndex,
    T: Dtype,
    V: Valid,
    Ch: Chip,
{
}

/// So that the source is known before a tile is refused; what is wrong with one that has no tile is said already.
#[diagnostic::do_not_recommend]
impl<'k, X: AnyTile<'k, Elem: ArgIndex>> PlacesIn<'k, NoTile> for X {}

#[tilesync_macros::op(TGather("TGATHER") "dst[i,n] = the n-th place offset + i * C + j with src[i,j] > k[i]; counts[i] = how many"
    a2a3 "f16 f32" a5 "i8 u8 i16 u16 i32 u32 f16 f32")]
/// Of a source of R x C elements. `dst` takes the valid region of `src`; behind the places that are found it has zeros here, on a device what
/// was there before. `counts` takes a value for each row: on a2a3 a number of elements, on a5 one of bytes, four for each.
///
/// The numbers `k` are a column of u32 for elements of 4 bytes, else of u16. a2a3 takes them as signed, and rounds them to the element type.
/// a5 takes them as signed for f16; else it compares as unsigned, an f32 rounded to the nearest i32: a negative element is greater than
/// every positive number, and what is beyond i32 is target-defined.
///
/// C is a multiple of 64 (of 128 for bytes), which fill a vector: a5 compares whole vectors. `dst` is as wide as `src`, since the device
/// writes whatever it finds. a2a3 needs `tmp`, a scratch tile of u8 with R * (ceil(C / 256) * 32 + 4 * C) bytes, and behind them one for each
/// byte of `k`, rounded up to 256. What is smaller fails the build.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     places: VecTile<'k, u32, 16, 64>,
/// #     counts: VecCol<'k, u32, 16>,
/// #     scores: Event<TLoad, TGather, Live<VecTile<'k, f32, 16, 64>>>,
/// #     least: Event<TLoad, TGather, Live<VecCol<'k, u32, 16>>>,
/// #     tmp: VecTile<'k, u8, 1, 4864>,
/// # ) {
/// let mut tmp = tmp.on::<Vector>();
/// let found = tgather_gt(places, counts, &scores, &least, &mut tmp, 0);
/// # let _ = (found, scores, least, tmp);
/// # }
/// ```
///
/// # Errors
///
/// If not all columns of `src` are valid, or the operands have different numbers of rows, the kernel stops with a [`Fault`](crate::Fault).
pub fn tgather_gt<'k, D, N, S, K, X>(
    dst: D,
    counts: N,
    src: &S,
    k: &K,
    tmp: &mut X,
    offset: u32,
) -> RecordEvent<TGather, (Live<D::Tile>, Live<N::Tile>)>
where
    D: Write<'k, TGather, Tile: PlacesIn<'k, S::Tile>>,
    N: Write<'k, TGather, Tile: AnyTile<'k, Elem = ElemOf<'k, D>>>,
    S: Read<'k, TGather, Tile: VectorTile<'k, GatherGt, Elem: Compared> + HasIndexCol<N::Tile>>,
    S::Tile: HasIndexCol<K::Tile>,
    K: Read<'k, TGather, Tile: AnyTile<'k, Elem = <ElemOf<'k, S> as Compared>::Number>>,
    X: Scratch<'k, TGather, Tile: AnyTile<'k, Elem = u8>>,
{
    const { fits::<S::Tile, K::Tile, N::Tile, X::Tile>() }
    find::<true, _, _, _, _, _>(dst, counts, src, k, tmp, offset, Location::caller())
}

#[tilesync_macros::op(TGather("TGATHER") "dst[i,n] = the n-th place offset + i * C + j with src[i,j] == k[i]; counts[i] = how many"
    a2a3 "i32 f16 f32" a5 "i8 u8 i16 u16 i32 u32 f16 f32")]
/// All else is as for [`tgather_gt`].
///
/// # Errors
///
/// As for [`tgather_gt`].
pub fn tgather_eq<'k, D, N, S, K, X>(
    dst: D,
    counts: N,
    src: &S,
    k: &K,
    tmp: &mut X,
    offset: u32,
) -> RecordEvent<TGather, (Live<D::Tile>, Live<N::Tile>)>
where
    D: Write<'k, TGather, Tile: PlacesIn<'k, S::Tile>>,
    N: Write<'k, TGather, Tile: AnyTile<'k, Elem = ElemOf<'k, D>>>,
    S: Read<'k, TGather, Tile: VectorTile<'k, GatherEq, Elem: Compared> + HasIndexCol<N::Tile>>,
    S::Tile: HasIndexCol<K::Tile>,
    K: Read<'k, TGather, Tile: AnyTile<'k, Elem = <ElemOf<'k, S> as Compared>::Number>>,
    X: Scratch<'k, TGather, Tile: AnyTile<'k, Elem = u8>>,
{
    const { fits::<S::Tile, K::Tile, N::Tile, X::Tile>() }
    find::<false, _, _, _, _, _>(dst, counts, src, k, tmp, offset, Location::caller())
}

/// Fails the build where a tile does not fit the device.
const fn fits<'k, S: AnyTile<'k>, K: AnyTile<'k>, N: AnyTile<'k>, X: AnyTile<'k>>() {
    let (rows, cols) = S::TYPE.shape();
    let vector = if S::TYPE.dtype.size() == 1 { 128 } else { 64 };
    assert!(
        cols.is_multiple_of(vector),
        "the columns of the source of `tgather_gt` and `tgather_eq` fill whole vectors: 64 elements, 128 of a byte"
    );
    let columns = matches!((K::TYPE.layout, N::TYPE.layout), (LayoutId::Dn, LayoutId::Dn));
    assert!(
        columns,
        "the numbers and the counts of `tgather_gt` and `tgather_eq` are columns: `VecCol`"
    );
    let masks = rows * cols.div_ceil(256) * 32;
    let numbers = (rows * K::TYPE.dtype.size()).next_multiple_of(256);
    let enough = X::TYPE.bytes() >= masks + rows * cols * 4 + numbers;
    assert!(
        !needs_scratch::<S>() || enough,
        "the scratch tile of `tgather_gt` or `tgather_eq` is too small"
    );
}

#[inline(always)]
fn find<'k, const GREATER: bool, D, N, S, K, X>(
    dst: D,
    counts: N,
    src: &S,
    k: &K,
    tmp: &mut X,
    offset: u32,
    at: Site,
) -> RecordEvent<TGather, (Live<D::Tile>, Live<N::Tile>)>
where
    D: Write<'k, TGather>,
    N: Write<'k, TGather>,
    S: Read<'k, TGather, Tile: AnyTile<'k, Elem: Compared>>,
    K: Read<'k, TGather>,
    X: Scratch<'k, TGather>,
{
    let (mut dst, mut counts) = (dst.into_tile(INNER), counts.into_tile(INNER));
    let (src, k) = (src.data_of(INNER), k.data_of(INNER));
    let ((rows, _), width) = (src.valid(), S::Tile::TYPE.shape().1);
    if src.valid().1 != width {
        mismatch::<TGather>(src, (rows, width), at);
    }
    if k.valid() != (rows, 1) {
        mismatch::<TGather>(k, (rows, 1), at);
    }
    take_region::<TGather>(&mut dst, src.valid(), at);
    take_region::<TGather>(&mut counts, (rows, 1), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), counts.operand(), tmp, src.operand(), k.operand()];
    let (unit, imm) = (dst.core().unit(), offset.into());
    match <S::Tile as AnyTile<'k>>::Chip::ID {
        ChipId::A2A3 => {
            unit.issue::<TGather, Found<ElemOf<'k, S>, ElemOf<'k, D>, GREATER, false>>(
                &operands, 3, imm, at,
            );
        }
        ChipId::A5 => {
            unit.issue::<TGather, Found<ElemOf<'k, S>, ElemOf<'k, D>, GREATER, true>>(
                &operands, 3, imm, at,
            );
        }
    }
    RecordEvent::new((Live(dst), Live(counts)))
}
