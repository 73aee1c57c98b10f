//! Comparing and choosing: TCMP, TCMPS, TSEL, TSELS. A mask has one bit an element.

use std::panic::Location;

use half::{bf16, f16};

use super::issuing::{mismatch, same_region, take_region};
use super::operand::{Anything, ElemOf, Like, PartOf, VectorTile};
use crate::chip::{A2A3, A5};
use crate::compute::masks::{
    CmpMode, Compared, ComparedFirst, ComparedScalar, Selected, SelectedScalar, bits,
};
use crate::compute::wide::Wide;
use crate::event::{Live, NoTile, Read, RecordEvent, Scratch, Write};
use crate::op::{Op, TCmp, TCmpS, TSel, TSelS};
use crate::sealed::{INNER, Sealed};
use crate::tile::layout::InOrder;
use crate::tile::{AnyTile, Dtype, RowMajor, Tile, Valid, space};
use crate::unit::Site;

/// `Self` holds one bit for each element of `D`: bit `j % BITS` of word `j / BITS` of row `i`, where a word has `BITS` bits.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a mask for {D}",
    label = "expected a tile of the same rows, of u8 on a2a3 and u32 on a5",
    note = "a mask of a `VecTile<T, R, C>` is a `VecTile<u8, R, W>` with 8 * W >= C on a2a3, a `VecTile<u32, R, W>` with 32 * W >= C on a5"
)]
pub trait MaskOf<D>: Sealed {}

macro_rules! masks {
    ($($ch:ident of $word:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, const W: usize, L, LM, V: Valid, M: Valid>
            MaskOf<Tile<'k, space::Vec, T, R, C, L, V, $ch>>
            for Tile<'k, space::Vec, $word, R, W, LM, M, $ch>
        where
            L: InOrder<RowMajor>,
            LM: InOrder<RowMajor>,
        {
        }
    )*};
}

masks! {
    A2A3 of u8;
    A5 of u32;
}

// Two that are no tile, so that the tile is known before a mask is refused.
#[diagnostic::do_not_recommend]
impl<X: Sealed> MaskOf<NoTile> for X {}
#[diagnostic::do_not_recommend]
impl<X: Sealed> MaskOf<Anything> for X {}

/// Whether mask `M` is as wide as tile `D`.
const fn wide_enough<'k, M: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    M::TYPE.shape().1 * bits::<M::Elem>() >= D::TYPE.shape().1
}

/// The words of a mask for the region `valid`.
const fn words<M>((rows, cols): (usize, usize)) -> (usize, usize) {
    (rows, cols.div_ceil(bits::<M>()))
}

/// Stops the kernel where `mask` holds less than the region `needed`.
#[inline(always)]
fn covers<'k, O: Op>(mask: &impl AnyTile<'k>, needed: (usize, usize), at: Site) {
    let (rows, cols) = mask.valid();
    if rows < needed.0 || cols < needed.1 {
        mismatch::<O>(mask, needed, at);
    }
}

#[tilesync_macros::op(TCmp("TCMP") "mask[i,j] = src0[i,j] compared with src1[i,j], as mode says" a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// `mask[i,j]` is a bit, and bits are packed: see [`MaskOf`]. A dynamic `mask` takes the words that hold the valid region; a mask with a fixed region
/// must be at least as large, and its other bits become 0. A mask too narrow for the tile's columns fails the build.
///
/// PTO has i32 on a2a3 too, but there it compares for equality whatever the mode, and so it is left out.
///
/// # Errors
///
/// If the sources' valid regions differ, or `mask` has too small a region, the kernel stops with a [`Fault`](crate::Fault).
pub fn tcmp<'k, M, S0, S1>(
    mask: M,
    src0: &S0,
    src1: &S1,
    mode: CmpMode,
) -> RecordEvent<TCmp, Live<M::Tile>>
where
    M: Write<'k, TCmp, Tile: MaskOf<S0::Tile>>,
    S0: Read<'k, TCmp, Tile: VectorTile<'k, TCmp>>,
    S1: Read<'k, TCmp, Tile: Like<S0::Tile>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, S0::Tile>(),
            "the mask of `tcmp` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut mask, src0, src1) = (mask.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
    same_region::<TCmp>(src0, src1.valid(), at);
    take_words::<TCmp, _>(&mut mask, src0, at);
    let operands = [mask.operand(), src0.operand(), src1.operand()];
    let unit = mask.core().unit();
    unit.issue::<TCmp, Wide<Compared<ElemOf<'k, M>, <S0::Tile as AnyTile<'k>>::Elem>>>(
        &operands,
        1,
        mode as u64,
        at,
    );
    RecordEvent::new(Live(mask))
}

