//! From tile to tile, within the `Vec` space and along the paths of the matrix side: TMOV, TEXTRACT.

use std::panic::Location;

use half::{bf16, f16};

use super::copies::{Copied, Widened, corner};
use super::elementwise::take_region;
use super::operand::{DtypeOf, dtypes};
use super::wide::Wide;
use crate::chip::Chip;
use crate::event::{Holds, Live, Read, RecordEvent, Write};
use crate::issue::{Core, Site, Trouble};
use crate::op::{Op, TExtractM2LR, TMovM2B, TMovM2L, TMovM2R, TMovV2V};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, Layout, PlainLayout, RowMajor, Tile, Valid, Zn, space};

/// TMOV fills `Self` from a tile `S`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not filled from {S} by `tmov`",
    label = "no such path, or dtype, shape or layout differ",
    note = "`tmov` copies a `VecTile` to its like, and a `MatTile` to a `LeftTile`, a `RightTile` or (one row, `RowMajor`) a `BiasTile` of its shape",
    note = "a5 also has an `AccTile` to a `VecTile`, and a `VecTile` to a `MatTile`; on a2a3 these go through global memory"
)]
pub trait MovedFrom<'k, S>: AnyTile<'k> {
    /// The op.
    type Op: Op;

    #[doc(hidden)]
    fn issue(core: Core<'k, Self::Chip>, operands: &[Operand], at: Site, _: NotForKernels);
}

/// TEXTRACT fills `Self` from a window of a tile `S`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not filled from a window of {S} by `textract`",
    label = "no such path, or the dtypes differ",
    note = "`textract` copies a window of a `MatTile` to a `LeftTile` or a `RightTile`"
)]
pub trait ExtractedFrom<'k, S>: AnyTile<'k> {
    /// The op.
    type Op: Op;
}

macro_rules! moves {
    ($($op:ident: [$($generic:ident: $bound:path),*] $dst:ty, $src:ty, $semantics:ty;)*) => {$(
        impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid, Ch: Chip, $($generic: $bound),*>
            MovedFrom<'k, Tile<'k, $src, T, R, C, LS, VS, Ch>> for $dst
        where
            T: DtypeOf<$op, Ch>,
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
    TMovV2V: [LS: PlainLayout] Tile<'k, space::Vec, T, R, C, LS, V, Ch>, space::Vec, Wide<Copied<T>>;
    TMovM2L: [LS: Layout] Tile<'k, space::Left, T, R, C, Ch::Left, V, Ch>, space::Mat, Copied<T>;
    TMovM2R: [LS: Layout] Tile<'k, space::Right, T, R, C, Zn, V, Ch>, space::Mat, Copied<T>;
}

impl<'k, T, const C: usize, V: Valid, VS: Valid, Ch: Chip>
    MovedFrom<'k, Tile<'k, space::Mat, T, 1, C, RowMajor, VS, Ch>>
    for Tile<'k, space::Bias, T::Sum, 1, C, RowMajor, V, Ch>
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
            ExtractedFrom<'k, Tile<'k, space::Mat, T, RS, CS, L, VS, Ch>>
            for Tile<'k, space::$dst, T, R, C, $layout, V, Ch>
        where
            T: DtypeOf<TExtractM2LR, Ch>,
            L: Layout,
            V: Valid,
            VS: Valid,
            Ch: Chip,
        {
            type Op = TExtractM2LR;
        }
    )*};
}

extracts! {
    Left Ch::Left;
    Right Zn;
}

dtypes!(TMovV2V:
    a2a3 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]
    a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32]);
dtypes!(TMovM2L: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32]);
dtypes!(TMovM2R: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32]);
dtypes!(TMovM2B: a2a3 [i32 f16 f32] a5 [i32 f16 bf16 f32]);
dtypes!(TExtractM2LR: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32]);

/// The tile of a token.
type TileOf<'k, X> = <X as Holds<'k>>::Tile;

/// The op of `tmov` to `D` from `S`.
type MoveOf<'k, D, S> = <TileOf<'k, D> as MovedFrom<'k, TileOf<'k, S>>>::Op;

/// The op of `textract` to `D` from `S`.
type ExtractOf<'k, D, S> = <TileOf<'k, D> as ExtractedFrom<'k, TileOf<'k, S>>>::Op;

