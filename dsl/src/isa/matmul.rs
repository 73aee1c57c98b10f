//! The matrix products: TMATMUL and TGEMV, each in a form that starts a sum, one that goes on with it, and one that starts
//! from a bias.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::declare::ops;
use super::issuing::{mismatch, same_region, take_region};
use super::operand::{DtypeOf, ElemOf, Same, dtypes};
use crate::chip::Chip;
use crate::compute::factors::{Beside, Factor};
use crate::compute::panels::Start;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::memory::{Dst, Semantics, Src};
use crate::op::{Op, TGemv, TMatmul};
use crate::sealed::{INNER, Sealed};
use crate::tile::{AnyTile, Dtype, F8E4M3, F8E5M2, HiF8, NzAcc, RowMajor, Tile, Valid, Zn, space};
use crate::unit::Site;

/// `Self` is a left factor of products that are summed in `A`: as many rows, and the element type that fits.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a left factor of a product in {A}",
    label = "expected a `LeftTile` with the rows of the accumulator",
    note = "a `LeftTile<T, M, K>` times a `RightTile<T, K, N>` is an `AccTile<f32, M, N>` for floats, an `AccTile<i32, M, N>` for i8"
)]
pub trait LeftOf<A>: Sealed {}

impl<'k, T, A, const M: usize, const K: usize, const N: usize, VL: Valid, VA: Valid, Ch: Chip>
    LeftOf<Tile<'k, space::Acc, A, M, N, NzAcc, VA, Ch>>
    for Tile<'k, space::Left, T, M, K, Ch::Left, VL, Ch>
where
    T: Factor<Acc: Same<A>>,
{
}

/// `Self` is a right factor for `L`, of products that are summed in `A`: a row for each column of `L`, the columns of `A`. Whether
/// their dtypes go together, [`Beside`] says.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a right factor for {L} of a product in {A}",
    label = "expected a `RightTile` with a row for each column of the left factor and the columns of the accumulator",
    note = "a `LeftTile<T, M, K>` times a `RightTile<T, K, N>` is an `AccTile<f32, M, N>` for floats, an `AccTile<i32, M, N>` for i8"
)]
pub trait RightOf<L, A>: Sealed {}

// Whether the left factor is one, `LeftOf` says.
#[rustfmt::skip]
impl<'k, S, T, W, U, const M: usize, const K: usize, const N: usize, LL, VL: Valid, VR: Valid, VA: Valid, Ch: Chip>
    RightOf<Tile<'k, S, T, M, K, LL, VL, Ch>, Tile<'k, space::Acc, U, M, N, NzAcc, VA, Ch>>
    for Tile<'k, space::Right, W, K, N, Zn, VR, Ch>
{
}

/// `Self` holds one value for each column of the accumulator `A`, in its dtype.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a bias for {A}",
    label = "expected a `BiasTile` of the accumulator's dtype and width",
    note = "the bias of an `AccTile<U, M, N>` is a `BiasTile<U, N>`"
)]
pub trait BiasOf<A>: Sealed {}

impl<'k, U, const M: usize, const N: usize, VB: Valid, VA: Valid, Ch: Chip>
    BiasOf<Tile<'k, space::Acc, U, M, N, NzAcc, VA, Ch>>
    for Tile<'k, space::Bias, U, 1, N, RowMajor, VB, Ch>
{
}

dtypes!(TMatmul: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8]);
dtypes!(TGemv: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8]);

