//! High precision: how an op is told to compute more exactly.

use super::operand::ElemOf;
use crate::chip::Chip;
use crate::event::{Live, Modify, OfTile, RecordEvent, Write};
use crate::op::precision::High;
use crate::sealed::NotForKernels;
use crate::tile::AnyTile;

/// A destination that is computed in high precision: what [`high_precision`] makes of an operand.
#[derive(Debug)]
#[must_use = "it owns a tile, and is to be an operand"]
pub struct HighPrecision<D>(D);

/// The destination `dst`, to be computed in high precision: PTO's `ExpAlgorithm::HIGH_PRECISION` and its like for the other ops.
///
/// It stands in the place of the destination of an op, of its in-place form as well:
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(y: VecTile<'k, f32, 64, 64, Full, A5>, x: VecTile<'k, f32, 64, 64, Full, A5>, input: &GlobalIn<'k, f32>) {
/// let x = tload(x, &input.tile(0, 0)).record::<Vector>();
/// let y = texp(high_precision(y), &x);
/// let y = tsqrt_assign(high_precision(y));
/// # let _ = y;
/// # }
/// ```
///
/// a5 has it, for the ops and element types here. a2a3 has not, but for [`trsqrt_with_tmp`](crate::isa::trsqrt_with_tmp), and PTO says nothing
/// where it is asked for it: here that is a compile error. What follows are the greatest errors of both ways on the CPU; how far a device is off if nothing is said, PTO does not say.
///
/// | | | if nothing is said | in high precision |
/// |---|---|---|---|
/// | TEXP | f16 f32 | 0.91 ulp | 0.501 ulp |
/// | TLOG | f16 f32 | 0.86 ulp | 0.501 ulp |
/// | TSQRT | f16 f32 | 0.5 ulp | the same bits |
/// | TRSQRT | f16 f32 | f16 0.501 ulp, f32 1.5 ulp | 1.5 ulp; the square root is rounded to the element type, as on the device |
/// | TRECIP, TDIV, TDIVS, TROWEXPANDDIV, TCOLEXPANDDIV | f16 f32 | 0.5 ulp | the same bits |
/// | TPOW, TPOWS | f16 f32 | 0.501 ulp | the same bits |
/// | TFMOD, TFMODS | f32 | that of the quotient's rounding | exact |
/// | TREM, TREMS | f32 | that of the quotient's rounding | 0.5 ulp |
#[inline(always)]
pub fn high_precision<'k, D: OfTile<'k>>(dst: D) -> HighPrecision<D> {
    HighPrecision(dst)
}

/// The chip has `O` of element type `T` in high precision.
#[diagnostic::on_unimplemented(
    message = "{Self} has no high precision for `{O}` of {T}",
    label = "computed in one way alone",
    note = "leave `high_precision` out; its documentation lists the ops, chips and element types that have it"
)]
pub trait InHighPrecision<O, T>: Chip {}

impl<'k, D: OfTile<'k>> OfTile<'k> for HighPrecision<D> {
    type Tile = D::Tile;
    type Stored<O> = RecordEvent<O, Live<D::Tile>>;
    type Precision = High;
}

impl<'k, O, D: Write<'k, O>> Write<'k, O> for HighPrecision<D>
where
    <D::Tile as AnyTile<'k>>::Chip: InHighPrecision<O, ElemOf<'k, D>>,
{
    #[inline(always)]
    fn into_tile(self, inner: NotForKernels) -> D::Tile {
        self.0.into_tile(inner)
    }
}

impl<'k, O, D: Modify<'k, O>> Modify<'k, O> for HighPrecision<D>
where
    <D::Tile as AnyTile<'k>>::Chip: InHighPrecision<O, ElemOf<'k, D>>,
{
    #[inline(always)]
    fn into_tile(self, inner: NotForKernels) -> D::Tile {
        self.0.into_tile(inner)
    }
}