#[tilesync_macros::op(TSel("TSEL") "dst[i,j] = mask[i,j] ? src0[i,j] : src1[i,j]" a2a3 [i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// The mask is as [`tcmp`] writes it. The device needs `tmp`, a scratch tile of any shape.
///
/// # Errors
///
/// If the sources' valid regions differ, `dst` cannot take them, or `mask` holds less, the kernel stops with a
/// [`Fault`](crate::Fault).
///
/// PTO's golden data has another order of bits where a mask is wider than its tile: see
/// [docs/golden.md](https://github.com/tilesync/tilesync/blob/main/docs/golden.md).
pub fn tsel<'k, D, M, S0, S1, X>(
    dst: D,
    mask: &M,
    src0: &S0,
    src1: &S1,
    tmp: &mut X,
) -> RecordEvent<TSel, Live<D::Tile>>
where
    D: Write<'k, TSel, Tile: VectorTile<'k, TSel>>,
    M: Read<'k, TSel, Tile: MaskOf<D::Tile>>,
    S0: Read<'k, TSel, Tile: Like<D::Tile>>,
    S1: Read<'k, TSel, Tile: Like<D::Tile>>,
    X: Scratch<'k, TSel, Tile: VectorTile<'k, TSel>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, D::Tile>(),
            "the mask of `tsel` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut dst, mask) = (dst.into_tile(INNER), mask.data_of(INNER));
    let (src0, src1) = (src0.data_of(INNER), src1.data_of(INNER));
    take_region::<TSel>(&mut dst, src0.valid(), at);
    same_region::<TSel>(&dst, src1.valid(), at);
    covers::<TSel>(mask, words::<<M::Tile as AnyTile<'k>>::Elem>(dst.valid()), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, mask.operand(), src0.operand(), src1.operand()];
    let unit = dst.core().unit();
    unit.issue::<TSel, Wide<Selected<ElemOf<'k, D>, <M::Tile as AnyTile<'k>>::Elem>>>(
        &operands, 2, 0, at,
    );
    RecordEvent::new(Live(dst))
}

/// Gives `mask` the words for what `src` has, or stops the kernel where it holds less.
#[inline(always)]
fn take_words<'k, O: Op, M: AnyTile<'k>>(mask: &mut M, src: &impl AnyTile<'k>, at: Site) {
    let needed = words::<M::Elem>(src.valid());
    if !mask.set_valid(needed) {
        covers::<O>(mask, needed, at);
    }
}

