//! Quantisation on the vector pipe: TQUANT and TDEQUANT.

use std::marker::PhantomData;

use super::declare::scope::*;
use super::issuing::{mismatch, same_region, take_region};
use super::operand::{ColOf, ShapeOf, dtypes};
use crate::chip::A5;
use crate::compute::quant::{
    GROUP, MxQuantised, QuantScaleAlg, quantise, quantise_cols, quantise_rows,
};
use crate::compute::wide::Wide;
use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::op::{TDequant, TQuant};
use crate::sealed::INNER;
use crate::tile::{F4E2M1x2, F8E4M3, F8E8M0, RowMajor, Tile, Valid, space};

dtypes!(TQuant: a2a3 [f32] a5 [f32 f16 bf16]);
dtypes!(TDequant: a2a3 [i8 i16] a5 [i8 i16]);

#[tilesync_macros::op(TQuant("TQUANT") "dst[i,j] = src[i,j] * scale[i], rounded and saturated" a2a3 "f32 to i8" a5 "f32 to i8")]
/// PTO's `INT8_SYM`. The product is computed in `f32` and rounded to the nearest, of two equally near to the even one; a NaN becomes 0. `scale`
/// has a value for each row: the reciprocal of the step of the integers, such as `127 / max`.
///
/// a2a3 computes in `src`, whose data is lost: it comes back as a tile without data, the second of a joined token. The device needs `tmp`, a
/// scratch tile like `src`.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     q: VecTile<'k, i8, 32, 64>,
/// #     x: Resident<Vector, VecTile<'k, f32, 32, 64>>,
/// #     scale: &Resident<Vector, VecCol<'k, f32, 32>>,
/// #     tmp: &mut RecordEvent<Vector, VecTile<'k, f32, 32, 64>>,
/// # ) {
/// let (quantised, x) = tquant(q, x, scale, tmp).split();
/// # let _ = (quantised, x);
/// # }
/// ```
///
/// # Errors
///
/// Where `dst` cannot take the valid region of `src`, or `scale` has not its rows, the kernel stops with a [`Fault`](crate::Fault).
pub fn tquant<'k, D, S, C, X>(
    dst: D,
    src: S,
    scale: &C,
    tmp: &mut X,
) -> RecordEvent<TQuant, (Live<D::Tile>, S::Tile)>
where
    D: Write<'k, TQuant, Tile: AnyTile<'k, Elem = i8> + ShapeOf<S::Tile>>,
    S: Modify<'k, TQuant, Tile: VectorTile<'k, TQuant, Elem = f32>>,
    C: Read<'k, TQuant, Tile: ColOf<S::Tile> + AnyTile<'k>>,
    X: Scratch<'k, TQuant, Tile: Like<S::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src, scale) = (dst.into_tile(INNER), src.into_tile(INNER), scale.data_of(INNER));
    take_region::<TQuant>(&mut dst, src.valid(), at);
    same_region::<TQuant>(scale, (src.valid().0, 1), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), src.operand(), tmp, scale.operand()];
    src.core().unit().issue::<TQuant, Wide<Symmetric>>(&operands, 3, 0, at);
    RecordEvent::new((Live(dst), src))
}

#[tilesync_macros::op(TQuant("TQUANT") "dst[i,j] = src[i,j] * scale[i] + offset[i], rounded and saturated" a2a3 "f32 to u8" a5 "f32 to u8")]
/// PTO's `INT8_ASYM`: as [`tquant`], with an offset for each row, the integer that stands for zero.
pub fn tquant_asym<'k, D, S, C, O, X>(
    dst: D,
    src: S,
    scale: &C,
    offset: &O,
    tmp: &mut X,
) -> RecordEvent<TQuant, (Live<D::Tile>, S::Tile)>
where
    D: Write<'k, TQuant, Tile: AnyTile<'k, Elem = u8> + ShapeOf<S::Tile>>,
    S: Modify<'k, TQuant, Tile: VectorTile<'k, TQuant, Elem = f32>>,
    C: Read<'k, TQuant, Tile: ColOf<S::Tile> + AnyTile<'k>>,
    O: Read<'k, TQuant, Tile: ColOf<S::Tile> + AnyTile<'k>>,
    X: Scratch<'k, TQuant, Tile: Like<S::Tile>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.into_tile(INNER));
    let (scale, offset) = (scale.data_of(INNER), offset.data_of(INNER));
    take_region::<TQuant>(&mut dst, src.valid(), at);
    same_region::<TQuant>(scale, (src.valid().0, 1), at);
    same_region::<TQuant>(offset, (src.valid().0, 1), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), src.operand(), tmp, scale.operand(), offset.operand()];
    src.core().unit().issue::<TQuant, Wide<Asymmetric>>(&operands, 3, 0, at);
    RecordEvent::new((Live(dst), src))
}

