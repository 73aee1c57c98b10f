//! The intrinsics: one function an op, named as PTO names it in lower case.
//!
//! Each takes the tile that it writes by value (a store: the tile that it stores) and gives it back in its
//! [`RecordEvent`](crate::RecordEvent); the tiles that it reads are passed by reference, scratch tiles by `&mut`. A form
//! ending in `_assign` works in place. The guide (`tilesync::guide::ops`) has an example of each family.
//!
#![doc = include_str!("table.md")]

mod arg;
mod arith;
mod bits;
mod blocks;
mod compare;
mod convert;
mod convert_x2;
mod declare;
mod drained;
mod element;
mod expand;
mod fifo;
mod fillpad;
mod fused;
mod generate;
mod histogram;
mod images;
mod img2col;
mod in_place;
mod indexed;
mod interleave;
mod issuing;
mod load;
mod matmul;
mod matmul_mx;
mod moves;
mod operand;
mod part;
mod precision;
mod prefetch;
mod print;
mod quant;
mod rearrange;
mod recip;
mod reduce;
mod remainder;
mod scalar;
mod store;
mod store_acc;
mod store_add;
pub mod table;
#[cfg(test)]
mod tests;
mod unary;

pub use arg::{
    tcolargmax, tcolargmax_value, tcolargmin, tcolargmin_value, trowargmax, trowargmax_value,
    trowargmin, trowargmin_value,
};
pub use arith::*;
pub use bits::*;
pub use compare::{tcmp, tcmps, tcmps_first, tsel, tsels};
pub use convert::{tcvt, tcvt_with};
pub use convert_x2::tcvt_x2;
pub use expand::*;
pub use fifo::{talloc, tfree, tpop, tpop_slot, tpush, tpush_slot};
pub use fillpad::{Pad, tfillpad, tfillpad_assign, tfillpad_expand, tfillpad_mat_assign};
pub use fused::{
    tadddeqrelu, taddreluconv, taxpy, tfusedmuladd, tfusedmuladdrelu, tmuladddst, tprelu,
    tprelu_assign, tsubrelu, tsubrelu_assign, tsubreluconv,
};
pub use generate::{Counting, Rounds, Triangle, tci, tci_vector, trandom, ttri};
pub use histogram::{Byte0, Byte1, Byte2, Byte3, thistogram};
pub use images::{ttrans_fractal_z, ttrans_fractal_z_3d, ttrans_nc1hwc0, ttrans_nchw};
pub use img2col::{Geometry, Img2col, timg2col};
pub use in_place::{tload_cell, tstore_cell};
pub use indexed::{
    Axis, GatherOob, MaskPattern, ScatterOob, mgather, mgather_mat_rows, mgather_rows, mscatter,
    mscatter_add, mscatter_add_any_order, mscatter_max, mscatter_min, mscatter_rows,
    mscatter_rows_add, mscatter_rows_add_any_order, mscatter_rows_max, mscatter_rows_min, tconcat,
    tconcat_counted, tconcat_lengths, tgather, tgather_eq, tgather_gt, tgather_mask, tgatherb,
    tmrgsort, tmrgsort_exhausted, tmrgsort_lists, tscatter, tscatter_mask, tsort32, tsort32_any,
};
pub use interleave::{tdeinterleave, tdeinterleave_one, tinterleave, tpairreducesum};
pub use load::tload;
pub use matmul::{tgemv, tgemv_acc, tgemv_bias, tmatmul, tmatmul_acc, tmatmul_bias};
pub use matmul_mx::{
    tgemv_mx, tgemv_mx_acc, tgemv_mx_bias, tmatmul_mx, tmatmul_mx_acc, tmatmul_mx_bias,
};
pub use moves::{
    ByColumn, ByScale, ByScaleAndOffset, ByShift, Drain, Unscaled, quant_offset, quant_param,
    quant_shift, textract, textract_with, tinsert, tinsert_with, tmov, tmov_with, tmov_x2,
};
pub use part::*;
pub use precision::{HighPrecision, high_precision};
pub use prefetch::tprefetch;
pub use print::tprint;
pub use quant::{tdequant, tquant, tquant_asym, tquant_mx, tquant_mx_cols};
pub use rearrange::ttrans;
pub use recip::{trecip_assign, trsqrt_with_tmp};
pub use reduce::*;
pub use remainder::*;
pub use scalar::*;
pub use store::tstore;
pub use store_acc::tstore_with;
pub use store_add::{tstore_add, tstore_add_any_order};
pub use unary::*;

