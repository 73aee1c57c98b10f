//! From tile to tile, within the `Vec` space and along the paths of the matrix side: TMOV, TEXTRACT.

mod drain;
mod fixpipe;
mod mx_scales;
mod scaling;
mod windows;

use std::panic::Location;

use half::{bf16, f16};

use crate::chip::Chip;
use crate::compute::copies::{Copied, Widened, Windowed, corner};
use crate::compute::wide::Wide;
use crate::event::{Live, Read, RecordEvent, Write};
use crate::isa::issuing::take_region;
use crate::isa::operand::{DtypeOf, TileOf, dtypes};
use crate::op::{Op, TExtractM2LR, TMovM2B, TMovM2L, TMovM2R, TMovV2V};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::layout::InOrder;
use crate::tile::{
    AnyTile, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0, HiF8, I4x2, Layout, PlainLayout, RowMajor,
    Tile, Valid, Zn, space,
};
use crate::unit::{Core, Site, Trouble};

pub use drain::{
    ByColumn, ByScale, ByScaleAndOffset, ByShift, Drain, QuantFrom, ScalesOf, ShiftFrom,
    TakesOffset, Unscaled, WayOut,
};
#[cfg(test)]
pub(in crate::isa) use fixpipe::CutUp;
pub(super) use fixpipe::TMOV_WITH;
pub(in crate::isa) use fixpipe::scales;
pub use fixpipe::{DrainsTo, tmov_with};
pub use scaling::{quant_offset, quant_param, quant_shift};
pub use windows::{DrainsInto, textract_with, tinsert, tinsert_with};
pub(super) use windows::{TEXTRACT_WITH, TINSERT, TINSERT_WITH};

/// TMOV takes the tile `Self` to a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled from {Self} by `tmov`",
    label = "no such path, or dtype, shape or layout differ",
    note = "`tmov` copies a `VecTile` to its like, and a `MatTile` to a `LeftTile`, a `RightTile` or (one row, `RowMajor`) a `BiasTile` of its shape",
    note = "it copies an `AccTile` to a `MatTile` of its shape, of f32 to f16 or bf16; a5 also has f32 to f32 and i32 to i32, an `AccTile` to a `VecTile`, and a `VecTile` to a `MatTile`, which on a2a3 go through global memory"
)]
pub trait MovesTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;

    #[doc(hidden)]
    fn issue(core: Core<'k, Self::Chip>, operands: &[Operand], at: Site, _: NotForKernels);
}

/// TEXTRACT takes a window of the tile `Self` to a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled from a window of {Self} by `textract`",
    label = "no such path, or the dtypes differ",
    note = "`textract` copies a window of a `MatTile` to a `LeftTile` or a `RightTile` of its dtype, and one of an `AccTile` to a `MatTile`: of f32 to f16 or bf16, on a5 also of f32 and i32 as they are"
)]
pub trait ExtractsTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;

    #[doc(hidden)]
    fn issue(
        core: Core<'k, Self::Chip>,
        operands: &[Operand],
        corner: (usize, usize),
        at: Site,
        _: NotForKernels,
    );
}

macro_rules! moves {
    ($($op:ident: [$($generic:ident: $bound:path),*] $dst:ty, $src:ty $(where LS: $more:path)?, $semantics:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid, Ch: Chip, $($generic: $bound),*>
            MovesTo<'k, $dst> for Tile<'k, $src, T, R, C, LS, VS, Ch>
        where
            T: DtypeOf<$op, Ch>,
            $(LS: $more,)?
        {
            type Op = $op;

            #[inline(always)]
            fn issue(core: Core<'k, Ch>, operands: &[Operand], at: Site, _: NotForKernels) {
                core.unit().issue::<$op, $semantics>(operands, 1, 0, at);
            }
        }
    )*};
}

moves! {
    TMovV2V: [L: PlainLayout, LS: PlainLayout] Tile<'k, space::Vec, T, R, C, L, V, Ch>, space::Vec where LS: InOrder<L::Order>, Wide<Copied<T>>;
    TMovM2L: [LS: Layout] Tile<'k, space::Left, T, R, C, Ch::Left, V, Ch>, space::Mat, Windowed<T>;
    TMovM2R: [LS: Layout] Tile<'k, space::Right, T, R, C, Zn, V, Ch>, space::Mat, Windowed<T>;
}