/// `dst[i,j] = src[i,j]` (TMOV).
///
/// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault). The two tiles have one
/// shape; the spaces choose the op:
///
/// | from | to | op | element types |
/// |---|---|---|---|
/// | `Vec` | `Vec`, the same type of tile | [`TMovV2V`] | all |
/// | `Mat` | `Left` | [`TMovM2L`] | i8, f16, bf16, f32 |
/// | `Mat` | `Right` | [`TMovM2R`] | i8, f16, bf16, f32 |
/// | `Mat`, one row | `Bias` | [`TMovM2B`] | i32 to i32, f32 and f16 (on a5 bf16 too) to f32 |
/// | `Acc`, on a5 | `Vec`, row-major | [`TMovA2V`](crate::TMovA2V) | f32 to f32, f16 or bf16, rounded to nearest; i32 to i32 |
/// | `Vec`, row-major, on a5 | `Mat`, NZ | [`TMovV2M`](crate::TMovV2M) | i8, f16, bf16, f32 |
///
/// Both run on FIX, as in PTO's table of ops. On the device they lead from one core to another; here a kernel has both sides.
#[doc(alias = "TMOV")]
#[track_caller]
#[inline(always)]
pub fn tmov<'k, D, S>(dst: D, src: &S) -> RecordEvent<MoveOf<'k, D, S>, Live<TileOf<'k, D>>>
where
    D: Holds<'k, Tile: MovedFrom<'k, TileOf<'k, S>>>
        + Write<'k, MoveOf<'k, D, S>, Tile = TileOf<'k, D>>,
    S: Holds<'k> + Read<'k, MoveOf<'k, D, S>, Tile = TileOf<'k, S>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.tile(INNER));
    take_region::<MoveOf<'k, D, S>>(&mut dst, src.valid(), at);
    TileOf::<'k, D>::issue(dst.core(), &[dst.operand(), src.operand()], at, INNER);
    RecordEvent::new(Live(dst))
}

/// `dst[i,j] = src[row + i, col + j]`: a window of a `Mat` tile into a `Left` or a `Right` one (TEXTRACT).
///
/// Copies as much of the valid region of `src` as there is from (`row`, `col`) on, at most the tile: `dst` takes that as its valid
/// region. So one load feeds several products. Element types: i8, f16, bf16, f32 on both chips.
///
/// # Errors
///
/// Where less remains than a tile with a fixed valid region takes, or the window starts outside of the valid region, the
/// kernel stops with a [`Fault`](crate::Fault) that names this line.
#[doc(alias = "TEXTRACT")]
#[track_caller]
#[inline(always)]
pub fn textract<'k, D, S>(
    dst: D,
    src: &S,
    row: usize,
    col: usize,
) -> RecordEvent<ExtractOf<'k, D, S>, Live<TileOf<'k, D>>>
where
    D: Holds<'k, Tile: ExtractedFrom<'k, TileOf<'k, S>>>
        + Write<'k, ExtractOf<'k, D, S>, Tile = TileOf<'k, D>>,
    S: Holds<'k> + Read<'k, ExtractOf<'k, D, S>, Tile = TileOf<'k, S>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.tile(INNER));
    let (valid, ty) = (src.valid(), <TileOf<'k, D> as AnyTile<'k>>::TYPE);
    let unit = dst.core().unit();
    if row >= valid.0 || col >= valid.1 {
        unit.fail(Trouble::Element { at: (row, col), valid }, at);
        return RecordEvent::new(Live(dst));
    }
    let remain = ((valid.0 - row).min(ty.rows), (valid.1 - col).min(ty.cols));
    if !dst.set_valid(remain) {
        let tile = dst.valid();
        if tile.0 > remain.0 || tile.1 > remain.1 {
            let code = <ExtractOf<'k, D, S> as Op>::CODE;
            unit.fail(Trouble::Edge { code, remain, tile }, at);
        }
    }
    let operands = [dst.operand(), src.operand()];
    let imm = corner(row, col);
    unit.issue::<ExtractOf<'k, D, S>, Copied<ElemOf<'k, D>>>(&operands, 1, imm, at);
    RecordEvent::new(Live(dst))
}

/// The element type of the destination `D`.
type ElemOf<'k, D> = <TileOf<'k, D> as AnyTile<'k>>::Elem;
