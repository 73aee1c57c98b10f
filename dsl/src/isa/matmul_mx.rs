//! The MX products of a5, whose factors have a scale for 32 elements along k: TMATMUL_MX and TGEMV_MX.

use std::marker::PhantomData;

use super::declare::ops;
use super::declare::scope::*;
use super::issuing::{mismatch, same_region, take_region};
use super::matmul::{BiasOf, extent, fill_row};
use crate::chip::A5;
use crate::compute::mx::{MxBeside, MxFactor, One, Scaled, Two, multiply};
use crate::compute::panels::Start;
use crate::compute::wide::Wide;
use crate::memory::{Dst, Semantics, Src};
use crate::op::{Op, TGemv, TMatmul};
use crate::program::Place;
use crate::sealed::INNER;
use crate::tile::places::SCALES_BELOW;
use crate::tile::{F8E8M0, MxNn, MxZz, Nz, NzAcc, Tile, Valid, Zn, space};
use crate::unit::{Site, Trouble};

/// `Self` is a left factor of MX products that are summed in `A`: as many rows, of an element type with scales.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a left factor of an MX product in {A}",
    label = "expected a `LeftTile` of `F8E4M3`, `F8E5M2`, `F4E2M1x2` or `F4E1M2x2` with the rows of the accumulator",
    note = "on a5 a `LeftTile<T, M, K>` times a `RightTile<U, K, N>`, each with its scales, is an `AccTile<f32, M, N>`"
)]
pub trait MxLeftOf<A> {}

impl<'k, T: MxFactor, const M: usize, const K: usize, const N: usize, VL: Valid, VA: Valid>
    MxLeftOf<Tile<'k, space::Acc, f32, M, N, NzAcc, VA, A5>>
    for Tile<'k, space::Left, T, M, K, Nz, VL, A5>
{
}

/// `Self` is a right factor for `L`, of MX products that are summed in `A`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a right factor for {L} of an MX product in {A}",
    label = "expected a `RightTile` with a row for each column of the left factor and the columns of the accumulator",
    note = "on a5 a `LeftTile<T, M, K>` times a `RightTile<U, K, N>`, each with its scales, is an `AccTile<f32, M, N>`",
    note = "`F8E4M3` and `F8E5M2` go with each other, and so do `F4E2M1x2` and `F4E1M2x2`"
)]
pub trait MxRightOf<L, A> {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, U: MxBeside<T>, const M: usize, const K: usize, const N: usize, VL: Valid, VR: Valid, VA: Valid>
    MxRightOf<Tile<'k, space::Left, T, M, K, Nz, VL, A5>, Tile<'k, space::Acc, f32, M, N, NzAcc, VA, A5>>
    for Tile<'k, space::Right, U, K, N, Zn, VR, A5>
{
}

/// `Self` holds the scales of the left factor `L`: one for 32 elements of a row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the scales of {L}",
    label = "expected a `LeftScaleTile` with the rows of the factor",
    note = "the scales of a `LeftTile<F8E4M3, M, K>` are a `LeftScaleTile<M, S>`, where S is K / 32 and even; those of a `LeftTile<F4E2M1x2, M, K>`, whose elements are pairs, one where S is K / 16"
)]
pub trait LeftScalesOf<L> {}

#[diagnostic::do_not_recommend]
impl<'k, T: MxFactor, const M: usize, const K: usize, const S: usize, V: Valid, VS: Valid>
    LeftScalesOf<Tile<'k, space::Left, T, M, K, Nz, V, A5>>
    for Tile<'k, space::ScaleLeft, F8E8M0, M, S, MxZz, VS, A5>
where
    Depth<K>: ScaledBy<S, T::Packing>,
{
}

/// `Self` holds the scales of the right factor `R`: one for 32 elements of a column.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold the scales of {R}",
    label = "expected a `RightScaleTile` with the columns of the factor",
    note = "the scales of a `RightTile<F8E4M3, K, N>` are a `RightScaleTile<S, N>`, where S is K / 32 and even; those of a `RightTile<F4E2M1x2, K, N>`, whose elements are pairs, one where S is K / 16"
)]
pub trait RightScalesOf<R> {}

#[diagnostic::do_not_recommend]
impl<'k, T: MxFactor, const K: usize, const N: usize, const S: usize, V: Valid, VS: Valid>
    RightScalesOf<Tile<'k, space::Right, T, K, N, Zn, V, A5>>
    for Tile<'k, space::ScaleRight, F8E8M0, S, N, MxNn, VS, A5>
where
    Depth<K>: ScaledBy<S, T::Packing>,
{
}

/// So many elements along k.
#[derive(Debug)]
pub struct Depth<const K: usize>;

/// So many elements along k, [`One`] number each or [`Two`], have `S` scales.
#[diagnostic::on_unimplemented(
    message = "the scales do not fit their factor: {S} along k are not those of a {Self}",
    label = "not one scale for 32 numbers along k",
    note = "a factor of 8 bits has K / 32 scales along k, one of pairs of 4 bits K / 16; the numbers along k are a multiple of 64"
)]
pub trait ScaledBy<const S: usize, Packing> {}