#[diagnostic::do_not_recommend]
impl<'k, T, const C: usize, V: Valid, VS: Valid, Ch: Chip>
    MovesTo<'k, Tile<'k, space::Bias, T::Sum, 1, C, RowMajor, V, Ch>>
    for Tile<'k, space::Mat, T, 1, C, RowMajor, VS, Ch>
where
    T: DtypeOf<TMovM2B, Ch>,
{
    type Op = TMovM2B;

    #[inline(always)]
    fn issue(core: Core<'k, Ch>, operands: &[Operand], at: Site, _: NotForKernels) {
        core.unit().issue::<TMovM2B, Widened<T>>(operands, 1, 0, at);
    }
}

macro_rules! extracts {
    ($($dst:ident $layout:ty;)*) => {$(
        impl<'k, T, const R: usize, const C: usize, const RS: usize, const CS: usize, L, V, VS, Ch>
            ExtractsTo<'k, Tile<'k, space::$dst, T, R, C, $layout, V, Ch>>
            for Tile<'k, space::Mat, T, RS, CS, L, VS, Ch>
        where
            T: DtypeOf<TExtractM2LR, Ch>,
            L: Layout,
            V: Valid,
            VS: Valid,
            Ch: Chip,
        {
            type Op = TExtractM2LR;

            #[inline(always)]
            fn issue(
                core: Core<'k, Ch>,
                operands: &[Operand],
                (row, col): (usize, usize),
                at: Site,
                _: NotForKernels,
            ) {
                let imm = corner(row, col);
                core.unit().issue::<TExtractM2LR, Windowed<T>>(operands, 1, imm, at);
            }
        }
    )*};
}

extracts! {
    Left Ch::Left;
    Right Zn;
}

dtypes!(TMovV2V:
    a2a3 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 I4x2]
    a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0 F4E2M1x2 F4E1M2x2]);
dtypes!(TMovM2L:
    a2a3 [i8 f16 bf16 f32]
    a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2]);
dtypes!(TMovM2R:
    a2a3 [i8 f16 bf16 f32]
    a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2]);
dtypes!(TMovM2B: a2a3 [i32 f16 f32] a5 [i32 f16 bf16 f32]);
dtypes!(TExtractM2LR:
    a2a3 [i8 f16 bf16 f32]
    a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2]);

/// The op of `tmov` to `D` from `S`.
type MoveOf<'k, D, S> = <TileOf<'k, S> as MovesTo<'k, TileOf<'k, D>>>::Op;

/// The op of `textract` to `D` from `S`.
type ExtractOf<'k, D, S> = <TileOf<'k, S> as ExtractsTo<'k, TileOf<'k, D>>>::Op;