#[tilesync_macros::op(TDequant("TDEQUANT") "dst[i,j] = (src[i,j] - offset[i]) * scale[i]" a2a3 "i8, i16 to f32" a5 "i8, i16 to f32")]
/// Computed in `f32`, rounded after each step. `scale` and `offset` have a value for each row.
///
/// # Errors
///
/// Where `dst` cannot take the valid region of `src`, or `scale` or `offset` have not its rows, the kernel stops with a
/// [`Fault`](crate::Fault).
pub fn tdequant<'k, D, S, C, O>(
    dst: D,
    src: &S,
    scale: &C,
    offset: &O,
) -> RecordEvent<TDequant, Live<D::Tile>>
where
    D: Write<'k, TDequant, Tile: AnyTile<'k, Elem = f32>>,
    S: Read<'k, TDequant, Tile: VectorTile<'k, TDequant> + ShapeOf<D::Tile>>,
    ElemOf<'k, S>: Into<f32>,
    C: Read<'k, TDequant, Tile: ColOf<D::Tile> + AnyTile<'k>>,
    O: Read<'k, TDequant, Tile: ColOf<D::Tile> + AnyTile<'k>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (scale, offset) = (scale.data_of(INNER), offset.data_of(INNER));
    take_region::<TDequant>(&mut dst, src.valid(), at);
    same_region::<TDequant>(scale, (src.valid().0, 1), at);
    same_region::<TDequant>(offset, (src.valid().0, 1), at);
    let operands = [dst.operand(), src.operand(), scale.operand(), offset.operand()];
    dst.core().unit().issue::<TDequant, Wide<Dequantised<ElemOf<'k, S>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// `Self` takes the elements of `S` in groups of 32 with a scale each: `F8E4M3`, or pairs of `F4E2M1x2` in half as many columns.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not made from {S} by `tquant_mx`",
    label = "not an MX element type, or not the rows of the source",
    note = "a `VecTile<F8E4M3, R, C>` is made from a `VecTile<T, R, C>` of f32, f16 or bf16, a `VecTile<F4E2M1x2, R, C>` from one of f16 or bf16 with 2 * C columns, all on a5"
)]
pub trait MxQuantFrom<S> {}

impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid>
    MxQuantFrom<Tile<'k, space::Vec, T, R, C, RowMajor, VS, A5>>
    for Tile<'k, space::Vec, F8E4M3, R, C, RowMajor, V, A5>
{
}

macro_rules! halves {
    ($($t:ident)*) => {$(
        impl<'k, const R: usize, const C: usize, const P: usize, V: Valid, VS: Valid>
            MxQuantFrom<Tile<'k, space::Vec, $t, R, C, RowMajor, VS, A5>>
            for Tile<'k, space::Vec, F4E2M1x2, R, P, RowMajor, V, A5>
        {
        }
    )*};
}

halves!(f16 bf16);

/// `Self` is one row of scales.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the scales that `tquant_mx` makes",
    label = "expected one row of `F8E8M0`",
    note = "the scales are a `VecTile<F8E8M0, 1, N>` on a5, with N no less than the groups of 32 elements"
)]
pub trait ScaleRow {}

impl<const N: usize, V: Valid> ScaleRow for Tile<'_, space::Vec, F8E8M0, 1, N, RowMajor, V, A5> {}

macro_rules! grouped {
    ($(
        $(#[$doc:meta])*
        $name:ident $formula:literal |$rows:ident, $cols:ident| whole $whole:expr, groups $groups:expr, $semantics:ident $quantise:ident;
    )*) => {$(
        #[tilesync_macros::op(TQuant("TQUANT") $formula
            a2a3 "" a5 "f32, f16, bf16 to F8E4M3; f16, bf16 to F4E2M1x2; scales F8E8M0")]
        $(#[$doc])*
        pub fn $name<'k, D, E, S, X, Y>(
            dst: D,
            scales: E,
            src: &S,
            max: &mut X,
            scaling: &mut Y,
            alg: QuantScaleAlg,
        ) -> RecordEvent<TQuant, (Live<D::Tile>, Live<E::Tile>)>
        where
            D: Write<'k, TQuant, Tile: AnyTile<'k, Elem: MxQuantised> + MxQuantFrom<S::Tile>>,
            E: Write<'k, TQuant, Tile: AnyTile<'k> + ScaleRow>,
            S: Read<'k, TQuant, Tile: VectorTile<'k, TQuant, Elem: Float>>,
            X: Scratch<'k, TQuant, Tile: AnyTile<'k, Elem = ElemOf<'k, S>>>,
            Y: Scratch<'k, TQuant, Tile: AnyTile<'k, Elem = ElemOf<'k, S>>>,
        {
            const {
                assert!(
                    holds_groups::<S::Tile, X::Tile>() && holds_groups::<S::Tile, Y::Tile>(),
                    "the scratch tiles of an MX quantisation have an element for each 32 of the source"
                );
            }
            let at = Location::caller();
            let (mut dst, mut scales, src) =
                (dst.into_tile(INNER), scales.into_tile(INNER), src.data_of(INNER));
            let ($rows, $cols) = src.valid();
            let whole = $whole;
            if whole != ($rows, $cols) {
                mismatch::<TQuant>(src, whole, at);
            }
            let elements = ElemOf::<'k, D>::elements($cols);
            take_region::<TQuant>(&mut dst, ($rows, elements), at);
            take_region::<TQuant>(&mut scales, (1, $groups), at);
            let scratch = [max.scratch(INNER).operand(), scaling.scratch(INNER).operand()];
            let operands = [dst.operand(), scales.operand(), scratch[0], scratch[1], src.operand()];
            let unit = src.core().unit();
            unit.issue::<TQuant, $semantics<ElemOf<'k, S>, ElemOf<'k, D>>>(&operands, 4, alg as u64, at);
            RecordEvent::new((Live(dst), Live(scales)))
        }

        /// Groups of 32 with a scale each; the immediate is the [`QuantScaleAlg`].
        struct $semantics<S, D>(PhantomData<(S, D)>);

        impl<S: Float, D: MxQuantised> Semantics for $semantics<S, D> {
            type Views<'a> = (Dst<'a, D>, Dst<'a, F8E8M0>, Unseen, Unseen, Src<'a, S>);

            fn run((mut dst, mut scales, _, _, src): Self::Views<'_>, imm: u64) {
                let ocp = imm == QuantScaleAlg::Ocp as u64;
                let alg = if ocp { QuantScaleAlg::Ocp } else { QuantScaleAlg::Nv };
                $quantise(&mut dst, &mut scales, &src, alg);
            }
        }
    )*};
}

