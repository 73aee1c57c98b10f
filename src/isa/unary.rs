//! Functions of one tile: TABS, TNEG, TEXP, TLOG, TSQRT, TRSQRT, TRECIP, TRELU.

use std::panic::Location;

use half::{bf16, f16};

use super::issuing::{map1, map1_assign};
use super::operand::{Like, VectorTile, dtypes};
use crate::chip::{A5, Chip};
use crate::compute::elementwise::Map1;
use crate::compute::math;
use crate::event::{Live, Modify, Read, RecordEvent, Write};
use crate::op::*;
use crate::tile::{AnyTile, Dtype, Float};

macro_rules! unary_ops {
    ($(
        $(#[$doc:meta])*
        $name:ident $(, $assign:ident)? = $op:ident($pto:literal, $formula:literal) of $kind:ident |$x:ident| $value:expr
            $(, if $moderate:expr => $short:expr)?;
        a2a3 [$($a:ty)*] a5 [$($b:ty)*];
    )*) => {$(
        impl<T: $kind> Map1<T> for $op {
            #[inline(always)]
            fn map($x: T, _: T) -> T {
                $value
            }

            $(
                const PIECE: usize = 256;

                #[inline(always)]
                fn are_moderate(elements: &[T]) -> bool {
                    let mut all = true;
                    for &$x in elements {
                        all &= $moderate;
                    }
                    all
                }

                #[inline(always)]
                fn map_moderate($x: T, _: T) -> T {
                    $short
                }
            )?
        }

        dtypes!($op: a2a3 [$($a)*] a5 [$($b)*]);

        #[doc = concat!("`dst[i,j] = ", $formula, "` (", $pto, ").")]
        ///
        $(#[$doc])*
        #[doc = concat!("Element types: ", stringify!($($a),*), " on a2a3; ", stringify!($($b),*), " on a5.")]
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        #[tilesync_macros::declared_at($name)]
        pub fn $name<'k, D, S>(dst: D, src: &S) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map1::<$op, $op, _, _>(dst, src, Dtype::ZERO, Location::caller())
        }

        $(
            #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
            #[doc(alias = $pto)]
            #[track_caller]
            #[inline(always)]
            #[tilesync_macros::declared_at($assign)]
            pub fn $assign<'k, D>(dst: D) -> RecordEvent<$op, Live<D::Tile>>
            where
                D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            {
                map1_assign::<$op, $op, _>(dst, Dtype::ZERO, Location::caller())
            }
        )?
    )*};
}

unary_ops! {
    /// Integers wrap: the least one stays as it is.
    tabs, tabs_assign = TAbs("TABS", "|src[i,j]|") of Dtype |x| x.abs();
        a2a3 [f16 f32] a5 [i8 i16 i32 f16 f32];
    /// Integers wrap.
    tneg, tneg_assign = TNeg("TNEG", "-src[i,j]") of Dtype |x| x.neg();
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 f16 bf16 f32];
    /// At most 0.91 ulp from exact; results below the normal numbers are denormal. The same bits on every CPU.
    texp, texp_assign = TExp("TEXP", "exp(src[i,j])") of Float |x| T::from_f32(math::exp(x.to_f32())),
        if x.to_f32().abs() <= math::MODERATE => T::from_f32(math::exp_of_moderate(x.to_f32()));
        a2a3 [f16 f32] a5 [f16 f32];
    /// At most 0.86 ulp from exact; negative infinity for a zero, NaN for a negative number. The same bits on every CPU.
    tlog, tlog_assign = TLog("TLOG", "ln(src[i,j])") of Float |x| T::from_f32(math::ln(x.to_f32()));
        a2a3 [f16 f32] a5 [f16 f32];
    /// Correctly rounded; NaN for a negative number.
    tsqrt, tsqrt_assign = TSqrt("TSQRT", "sqrt(src[i,j])") of Float |x| T::from_f32(x.to_f32().sqrt());
        a2a3 [f16 f32] a5 [f16 f32];
    /// The square root is rounded, then its reciprocal. Infinity for a zero, NaN for a negative number.
    trsqrt, trsqrt_assign = TRsqrt("TRSQRT", "1 / sqrt(src[i,j])") of Float |x| T::from_f32(1.0 / x.to_f32().sqrt());
        a2a3 [f16 f32] a5 [f16 f32];
    /// An integer quotient is truncated, and the reciprocal of the integer 0 is 0 here; on a device it is target-defined.
    ///
    /// On a2a3 the device needs `dst` and `src` to be two tiles, and so there is no in-place form there: see [`trecip_assign`].
    trecip = TRecip("TRECIP", "1 / src[i,j]") of Dtype |x| T::ONE.div(x);
        a2a3 [i16 i32 f16 f32] a5 [i16 i32 f16 f32];
    /// Of a NaN, zero.
    trelu, trelu_assign = TRelu("TRELU", "max(src[i,j], 0)") of Dtype |x| x.max(T::ZERO);
        a2a3 [i32 f16 f32] a5 [i32 f16 f32];
}

/// The chip can take a reciprocal in place.
#[diagnostic::on_unimplemented(
    message = "{Self} has no in-place `TRECIP`",
    label = "the device overwrites the source before it has read it",
    note = "use `trecip(dst, &src)` with two tiles"
)]
pub trait RecipInPlace: Chip {}
impl RecipInPlace for A5 {}

/// [`trecip`] in place: `dst` is the source as well. Only on a5.
#[doc(alias = "TRECIP")]
#[track_caller]
#[inline(always)]
pub fn trecip_assign<'k, D>(dst: D) -> RecordEvent<TRecip, Live<D::Tile>>
where
    D: Modify<'k, TRecip, Tile: VectorTile<'k, TRecip>>,
    <D::Tile as AnyTile<'k>>::Chip: RecipInPlace,
{
    map1_assign::<TRecip, TRecip, _>(dst, Dtype::ZERO, Location::caller())
}