macro_rules! product {
    ([$($attr:tt)*] $name:ident: $op:ident {}) => {
        $($attr)*
        ///
        /// `right` may have more rows than the columns k of `left`. See [`Factor`] for how the products are summed.
        ///
        /// # Errors
        ///
        /// Where the valid regions do not fit, the kernel stops with a [`Fault`](crate::Fault) that names this line.
        pub fn $name<'k, D, L, R>(dst: D, left: &L, right: &R) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op>,
            L: Read<'k, $op, Tile: LeftOf<D::Tile>>,
            R: Read<'k, $op, Tile: RightOf<L::Tile, D::Tile>>,
            ElemOf<'k, L>: Factor + DtypeOf<$op, <D::Tile as AnyTile<'k>>::Chip>,
            ElemOf<'k, R>: Beside<ElemOf<'k, L>>,
        {
            let at = Location::caller();
            let (mut dst, left, right) = (dst.into_tile(INNER), left.data_of(INNER), right.data_of(INNER));
            take_region::<$op>(&mut dst, extent::<$op>(left, right, at), at);
            let operands = [dst.operand(), left.operand(), right.operand()];
            dst.core().unit().issue::<$op, Product<ElemOf<'k, L>, ElemOf<'k, R>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! product_on {
    ([$($attr:tt)*] $name:ident: $op:ident { $of:ident }) => {
        $($attr)*
        ///
        #[doc = concat!("Goes on with the sum in `dst`, whose valid region is that of the product. All else is as for [`", stringify!($of), "`].")]
        pub fn $name<'k, D, L, R>(dst: D, left: &L, right: &R) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op>,
            L: Read<'k, $op, Tile: LeftOf<D::Tile>>,
            R: Read<'k, $op, Tile: RightOf<L::Tile, D::Tile>>,
            ElemOf<'k, L>: Factor + DtypeOf<$op, <D::Tile as AnyTile<'k>>::Chip>,
            ElemOf<'k, R>: Beside<ElemOf<'k, L>>,
        {
            let at = Location::caller();
            let (dst, left, right) = (dst.into_tile(INNER), left.data_of(INNER), right.data_of(INNER));
            same_region::<$op>(&dst, extent::<$op>(left, right, at), at);
            let operands = [dst.operand(), left.operand(), right.operand()];
            dst.core().unit().issue::<$op, Summed<ElemOf<'k, L>, ElemOf<'k, R>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

macro_rules! product_from_bias {
    ([$($attr:tt)*] $name:ident: $op:ident { $of:ident }) => {
        $($attr)*
        ///
        #[doc = concat!("The valid columns of `bias` are those of `right`. All else is as for [`", stringify!($of), "`].")]
        pub fn $name<'k, D, L, R, B>(dst: D, left: &L, right: &R, bias: &B) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op>,
            L: Read<'k, $op, Tile: LeftOf<D::Tile>>,
            R: Read<'k, $op, Tile: RightOf<L::Tile, D::Tile>>,
            B: Read<'k, $op, Tile: BiasOf<D::Tile> + AnyTile<'k>>,
            ElemOf<'k, L>: Factor + DtypeOf<$op, <D::Tile as AnyTile<'k>>::Chip>,
            ElemOf<'k, R>: Beside<ElemOf<'k, L>>,
        {
            let at = Location::caller();
            let (mut dst, left, right) = (dst.into_tile(INNER), left.data_of(INNER), right.data_of(INNER));
            let bias = bias.data_of(INNER);
            take_region::<$op>(&mut dst, extent::<$op>(left, right, at), at);
            same_region::<$op>(bias, (1, dst.valid().1), at);
            let operands = [dst.operand(), left.operand(), right.operand(), bias.operand()];
            dst.core().unit().issue::<$op, Biased<ElemOf<'k, L>, ElemOf<'k, R>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

ops! {
    MATMUL:
    /// The valid regions are m × k of `left` and k × n of `right`, and `dst` takes m × n. The factors have one dtype, or are of
    /// `F8E4M3` and `F8E5M2`.
    product fn tmatmul = TMatmul("TMATMUL") "dst[i,j] = sum over k of left[i,k] * right[k,j]" {}
        a2a3 "f32, f16, bf16 into f32, i8 into i32" a5 "f32, f16, bf16, HiF8, and F8E4M3 and F8E5M2 in any pair into f32, i8 into i32";
    product_on fn tmatmul_acc = TMatmul("TMATMUL_ACC") "dst[i,j] += sum over k of left[i,k] * right[k,j]" { tmatmul }
        a2a3 "as `tmatmul`" a5 "as `tmatmul`";
    product_from_bias fn tmatmul_bias = TMatmul("TMATMUL_BIAS") "dst[i,j] = bias[0,j] + sum over k of left[i,k] * right[k,j]" { tmatmul }
        a2a3 "as `tmatmul`" a5 "as `tmatmul`";
    /// The valid regions are 1 × k of `left` and k × n of `right`, and `dst` takes 1 × n.
    product fn tgemv = TGemv("TGEMV") "dst[0,j] = sum over k of left[0,k] * right[k,j]" {}
        a2a3 "as `tmatmul`" a5 "as `tmatmul`";
    product_on fn tgemv_acc = TGemv("TGEMV_ACC") "dst[0,j] += sum over k of left[0,k] * right[k,j]" { tgemv }
        a2a3 "as `tmatmul`" a5 "as `tmatmul`";
    product_from_bias fn tgemv_bias = TGemv("TGEMV_BIAS") "dst[0,j] = bias[0,j] + sum over k of left[0,k] * right[k,j]" { tgemv }
        a2a3 "as `tmatmul`" a5 "as `tmatmul`";
}

/// Rows and columns of the product; stops the kernel where there is none.
#[inline(always)]
pub(super) fn extent<'k, O: Op>(
    left: &impl AnyTile<'k>,
    right: &impl AnyTile<'k>,
    at: Site,
) -> (usize, usize) {
    let ((m, k), (right_k, n)) = (left.valid(), right.valid());
    if right_k < k || (O::CODE == TGemv::CODE && m != 1) {
        mismatch::<O>(left, (right_k, n), at);
    }
    (m, n)
}

/// `dst = left * right`.
pub(super) struct Product<T, U>(PhantomData<(T, U)>);

impl<T: Factor, U: Beside<T>> Semantics for Product<T, U> {
    type Views<'a> = (Dst<'a, T::Acc>, Src<'a, T>, Src<'a, U>);

    #[inline(always)]
    fn run((dst, left, right): Self::Views<'_>, _: u64) {
        U::multiply_after(dst, left, right, Start::Zero);
    }
}

/// `dst += left * right`.
pub(super) struct Summed<T, U>(PhantomData<(T, U)>);

impl<T: Factor, U: Beside<T>> Semantics for Summed<T, U> {
    type Views<'a> = (Dst<'a, T::Acc>, Src<'a, T>, Src<'a, U>);
    const FORM: Option<&'static str> = Some("ACC");

    #[inline(always)]
    fn run((dst, left, right): Self::Views<'_>, _: u64) {
        U::multiply_after(dst, left, right, Start::Sums);
    }
}

/// `dst = bias + left * right`.
pub(super) struct Biased<T, U>(PhantomData<(T, U)>);

impl<T: Factor, U: Beside<T>> Semantics for Biased<T, U> {
    type Views<'a> = (Dst<'a, T::Acc>, Src<'a, T>, Src<'a, U>, Src<'a, T::Acc>);

    #[inline(always)]
    fn run((mut dst, left, right, bias): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            fill_row(&mut dst, row, |col| bias.data[col]);
        }
        U::multiply_after(dst, left, right, Start::Sums);
    }
}

/// Sets the valid elements of a row of an accumulator.
#[inline(always)]
pub(super) fn fill_row<T: Dtype>(dst: &mut Dst<'_, T>, row: usize, value: impl Fn(usize) -> T) {
    let cols = dst.valid.1;
    let (run, _) = dst.layout.along_row(dst.shape, size_of::<T>());
    for left in (0..cols).step_by(run) {
        let first = dst.index(row, left, size_of::<T>());
        let len = run.min(cols - left);
        for (i, d) in dst.data[first..first + len].iter_mut().enumerate() {
            *d = value(left + i);
        }
    }
}
