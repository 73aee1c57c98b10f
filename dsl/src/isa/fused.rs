//! Several steps in one op: TAXPY, TMULADDDST, TFUSEDMULADD, TFUSEDMULADDRELU, TSUBRELU, TADDRELUCONV, TSUBRELUCONV, TADDDEQRELU, TPRELU.

use super::declare::scope::*;
use super::declare::{binary, ops};
use super::issuing::{map2_assign_with_tmp, map2_with_tmp, same_region, take_region};
use super::operand::{InPlace, ShapeOf, TileOf, dtypes, needs_scratch};
use crate::chip::{A5, Chip, ChipId};
use crate::compute::elementwise::Map2;
use crate::compute::fused::{AddDequantized, Axpy, Combine, Map3, ReluConverted, Updated};
use crate::compute::round::Rounded;
use crate::compute::scratch::WithScratch;
use crate::compute::wide::Wide;
use crate::op::*;
use crate::sealed::INNER;

/// `dst = f(dst, src0, src1)`.
macro_rules! update {
    (
        [$($attr:tt)*] $name:ident: $op:ident { $kind:ident |$d:ident, $x:ident, $y:ident| $value:expr }
    ) => {
        impl<T: $kind> Map3<T> for $op {
            #[inline(always)]
            fn map($d: T, $x: T, $y: T) -> T {
                $value
            }
        }

        $($attr)*
        ///
        /// The valid regions of all three must be equal, else the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S0, S1>(dst: D, src0: &S0, src1: &S1) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S0: Read<'k, $op, Tile: Like<D::Tile>>,
            S1: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            let at = Location::caller();
            let (dst, src0, src1) = (dst.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
            same_region::<$op>(&dst, src0.valid(), at);
            same_region::<$op>(&dst, src1.valid(), at);
            let operands = [dst.operand(), src0.operand(), src1.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<Updated<$op, ElemOf<'k, D>>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

ops! {
    FUSED:
    /// The product is rounded, then the sum.
    update fn tmuladddst = TMulAddDst("TMULADDDST") "dst[i,j] = src0[i,j] * src1[i,j] + dst[i,j]" { Float |d, x, y| x.mul(y).add(d) }
        a2a3 [f16 f32] a5 [f16 f32];
    /// The product is rounded, then the sum.
    update fn tfusedmuladd = TFusedMulAdd("TFUSEDMULADD") "dst[i,j] = src0[i,j] * dst[i,j] + src1[i,j]" { Float |d, x, y| x.mul(d).add(y) }
        a2a3 [f16 f32] a5 [f16 f32];
    /// The product is rounded, then the sum. Of a NaN, zero.
    update fn tfusedmuladdrelu = TFusedMulAddRelu("TFUSEDMULADDRELU") "dst[i,j] = max(src0[i,j] * dst[i,j] + src1[i,j], 0)" {
            Float |d, x, y| x.mul(d).add(y).max(T::ZERO)
        }
        a2a3 [f16 f32] a5 [f16 f32];
    /// Of a NaN, zero.
    binary fn tsubrelu, tsubrelu_assign = TSubRelu("TSUBRELU") "dst[i,j] = max(src0[i,j] - src1[i,j], 0)" { Float |x, y| x.sub(y).max(T::ZERO) }
        a2a3 [f16 f32] a5 [f16 f32];
}

/// `TAXPY` adds elements of type `Src` to such of type `Self`.
#[diagnostic::on_unimplemented(
    message = "`TAXPY` does not add {Src} to {Self}",
    label = "no such pair",
    note = "the source has the dtype of the destination; to f32 it may also be f16"
)]
pub trait AxpyFrom<Src>: Float {}
#[diagnostic::do_not_recommend]
impl AxpyFrom<f32> for f32 {}
#[diagnostic::do_not_recommend]
impl AxpyFrom<f16> for f32 {}
#[diagnostic::do_not_recommend]
impl AxpyFrom<f16> for f16 {}

#[tilesync_macros::op(TAxpy("TAXPY") "dst[i,j] = a * src[i,j] + dst[i,j]" a2a3 [f16 f32] a5 [f16 f32])]
/// `src` and `a` have the dtype of `dst`, or are f16 where `dst` is f32. The product is rounded, then the sum.
///
/// The valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault).
pub fn taxpy<'k, D, S>(dst: D, src: &S, a: ElemOf<'k, S>) -> RecordEvent<TAxpy, Live<D::Tile>>
where
    D: Modify<'k, TAxpy, Tile: VectorTile<'k, TAxpy, Elem: Float>>,
    S: Read<'k, TAxpy, Tile: VectorTile<'k, TAxpy, Elem: Float> + ShapeOf<D::Tile>>,
    ElemOf<'k, D>: AxpyFrom<ElemOf<'k, S>>,
{
    let at = Location::caller();
    let (dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    same_region::<TAxpy>(&dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TAxpy, Wide<Axpy<ElemOf<'k, D>, ElemOf<'k, S>>>>(&operands, 1, a.to_bits(), at);
    RecordEvent::new(Live(dst))
}

/// `TADDRELUCONV` and `TSUBRELUCONV` make elements of type `Self` from such of type `Src`.
#[diagnostic::on_unimplemented(
    message = "`TADDRELUCONV` and `TSUBRELUCONV` do not make {Self} of {Src}",
    label = "no such pair",
    note = "there are three pairs: f32 to f16, f16 to i8, i16 to i8"
)]
pub trait ReluConvFrom<Src>: Rounded {}
#[diagnostic::do_not_recommend]
impl ReluConvFrom<f32> for f16 {}
#[diagnostic::do_not_recommend]
impl ReluConvFrom<f16> for i8 {}
#[diagnostic::do_not_recommend]
impl ReluConvFrom<i16> for i8 {}

impl Combine for TAddReluConv {
    #[inline(always)]
    fn of<T: Dtype>(x: T, y: T) -> T {
        x.add(y)
    }
}

impl Combine for TSubReluConv {
    #[inline(always)]
    fn of<T: Dtype>(x: T, y: T) -> T {
        x.sub(y)
    }
}

/// `dst = f(src0, src1)` in another element type, what is negative as 0.
macro_rules! relu_conv {
    ([$($attr:tt)*] $name:ident: $op:ident {}) => {
        $($attr)*
        ///
        /// In the sources' dtype the result is rounded or wraps; then what is negative, or NaN,
        /// becomes 0, and the rest is rounded to nearest, ties to even. An integer saturates; an f32 too large for f16 becomes infinity on a2a3,
        /// the greatest f16 on a5.
        ///
        /// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
        pub fn $name<'k, D, S0, S1>(dst: D, src0: &S0, src1: &S1) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: Rounded>>,
            S0: Read<'k, $op, Tile: VectorTile<'k, $op, Elem: Rounded> + ShapeOf<D::Tile>>,
            S1: Read<'k, $op, Tile: Like<S0::Tile>>,
            ElemOf<'k, D>: ReluConvFrom<ElemOf<'k, S0>>,
        {
            let at = Location::caller();
            let (mut dst, src0, src1) = (dst.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
            take_region::<$op>(&mut dst, src0.valid(), at);
            same_region::<$op>(&dst, src1.valid(), at);
            let operands = [dst.operand(), src0.operand(), src1.operand()];
            let unit = dst.core().unit();
            if matches!(<D::Tile as AnyTile<'k>>::Chip::ID, ChipId::A5) {
                unit.issue::<$op, Wide<ReluConverted<$op, ElemOf<'k, S0>, ElemOf<'k, D>, true>>>(&operands, 1, 0, at);
            } else {
                unit.issue::<$op, Wide<ReluConverted<$op, ElemOf<'k, S0>, ElemOf<'k, D>, false>>>(&operands, 1, 0, at);
            }
            RecordEvent::new(Live(dst))
        }
    };
}

dtypes!(TAddReluConv: a2a3 [i8 i16 f16 f32] a5 [i8 i16 f16 f32]);
dtypes!(TSubReluConv: a2a3 [i8 i16 f16 f32] a5 [i8 i16 f16 f32]);

ops! {
    RELU_CONV:
    relu_conv fn taddreluconv = TAddReluConv("TADDRELUCONV") "dst[i,j] = max(src0[i,j] + src1[i,j], 0)" {}
        a2a3 "f32 to f16, f16 to i8, i16 to i8" a5 "f32 to f16, f16 to i8, i16 to i8";
    relu_conv fn tsubreluconv = TSubReluConv("TSUBRELUCONV") "dst[i,j] = max(src0[i,j] - src1[i,j], 0)" {}
        a2a3 "f32 to f16, f16 to i8, i16 to i8" a5 "f32 to f16, f16 to i8, i16 to i8";
}

dtypes!(TAddDeqRelu: a2a3 [i32 f16] a5 [i32 f16]);

/// What [`tadddeqrelu`] returns: the result, and the two sources, whose data is gone.
type Dequantized<'k, D, S0, S1> =
    RecordEvent<TAddDeqRelu, (Live<TileOf<'k, D>>, (TileOf<'k, S0>, TileOf<'k, S1>))>;

#[tilesync_macros::op(TAddDeqRelu("TADDDEQRELU") "dst[i,j] = max((src0[i,j] + src1[i,j]) * scale, 0)" a2a3 "i32 to f16" a5 "i32 to f16")]
/// The sum wraps; it is scaled in `f32` and rounded once to f16. Of a NaN, zero.
///
/// On a2a3 the device computes in the sources, and what was in them is gone. So they are passed by value, and come back free behind the
/// token of the result: take them apart with `.split()`. a2a3 also needs `tmp`, a scratch tile of i32 as large as `dst`; a smaller one
/// fails the build.
///
/// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
pub fn tadddeqrelu<'k, D, S0, S1, X>(
    dst: D,
    src0: S0,
    src1: S1,
    scale: f32,
    tmp: &mut X,
) -> Dequantized<'k, D, S0, S1>
where
    D: Write<'k, TAddDeqRelu, Tile: VectorTile<'k, TAddDeqRelu, Elem = f16>>,
    S0: Modify<'k, TAddDeqRelu, Tile: VectorTile<'k, TAddDeqRelu, Elem = i32> + ShapeOf<D::Tile>>,
    S1: Modify<'k, TAddDeqRelu, Tile: Like<S0::Tile>>,
    X: Scratch<'k, TAddDeqRelu, Tile: VectorTile<'k, TAddDeqRelu, Elem = i32>>,
{
    const { assert!(as_large::<X::Tile, D::Tile>(), "the scratch tile of `tadddeqrelu` is too small") }
    let at = Location::caller();
    let (mut dst, src0, src1) =
        (dst.into_tile(INNER), src0.into_tile(INNER), src1.into_tile(INNER));
    take_region::<TAddDeqRelu>(&mut dst, src0.valid(), at);
    same_region::<TAddDeqRelu>(&dst, src1.valid(), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, src0.operand(), src1.operand()];
    let unit = dst.core().unit();
    let imm = scale.to_bits().into();
    unit.issue::<TAddDeqRelu, Wide<WithScratch<AddDequantized>>>(&operands, 4, imm, at);
    RecordEvent::new((Live(dst), (src0, src1)))
}

/// Whether scratch tile `X` suffices: it is as large as `D`.
const fn as_large<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    let ((rows, cols), (least_rows, least_cols)) = (X::TYPE.shape(), D::TYPE.shape());
    !needs_scratch::<D>() || rows >= least_rows && cols >= least_cols
}

// u8 is that of the scratch tile.
dtypes!(TPRelu: a2a3 [u8 f16 f32] a5 [u8 f16 f32]);

impl<T: Float> Map2<T> for TPRelu {
    #[inline(always)]
    fn map(x: T, y: T) -> T {
        x.leaky(y)
    }
}

/// Whether scratch tile `X` suffices: a mask of `D`, and a row more.
const fn mask_and_row<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    let ((rows, cols), (needed_rows, needed_cols)) = (X::TYPE.shape(), D::TYPE.shape());
    !needs_scratch::<D>() || rows > needed_rows && cols * 8 >= needed_cols
}