#[tilesync_macros::op(TMovV2V | TMovM2L | TMovM2R | TMovM2B | TMovM2S | TMovA2M | TMovA2V | TMovV2M("TMOV") "dst[i,j] = src[i,j]" a2a3 "by the path, see the table" a5 "by the path, see the table")]
/// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault). The two tiles have one
/// shape; the spaces choose the op:
///
/// | from | to | op | element types |
/// |---|---|---|---|
/// | `Vec` | `Vec`, the same type of tile | [`TMovV2V`] | all |
/// | `Mat` | `Left` | [`TMovM2L`] | i8, f16, bf16, f32; on a5 F8E4M3, F8E5M2, HiF8, F4E2M1x2, F4E1M2x2 too |
/// | `Mat` | `Right` | [`TMovM2R`] | as to `Left` |
/// | `Mat`, `MxZz`, on a5 | `ScaleLeft` | [`TMovM2L`] | F8E8M0 |
/// | `Mat`, `MxNn`, on a5 | `ScaleRight` | [`TMovM2R`] | F8E8M0 |
/// | `Mat`, one row | `Bias` | [`TMovM2B`] | i32 to i32, f32 and f16 (on a5 bf16 too) to f32 |
/// | `Mat`, one row | `Scaling` | [`TMovM2S`](crate::TMovM2S) | u64, i64 |
/// | `Acc` | `Mat`, NZ | [`TMovA2M`](crate::TMovA2M) | f32 to f16 or bf16, rounded to nearest; on a5 also f32 to f32, i32 to i32 |
/// | `Acc`, on a5 | `Vec`, row-major | [`TMovA2V`](crate::TMovA2V) | f32 to f32, f16 or bf16, rounded to nearest; i32 to i32 |
/// | `Vec`, row-major, on a5 | `Mat`, NZ | [`TMovV2M`](crate::TMovV2M) | i8, f16, bf16, f32 |
///
/// The last four run on FIX, as in PTO's table of ops (PTOAS has the last one on MTE3). Those between `Vec` and the matrix side
/// lead on the device from one core to another; here a kernel has both. [`tmov_with`](crate::isa::tmov_with) scales an accumulator on its way out, or drops what is
/// negative.
pub fn tmov<'k, D, S>(dst: D, src: &S) -> RecordEvent<MoveOf<'k, D, S>, Live<TileOf<'k, D>>>
where
    D: Write<'k, MoveOf<'k, D, S>>,
    S: Read<'k, MoveOf<'k, D, S>, Tile: MovesTo<'k, TileOf<'k, D>>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<MoveOf<'k, D, S>>(&mut dst, src.valid(), at);
    TileOf::<'k, S>::issue(src.core(), &[dst.operand(), src.operand()], at, INNER);
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TExtractM2LR | TExtractA2M("TEXTRACT") "dst[i,j] = src[row + i, col + j]" a2a3 "i8 f16 bf16 f32; from `Acc` as `tmov`" a5 "i8 f16 bf16 f32, floats of 8 and 4 bits, scales; from `Acc` as `tmov`")]
/// A window of a `Mat` tile into a `Left` or a `Right` one, or of an `Acc` tile into a `Mat` one.
///
/// Copies as much of the valid region of `src` as there is from (`row`, `col`) on, at most the tile: `dst` takes that as its valid
/// region. So one load feeds several products. From an
/// accumulator [`textract_with`](crate::isa::textract_with) has more element types.
///
/// # Errors
///
/// Where less remains than a tile with a fixed valid region takes, or the window starts outside of the valid region, the
/// kernel stops with a [`Fault`](crate::Fault) that names this line.
pub fn textract<'k, D, S>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
) -> RecordEvent<ExtractOf<'k, D, S>, Live<TileOf<'k, D>>>
where
    D: Write<'k, ExtractOf<'k, D, S>>,
    S: Read<'k, ExtractOf<'k, D, S>, Tile: ExtractsTo<'k, TileOf<'k, D>>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    if take_window::<ExtractOf<'k, D, S>, _>(&mut dst, src, (row, col), at) {
        let operands = [dst.operand(), src.operand()];
        TileOf::<'k, S>::issue(src.core(), &operands, (row, col), at, INNER);
    }
    RecordEvent::new(Live(dst))
}

/// Gives `dst` as its valid region what remains of `src` from a corner on, at most the tile; false, with the kernel stopped, where
/// nothing does.
#[inline(always)]
pub(in crate::isa) fn take_window<'k, O: Op, D: AnyTile<'k>>(
    dst: &mut D,
    src: &impl AnyTile<'k>,
    (row, col): (usize, usize),
    at: Site,
) -> bool {
    let (valid, shape) = (src.valid(), D::TYPE.shape());
    let unit = dst.core().unit();
    if row >= valid.0 || col >= valid.1 {
        unit.fail(Trouble::Element { at: (row, col), valid }, at);
        return false;
    }
    let remain = ((valid.0 - row).min(shape.0), (valid.1 - col).min(shape.1));
    if !dst.set_valid(remain) {
        let tile = dst.valid();
        if tile.0 > remain.0 || tile.1 > remain.1 {
            unit.fail(Trouble::Edge { code: O::CODE, remain, tile }, at);
        }
    }
    true
}