pub use crate::compute::masks::CmpMode;
pub use crate::compute::quant::QuantScaleAlg;
pub use crate::compute::round::{RoundMode, SaturationMode};

/// What the ops ask of their operands' tiles, as traits: which dtypes, shapes, layouts and paths there are.
///
/// A kernel needs none of these names; a helper that is generic over dtype or shape writes them as its bounds.
///
/// ```
/// use tilesync::event::OfTile;
/// use tilesync::isa::bounds::{Like, VectorTile};
/// use tilesync::prelude::*;
///
/// /// Twice the tile, whatever its dtype and shape.
/// fn twice<'k, D, X>(dst: D, x: &X) -> Resident<TAdd, D::Tile>
/// where
///     D: Write<'k, TAdd, Tile: VectorTile<'k, TAdd>>,
///     X: Read<'k, TAdd, Tile: Like<D::Tile>>,
/// {
///     tadd(dst, x, x)
/// }
/// ```
pub mod bounds {
    pub use super::arg::{ArgIndex, IndexAsLarge, IndexBeside};
    pub use super::blocks::{BlockEach, BlocksOf, InBlocks};
    pub use super::compare::MaskOf;
    pub use super::convert::{Chosen, CvtFrom, EitherWay, OneWay};
    pub use super::convert_x2::{PairFrom, RowsOf};
    pub use super::fillpad::{ExpandsTo, MayBeWhole, PaddedInPlace, PadsTo};
    pub use super::fused::{AxpyFrom, ReluConvFrom};
    pub use super::histogram::{ByteOf, HistogramFilter, HistogramOf};
    pub use super::images::TransposesBack;
    pub use super::img2col::Img2colTo;
    pub use super::in_place::TileAndCell;
    pub use super::indexed::{
        AddsTo, AsWide, GatherEq, GatherGt, IndexFor, IndicesFor, LengthsOf, ListFor, Lists,
        OffsetsOf, PairsOf, PlacesIn, RowIndicesFor, SameDtype, SameWidth, ScatterAnyOrder,
        ScatterBest, ScatterRows, ScatterRowsAnyOrder, SortIndices,
    };
    pub use super::load::Moves;
    pub use super::matmul::{BiasOf, LeftOf, RightOf};
    pub use super::matmul_mx::{Depth, LeftScalesOf, MxLeftOf, MxRightOf, RightScalesOf, ScaledBy};
    pub use super::moves::{
        DrainsInto, DrainsTo, ExtractsTo, Grain, InsertsTo, MovesTo, PairElement, PairsAcross,
        QuantFrom, ScalesOf, ShiftFrom, TakesOffset, WayOut,
    };
    pub use super::operand::{
        ColOf, DtypeOf, FirstColOf, HasCol, HasIndexCol, HasIndexRow, HasRow, InPlace, Like,
        PartOf, RowMajorTile, RowOf, Same, ShapeOf, TransposeOf, VectorTile,
    };
    pub use super::precision::InHighPrecision;
    pub use super::quant::{MxQuantFrom, ScaleRow};
    pub use super::store::{LayoutOfSums, Storable, Store, Stores};
    pub use super::store_add::{ExactSum, RoundedSum};
    pub use crate::compute::concat::Length;
    pub use crate::compute::factors::{Beside, Factor};
    pub use crate::compute::found::Compared;
    pub use crate::compute::indexed::Index;
    pub use crate::compute::mx::{MxBeside, MxFactor, One, Two};
    pub use crate::compute::power::Power;
    pub use crate::compute::quant::MxQuantised;
    pub use crate::compute::remainder::Remainder;
    pub use crate::compute::round::{Nearest, Rounded};
}
