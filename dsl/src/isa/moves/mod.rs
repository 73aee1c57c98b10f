//! From tile to tile, within the `Vec` space and along the paths of the matrix side: TMOV copies a tile, TEXTRACT a window of one,
//! TINSERT a tile into a window of another. The paths stand in `paths`.

mod drain;
mod fixpipe;
mod pairs;
mod paths;
mod scaling;
mod windows;

use std::panic::Location;

use crate::event::{Live, Read, RecordEvent, Write};
use crate::isa::issuing::take_region;
use crate::isa::operand::TileOf;
use crate::op::Op;
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::AnyTile;
use crate::unit::{Core, Site};

pub use drain::{
    ByColumn, ByScale, ByScaleAndOffset, ByShift, Drain, QuantFrom, ScalesOf, ShiftFrom,
    TakesOffset, Unscaled, WayOut,
};
pub(super) use fixpipe::TMOV_WITH;
pub(in crate::isa) use fixpipe::scales;
pub use fixpipe::{DrainsTo, tmov_with};
pub(super) use pairs::TMOV_X2;
pub use pairs::{PairElement, PairsAcross, tmov_x2};
pub use paths::Grain;
use paths::{moves, types};
pub use scaling::{quant_offset, quant_param, quant_shift};
pub use windows::{
    DrainsInto, ExtractsTo, InsertsTo, textract, textract_with, tinsert, tinsert_with,
};
pub(super) use windows::{TEXTRACT, TEXTRACT_WITH, TINSERT, TINSERT_WITH};

/// TMOV takes the tile `Self` to a tile `D`, by the op of the two memory spaces.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled from {Self} by `tmov`",
    label = "no such path, or dtype, shape or layout differ",
    note = "`tmov` copies a `VecTile` to its like, and a `MatTile` to a `LeftTile`, a `RightTile` or (one row, `RowMajor`) a `BiasTile` of its shape",
    note = "it copies an `AccTile` to a `MatTile` of its shape, of f32 to f16 or bf16; a5 also has f32 to f32 and i32 to i32, an `AccTile` to a `Vec` tile, a `Vec` tile to a `Mat` tile of its layout, and a row-major `Vec` tile to one in `Nz` or `Zn`"
)]
pub trait MovesTo<'k, D>: AnyTile<'k> {
    /// The op.
    type Op: Op;

    #[doc(hidden)]
    fn issue(core: Core<'k, Self::Chip>, operands: &[Operand], at: Site, _: NotForKernels);
}

#[tilesync_macros::op(TMovV2V | TMovV2M | TMovM2L | TMovM2R | TMovM2B | TMovM2S | TMovA2M | TMovA2V("TMOV") "dst[i,j] = src[i,j]" a2a3 "by the path, see [`tmov`]" a5 "by the path, see [`tmov`]")]
/// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault). The two tiles have one
/// shape; the spaces and the layouts choose the op:
///
#[doc = moves!()]
///
#[doc = types!()]
///
/// `Left` and `Right` tiles are in the layouts of their chip. An accumulator leaves as its elements are rounded to nearest, of f32 to
/// f16 or bf16; what enters the bias table is widened, of f16 and bf16 to f32. [`tmov_with`] scales an accumulator on its way out, or
/// drops what is negative. Rows that move to `Bias` and `Scaling` fill blocks of 64 and of 128 bytes.
///
/// The ops on FIX are there by PTO's table of ops (PTOAS has those from `Vec` to `Mat` on MTE3). Those between `Vec` and the matrix
/// side lead on the device from one core to another; here a kernel has both, and one vector core, so that `AccToVecMode` has no
/// counterpart.
// The op is a parameter of its own, so that what does not fit is said once, and not again for what is returned.
pub fn tmov<'k, O: Op, D, S>(dst: D, src: &S) -> RecordEvent<O, Live<TileOf<'k, D>>>
where
    D: Write<'k, O>,
    S: Read<'k, O, Tile: MovesTo<'k, TileOf<'k, D>, Op = O>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<O>(&mut dst, src.valid(), at);
    TileOf::<'k, S>::issue(src.core(), &[dst.operand(), src.operand()], at, INNER);
    RecordEvent::new(Live(dst))
}