macro_rules! scaled {
    ($($s:literal)*) => {$(
        #[diagnostic::do_not_recommend]
        impl ScaledBy<$s, One> for Depth<{ 32 * $s }> {}
        #[diagnostic::do_not_recommend]
        impl ScaledBy<$s, Two> for Depth<{ 16 * $s }> {}
    )*};
}

// All that L0A and L0B have room for.
scaled! {
    2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 34 36 38 40 42 44 46 48 50 52 54 56 58 60 62 64 66 68 70 72 74
    76 78 80 82 84 86 88 90 92 94 96 98 100 102 104 106 108 110 112 114 116 118 120 122 124 126 128 130 132
    134 136 138 140 142 144 146 148 150 152 154 156 158 160 162 164 166 168 170 172 174 176 178 180 182 184
    186 188 190 192 194 196 198 200 202 204 206 208 210 212 214 216 218 220 222 224 226 228 230 232 234 236
    238 240 242 244 246 248 250 252 254 256
}

/// An MX product: of which kind its destination is, how it comes by its region, what is computed, and the bias, if there is one.
macro_rules! mx {
    ([$($attr:tt)*] $name:ident: $op:ident by $dst:ident $region:ident $product:ident $(, $bias:ident: $B:ident)?) => {
        $($attr)*
        pub fn $name<'k, D, L, LS, R, RS $(, $B)?>(
            dst: D,
            left: &L,
            left_scales: &LS,
            right: &R,
            right_scales: &RS,
            $($bias: &$B,)?
        ) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: $dst<'k, $op>,
            L: Read<'k, $op, Tile: MxLeftOf<D::Tile> + AnyTile<'k, Elem: MxFactor>>,
            LS: Read<'k, $op, Tile: LeftScalesOf<L::Tile> + AnyTile<'k>>,
            R: Read<'k, $op, Tile: MxRightOf<L::Tile, D::Tile> + AnyTile<'k, Elem: MxFactor>>,
            RS: Read<'k, $op, Tile: RightScalesOf<R::Tile> + AnyTile<'k>>,
            $($B: Read<'k, $op, Tile: BiasOf<D::Tile> + AnyTile<'k>>,)?
        {
            let at = Location::caller();
            let (mut dst, left, right) = (dst.into_tile(INNER), left.data_of(INNER), right.data_of(INNER));
            let scales = (left_scales.data_of(INNER), right_scales.data_of(INNER));
            $region::<$op>(&mut dst, extent::<$op>(left, right, at), at);
            cover::<$op, ElemOf<'k, L>>(left, right, scales, at);
            $(
                let $bias = $bias.data_of(INNER);
                same_region::<$op>($bias, (1, dst.valid().1), at);
            )?
            let operands = [
                dst.operand(),
                left.operand(),
                scales.0.operand(),
                right.operand(),
                scales.1.operand(),
                $($bias.operand(),)?
            ];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<$product<ElemOf<'k, L>, ElemOf<'k, R>>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! product {
    ([$($attr:tt)*] $name:ident: $op:ident {}) => {
        mx! {
            [
                $($attr)*
                ///
                /// A scale is a factor of the 32 numbers along k that it belongs to; `right` may have more rows than the columns k of `left`. Products
                /// and sums are computed in `f64`, k by k in ascending order, and rounded once to f32.
                ///
                /// The device looks for the scales of a factor at its own address divided by 16, which PTO's TGET_SCALE_ADDR computes. Here the
                /// plan places them there: a tile of scales belongs to the first factor before it in the plan that it fits and that has none
                /// yet. So in a ring of factors the scales are a ring as well, and stand behind it.
                ///
                /// # Errors
                ///
                /// Where the valid regions do not fit, or the scales are those of another factor, the kernel stops with a
                /// [`Fault`](crate::Fault) that names this line.
            ]
            $name: $op by Write take_region Product
        }
    };
}

macro_rules! product_on {
    ([$($attr:tt)*] $name:ident: $op:ident { $of:ident }) => {
        mx! {
            [
                $($attr)*
                ///
                #[doc = concat!("Goes on with the sum in `dst`, whose valid region is that of the product. All else is as for [`", stringify!($of), "`].")]
            ]
            $name: $op by Modify same_region Summed
        }
    };
}

macro_rules! product_from_bias {
    ([$($attr:tt)*] $name:ident: $op:ident { $of:ident }) => {
        mx! {
            [
                $($attr)*
                ///
                #[doc = concat!("The valid columns of `bias` are those of `right`. All else is as for [`", stringify!($of), "`].")]
            ]
            $name: $op by Write take_region Biased, bias: B
        }
    };
}

ops! {
    MATMUL_MX:
    /// The valid regions are m × k of `left` and k × n of `right`, and `dst` takes m × n.
    product fn tmatmul_mx = TMatmul("TMATMUL_MX") "dst[i,j] = sum over k of left[i,k] * left_scales[i,k/32] * right[k,j] * right_scales[k/32,j]" {}
        a2a3 "" a5 "F8E4M3 and F8E5M2 in any pair, F4E2M1x2 and F4E1M2x2 in any pair, into f32; scales F8E8M0";
    product_on fn tmatmul_mx_acc = TMatmul("TMATMUL_MX") "dst[i,j] += sum over k of left[i,k] * left_scales[i,k/32] * right[k,j] * right_scales[k/32,j]" { tmatmul_mx }
        a2a3 "" a5 "as `tmatmul_mx`";
    product_from_bias fn tmatmul_mx_bias = TMatmul("TMATMUL_MX") "dst[i,j] = bias[0,j] + sum over k of left[i,k] * left_scales[i,k/32] * right[k,j] * right_scales[k/32,j]" { tmatmul_mx }
        a2a3 "" a5 "as `tmatmul_mx`";
    /// The valid regions are 1 × k of `left` and k × n of `right`, and `dst` takes 1 × n.
    product fn tgemv_mx = TGemv("TGEMV_MX") "dst[0,j] = sum over k of left[0,k] * left_scales[0,k/32] * right[k,j] * right_scales[k/32,j]" {}
        a2a3 "" a5 "as `tmatmul_mx`";
    product_on fn tgemv_mx_acc = TGemv("TGEMV_MX") "dst[0,j] += sum over k of left[0,k] * left_scales[0,k/32] * right[k,j] * right_scales[k/32,j]" { tgemv_mx }
        a2a3 "" a5 "as `tmatmul_mx`";
    product_from_bias fn tgemv_mx_bias = TGemv("TGEMV_MX") "dst[0,j] = bias[0,j] + sum over k of left[0,k] * left_scales[0,k/32] * right[k,j] * right_scales[k/32,j]" { tgemv_mx }
        a2a3 "" a5 "as `tmatmul_mx`";
}

/// Stops the kernel where there is no scale for each element of the product.
#[inline(always)]
fn cover<'k, O: Op, T: MxFactor>(
    left: &impl AnyTile<'k>,
    right: &impl AnyTile<'k>,
    scales: (&impl AnyTile<'k>, &impl AnyTile<'k>),
    at: Site,
) {
    let ((m, k), n) = (left.valid(), right.valid().1);
    let groups = T::groups(k);
    let (of_left, of_right) = (scales.0.valid(), scales.1.valid());
    if of_left.0 < m || of_left.1 < groups {
        mismatch::<O>(left, of_left, at);
    } else if of_right.0 < groups || of_right.1 < n {
        mismatch::<O>(right, of_right, at);
    }
    lie_beside::<O>(left, scales.0, at);
    lie_beside::<O>(right, scales.1, at);
}

/// Stops the kernel where `scales` do not lie where the device looks for those of `factor`.
#[inline(always)]
fn lie_beside<'k, O: Op>(factor: &impl AnyTile<'k>, scales: &impl AnyTile<'k>, at: Site) {
    let (of_factor, of_scales) = (factor.operand().place, scales.operand().place);
    if let (Place::Tile { addr, .. }, Place::Tile { addr: scales, .. }) = (of_factor, of_scales) {
        let wanted = addr / SCALES_BELOW;
        if scales != wanted {
            let trouble = Trouble::ScalesElsewhere { code: O::CODE, scales, wanted };
            factor.core().unit().fail(trouble, at);
        }
    }
}