grouped! {
    /// PTO's `MXFP8` and `MXFP4_E2M1`, groups along the rows (`grp_axis` 1): for a left factor. The scales of a row follow each other, those of
    /// the next row come behind them: a row-major matrix of `rows` × `cols / 32`. `alg` says how a scale is chosen: see
    /// [`QuantScaleAlg`]. Elements are rounded to the nearest, of two equally near to the even one, and saturate.
    ///
    /// A NaN is no magnitude of an F8E4M3's group, and stays one; it makes the scale of an F4E2M1x2's group a NaN.
    ///
    /// The device needs `max` and `scaling`, scratch tiles of the element type of `src` with an element for each group.
    ///
    /// # Errors
    ///
    /// Where the valid columns of `src` are no multiple of 32, or `dst` or `scales` cannot take their valid regions, the kernel stops
    /// with a [`Fault`](crate::Fault).
    tquant_mx "scales[0,g] = 2^n for 32 neighbours of a row of src, and dst = src / scales"
        |rows, cols| whole (rows, cols / GROUP * GROUP), groups rows * (cols / GROUP), Grouped quantise_rows;
    /// As [`tquant_mx`], with groups along the columns (PTO's `grp_axis` 0): for a right factor. The scales are a row-major matrix of
    /// `rows / 32` × `cols`; the valid rows of `src` are a multiple of 32, and its valid columns fill whole elements.
    tquant_mx_cols "scales[0,g] = 2^n for 32 neighbours of a column of src, and dst = src / scales"
        |rows, cols| whole (rows / GROUP * GROUP, ElemOf::<'k, D>::numbers(ElemOf::<'k, D>::elements(cols))),
        groups rows / GROUP * cols, GroupedCols quantise_cols;
}

/// Whether tile `X` has an element for each group of `S`.
const fn holds_groups<'k, S: AnyTile<'k>, X: AnyTile<'k>>() -> bool {
    let ((rows, cols), (x_rows, x_cols)) = (S::TYPE.shape(), X::TYPE.shape());
    x_rows * x_cols >= rows * cols / GROUP
}

/// `dst = src * scale`.
struct Symmetric;

impl Semantics for Symmetric {
    type Views<'a> = (Dst<'a, i8>, Dst<'a, f32>, Unseen, Src<'a, f32>);

    #[inline(always)]
    fn run((mut dst, src, _, scale): Self::Views<'_>, _: u64) {
        quantise(&mut dst, src.data, &scale, None);
    }
}

/// `dst = src * scale + offset`.
struct Asymmetric;

impl Semantics for Asymmetric {
    type Views<'a> = (Dst<'a, u8>, Dst<'a, f32>, Unseen, Src<'a, f32>, Src<'a, f32>);

    #[inline(always)]
    fn run((mut dst, src, _, scale, offset): Self::Views<'_>, _: u64) {
        quantise(&mut dst, src.data, &scale, Some(&offset));
    }
}

/// `dst = (src - offset) * scale`.
struct Dequantised<T>(PhantomData<T>);

impl<T: Dtype + Into<f32>> Semantics for Dequantised<T> {
    type Views<'a> = (Dst<'a, f32>, Src<'a, T>, Src<'a, f32>, Src<'a, f32>);

    #[inline(always)]
    fn run((dst, src, scale, offset): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let (range, scale, offset) = (dst.row(row), scale.data[row], offset.data[row]);
            for (to, x) in dst.data[range.clone()].iter_mut().zip(&src.data[range]) {
                *to = (Into::<f32>::into(*x) - offset) * scale;
            }
        }
    }
}