#[tilesync_macros::op(TCmpS("TCMPS") "mask[i,j] = src[i,j] compared with c, as mode says" a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// The mask is as [`tcmp`] writes it.
///
/// PTO has i16, u16 and i32 on a2a3 too. But there the first two are compared as f16 with the same bits, and i32 for equality whatever the mode;
/// and so they are left out.
///
/// # Errors
///
/// If `mask` has too small a region, the kernel stops with a [`Fault`](crate::Fault).
pub fn tcmps<'k, M, S>(
    mask: M,
    src: &S,
    c: ElemOf<'k, S>,
    mode: CmpMode,
) -> RecordEvent<TCmpS, Live<M::Tile>>
where
    M: Write<'k, TCmpS, Tile: MaskOf<S::Tile>>,
    S: Read<'k, TCmpS, Tile: VectorTile<'k, TCmpS>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, S::Tile>(),
            "the mask of `tcmps` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut mask, src) = (mask.into_tile(INNER), src.data_of(INNER));
    take_words::<TCmpS, _>(&mut mask, src, at);
    let (unit, operands) = (mask.core().unit(), [mask.operand(), src.operand()]);
    // The immediate is the scalar, and has no room for the mode.
    macro_rules! issue {
        ($($mode:ident)*) => {
            match mode {
                $(CmpMode::$mode => unit.issue::<TCmpS, Wide<
                    ComparedScalar<{ CmpMode::$mode as u8 }, ElemOf<'k, M>, ElemOf<'k, S>>,
                >>(&operands, 1, c.to_bits(), at),)*
            }
        };
    }
    issue!(Eq Ne Lt Gt Ge Le);
    RecordEvent::new(Live(mask))
}

#[tilesync_macros::op(TCmpS("TCMPS") "mask[i,j] = src0[i,j] compared with src1[0,0], as mode says" a2a3 "f16 f32" a5 "i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32")]
/// As [`tcmps`], with the first element of a tile of any shape.
///
/// # Errors
///
/// If `mask` has too small a region, or `src1` no valid element, the kernel stops with a [`Fault`](crate::Fault).
pub fn tcmps_first<'k, M, S0, S1>(
    mask: M,
    src0: &S0,
    src1: &S1,
    mode: CmpMode,
) -> RecordEvent<TCmpS, Live<M::Tile>>
where
    M: Write<'k, TCmpS, Tile: MaskOf<S0::Tile>>,
    S0: Read<'k, TCmpS, Tile: VectorTile<'k, TCmpS>>,
    S1: Read<'k, TCmpS, Tile: AnyTile<'k> + PartOf<S0::Tile>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, S0::Tile>(),
            "the mask of `tcmps_first` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut mask, src0, src1) = (mask.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
    take_words::<TCmpS, _>(&mut mask, src0, at);
    covers::<TCmpS>(src1, (1, 1), at);
    let operands = [mask.operand(), src0.operand(), src1.operand()];
    let unit = mask.core().unit();
    unit.issue::<TCmpS, Wide<ComparedFirst<ElemOf<'k, M>, ElemOf<'k, S0>>>>(
        &operands,
        1,
        mode as u64,
        at,
    );
    RecordEvent::new(Live(mask))
}

#[tilesync_macros::op(TSelS("TSELS") "dst[i,j] = mask[i,j] ? src[i,j] : c" a2a3 [i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32])]
/// The mask is as [`tcmp`] writes it. The device needs `tmp`, a scratch tile of any shape.
///
/// # Errors
///
/// If `dst` cannot take the valid region of `src`, or `mask` holds less, the kernel stops with a [`Fault`](crate::Fault).
pub fn tsels<'k, D, M, S, X>(
    dst: D,
    mask: &M,
    src: &S,
    tmp: &mut X,
    c: ElemOf<'k, D>,
) -> RecordEvent<TSelS, Live<D::Tile>>
where
    D: Write<'k, TSelS, Tile: VectorTile<'k, TSelS>>,
    M: Read<'k, TSelS, Tile: MaskOf<D::Tile>>,
    S: Read<'k, TSelS, Tile: Like<D::Tile>>,
    X: Scratch<'k, TSelS, Tile: VectorTile<'k, TSelS>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, D::Tile>(),
            "the mask of `tsels` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut dst, mask, src) = (dst.into_tile(INNER), mask.data_of(INNER), src.data_of(INNER));
    take_region::<TSelS>(&mut dst, src.valid(), at);
    covers::<TSelS>(mask, words::<ElemOf<'k, M>>(dst.valid()), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, mask.operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TSelS, Wide<SelectedScalar<ElemOf<'k, D>, ElemOf<'k, M>>>>(
        &operands,
        2,
        c.to_bits(),
        at,
    );
    RecordEvent::new(Live(dst))
}