type Operands<'a, L, R> = (Dst<'a, f32>, Src<'a, L>, Src<'a, F8E8M0>, Src<'a, R>, Src<'a, F8E8M0>);

/// `dst = left * right`, or `dst += left * right`.
struct From<const SUMS: bool, L, R>(PhantomData<(L, R)>);

type Product<L, R> = From<false, L, R>;
type Summed<L, R> = From<true, L, R>;

impl<const SUMS: bool, L: MxFactor, R: MxFactor> Semantics for From<SUMS, L, R> {
    type Views<'a> = Operands<'a, L, R>;
    const FORM: Option<&'static str> = if SUMS { Some("ACC") } else { None };

    #[inline(always)]
    fn run((mut dst, left, left_scales, right, right_scales): Self::Views<'_>, _: u64) {
        let left = Scaled { elements: left, scales: left_scales };
        let right = Scaled { elements: right, scales: right_scales };
        multiply(&mut dst, &left, &right, if SUMS { Start::Sums } else { Start::Zero });
    }
}

/// `dst = bias + left * right`.
struct Biased<L, R>(PhantomData<(L, R)>);

impl<L: MxFactor, R: MxFactor> Semantics for Biased<L, R> {
    type Views<'a> =
        (Dst<'a, f32>, Src<'a, L>, Src<'a, F8E8M0>, Src<'a, R>, Src<'a, F8E8M0>, Src<'a, f32>);

    #[inline(always)]
    fn run((mut dst, left, left_scales, right, right_scales, bias): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            fill_row(&mut dst, row, |col| bias.data[col]);
        }
        Summed::run((dst, left, left_scales, right, right_scales), 0);
    }
}