#[tilesync_macros::op(TPRelu("TPRELU") "dst[i,j] = src0[i,j] > 0 ? src0[i,j] : src0[i,j] * src1[i,j]" a2a3 "f16 f32" a5 "f16 f32")]
/// A NaN stays one.
///
/// a2a3 needs `tmp`, a scratch tile of u8 with a row more than `dst` and a bit for each of its columns; a smaller one fails the build.
/// For the in-place form see [`tprelu_assign`].
///
/// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
pub fn tprelu<'k, D, S0, S1, X>(
    dst: D,
    src0: &S0,
    src1: &S1,
    tmp: &mut X,
) -> RecordEvent<TPRelu, Live<D::Tile>>
where
    D: Write<'k, TPRelu, Tile: VectorTile<'k, TPRelu, Elem: Float>>,
    S0: Read<'k, TPRelu, Tile: Like<D::Tile>>,
    S1: Read<'k, TPRelu, Tile: Like<D::Tile>>,
    X: Scratch<'k, TPRelu, Tile: VectorTile<'k, TPRelu, Elem = u8>>,
{
    const { assert!(mask_and_row::<X::Tile, D::Tile>(), "the scratch tile of `tprelu` is too small") }
    map2_with_tmp::<TPRelu, _, _, _, _>(dst, src0, src1, tmp, Location::caller())
}

#[diagnostic::do_not_recommend]
impl InPlace<TPRelu> for A5 {}

#[tilesync_macros::op(TPRelu("TPRELU") "dst[i,j] = dst[i,j] > 0 ? dst[i,j] : dst[i,j] * src[i,j]" a2a3 "" a5 "f16 f32")]
/// [`tprelu`] in place: `dst` is the first source as well.
pub fn tprelu_assign<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
) -> RecordEvent<TPRelu, Live<D::Tile>>
where
    D: Modify<'k, TPRelu, Tile: VectorTile<'k, TPRelu, Elem: Float>>,
    S: Read<'k, TPRelu, Tile: Like<D::Tile>>,
    X: Scratch<'k, TPRelu, Tile: VectorTile<'k, TPRelu, Elem = u8>>,
    <D::Tile as AnyTile<'k>>::Chip: InPlace<TPRelu>,
{
    map2_assign_with_tmp::<TPRelu, _, _, _>(dst, src, tmp, Location::caller())
}
