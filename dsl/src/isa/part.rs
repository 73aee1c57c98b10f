//! Two sources of which one may have fewer valid elements: TPARTADD, TPARTMUL, TPARTMAX, TPARTMIN, TPARTARGMAX, TPARTARGMIN.

use super::arg::IndexBeside;
use super::declare::ops;
use super::declare::scope::*;
use super::issuing::{mismatch, same_region, take_region};
use super::operand::{PartOf, ShapeOf, TileOf};
use crate::compute::elementwise::Map2;
use crate::compute::part::{Parts, PartsArg, Takes};
use crate::compute::wide::Wide;
use crate::op::*;
use crate::sealed::INNER;
use crate::unit::Site;

/// Gives `dst` the larger of two regions, or stops the kernel where neither holds the other.
#[inline(always)]
fn take_larger<'k, O: Op>(
    dst: &mut impl AnyTile<'k>,
    src0: &impl AnyTile<'k>,
    src1: (usize, usize),
    at: Site,
) {
    let (rows, cols) = src0.valid();
    let larger = (rows.max(src1.0), cols.max(src1.1));
    if larger != (rows, cols) && larger != src1 {
        mismatch::<O>(src0, src1, at);
    }
    take_region::<O>(dst, larger, at);
}

macro_rules! part {
    ([$($attr:tt)*] $name:ident: $op:ident { |$x:ident, $y:ident| $value:expr }) => {
        impl<T: Dtype> Map2<T> for $op {
            #[inline(always)]
            fn map($x: T, $y: T) -> T {
                $value
            }
        }

        $($attr)*
        ///
        /// Where one source has no valid element, the result is that of the other one. The sources may be of any shape; the valid region
        /// of one of them must lie in that of the other, which `dst` takes: else the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S0, S1>(dst: D, src0: &S0, src1: &S1) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            S0: Read<'k, $op, Tile: AnyTile<'k> + PartOf<D::Tile>>,
            S1: Read<'k, $op, Tile: AnyTile<'k> + PartOf<D::Tile>>,
        {
            let at = Location::caller();
            let (mut dst, src0, src1) = (dst.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
            take_larger::<$op>(&mut dst, src0, src1.valid(), at);
            let operands = [dst.operand(), src0.operand(), src1.operand()];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<Parts<$op, ElemOf<'k, D>>>>(&operands, 1, 0, at);
            RecordEvent::new(Live(dst))
        }
    };
}

/// What the forms with indices return.
type Chosen<'k, O, D, I> = RecordEvent<O, (Live<TileOf<'k, D>>, Live<TileOf<'k, I>>)>;

macro_rules! part_arg {
    ([$($attr:tt)*] $name:ident: $op:ident { |$x:ident, $y:ident| $second:expr }) => {
        impl Takes for $op {
            #[inline(always)]
            fn second<T: Dtype>($x: T, $y: T) -> bool {
                $second
            }
        }

        $($attr)*
        ///
        /// Of two equal elements that of `src0`. Of a number and a NaN that of `src0` here and on a5, that of `src1` on a2a3.
        ///
        /// Where one source has no valid element, the result is that of the other one. The sources may be of any shape; the valid region
        /// of one of them must lie in that of the other, which `dst` and `index` take, and each has the region of its indices: else the
        /// kernel stops with a [`Fault`](crate::Fault). The indices are i32 or u32, of f16 also i16 or u16.
        ///
        /// Both results come back behind one token: take them apart with `.split()`.
        pub fn $name<'k, D, I, S0, S1, I0, I1>(
            dst: D,
            index: I,
            src0: &S0,
            src1: &S1,
            index0: &I0,
            index1: &I1,
        ) -> Chosen<'k, $op, D, I>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            I: Write<'k, $op, Tile: AnyTile<'k, Elem: IndexBeside<ElemOf<'k, D>>> + ShapeOf<D::Tile>>,
            S0: Read<'k, $op, Tile: AnyTile<'k> + PartOf<D::Tile>>,
            S1: Read<'k, $op, Tile: AnyTile<'k> + PartOf<D::Tile>>,
            I0: Read<'k, $op, Tile: AnyTile<'k> + PartOf<I::Tile> + ShapeOf<S0::Tile>>,
            I1: Read<'k, $op, Tile: AnyTile<'k> + PartOf<I::Tile> + ShapeOf<S1::Tile>>,
        {
            let at = Location::caller();
            let (mut dst, mut index) = (dst.into_tile(INNER), index.into_tile(INNER));
            let (src0, src1) = (src0.data_of(INNER), src1.data_of(INNER));
            let (index0, index1) = (index0.data_of(INNER), index1.data_of(INNER));
            take_larger::<$op>(&mut dst, src0, src1.valid(), at);
            take_region::<$op>(&mut index, dst.valid(), at);
            same_region::<$op>(src0, index0.valid(), at);
            same_region::<$op>(src1, index1.valid(), at);
            let operands = [
                dst.operand(),
                index.operand(),
                src0.operand(),
                src1.operand(),
                index0.operand(),
                index1.operand(),
            ];
            let unit = dst.core().unit();
            unit.issue::<$op, Wide<PartsArg<$op, ElemOf<'k, D>, ElemOf<'k, I>>>>(&operands, 2, 0, at);
            RecordEvent::new((Live(dst), Live(index)))
        }
    };
}

ops! {
    PART:
    /// Integers wrap.
    part fn tpartadd = TPartAdd("TPARTADD") "dst[i,j] = src0[i,j] + src1[i,j]" { |x, y| x.add(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap.
    part fn tpartmul = TPartMul("TPARTMUL") "dst[i,j] = src0[i,j] * src1[i,j]" { |x, y| x.mul(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    part fn tpartmax = TPartMax("TPARTMAX") "dst[i,j] = max(src0[i,j], src1[i,j])" { |x, y| x.max(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Of a number and a NaN, the number.
    part fn tpartmin = TPartMin("TPARTMIN") "dst[i,j] = min(src0[i,j], src1[i,j])" { |x, y| x.min(y) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    part_arg fn tpartargmax = TPartArgMax("TPARTARGMAX") "dst[i,j], index[i,j] = the greater of src0[i,j] and src1[i,j], and its index" { |x, y| y > x }
        a2a3 [f16 f32] a5 [f16 f32];
    part_arg fn tpartargmin = TPartArgMin("TPARTARGMIN") "dst[i,j], index[i,j] = the lesser of src0[i,j] and src1[i,j], and its index" { |x, y| y < x }
        a2a3 [f16 f32] a5 [f16 f32];
}
