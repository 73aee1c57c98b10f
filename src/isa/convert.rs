//! Conversion between element types: TCVT.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::take_region;
use super::operand::{ElemOf, ShapeOf, VectorTile};
use crate::chip::{A2A3, A5};
use crate::compute::round::{RoundMode, Rounded, odd, shortens_f32, stays_f32};
use crate::compute::wide::Wide;
use crate::event::{Live, Read, RecordEvent, Write};
use crate::op::TCvt;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype};
use crate::unit::{Dst, Semantics, Src};

/// `TCVT` converts `Src` to `Self` on chip `Ch`. The pairs are those of [`tcvt`].
#[diagnostic::on_unimplemented(
    message = "{Ch} does not convert {Src} to {Self}",
    label = "no such conversion on {Ch}",
    note = "go through a type that has both conversions, most often f32 or f16; the documentation of `tcvt` lists all pairs"
)]
pub trait CvtFrom<Src, Ch>: Dtype {}

macro_rules! conversions {
    ($($ch:ident { $($src:ident => $($dst:ident)*;)* })*) => {
        $($($(impl CvtFrom<$src, $ch> for $dst {})*)*)*

        #[tilesync_macros::op(TCvt("TCVT") "dst[i,j] = src[i,j] in the element type of dst, rounded as mode says"
            a2a3 [i8 u8 i16 i32 i64 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 f16 bf16 f32])]
        /// Integers saturate, and a NaN becomes 0. A float that is too large in magnitude becomes an infinity, in every mode. From
        /// f32 to f32 the result is an integer.
        ///
        /// | chip | from | to |
        /// |---|---|---|
        $($(
            #[doc = concat!("| ", stringify!($ch), " | ", stringify!($src), " | ", stringify!($($dst),*), " |")]
        )*)*
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        pub fn tcvt<'k, D, S>(dst: D, src: &S, mode: RoundMode) -> RecordEvent<TCvt, Live<D::Tile>>
        where
            D: Write<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded>>,
            S: Read<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded> + ShapeOf<D::Tile>>,
            ElemOf<'k, D>:
                CvtFrom<ElemOf<'k, S>, <D::Tile as AnyTile<'k>>::Chip>,
        {
            let at = Location::caller();
            let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
            take_region::<TCvt>(&mut dst, src.valid(), at);
            let operands = [dst.operand(), src.operand()];
            let unit = dst.core().unit();
            unit.issue::<TCvt, Wide<Converted<ElemOf<'k, S>, ElemOf<'k, D>>>>(&operands, 1, mode as u64, at);
            RecordEvent::new(Live(dst))
        }
    };
}

conversions! {
    A2A3 {
        f32 => f32 f16 bf16 i16 i32 i64;
        f16 => f32 i8 u8 i16 i32;
        bf16 => f32 i32;
        i8 => f16;
        u8 => f16;
        i16 => f16 f32;
        i32 => f32 i16 i64 f16;
        i64 => f32 i32;
    }
    A5 {
        f32 => f32 f16 bf16 i16 i32 i64;
        f16 => f32 i8 u8 i16 i32;
        bf16 => f32 f16 i32;
        i8 => f16 i16 i32;
        u8 => f16 u16;
        i16 => f16 f32 u8 i32 u32;
        i32 => f32 i16 u16 u8 i64;
        u32 => u8 u16 i16;
        i64 => f32 i32;
    }
}

/// `dst = src`, in another element type.
pub(super) struct Converted<S, D>(PhantomData<(S, D)>);

impl<S: Rounded, D: Rounded> Semantics for Converted<S, D> {
    type Views<'a> = (Dst<'a, D>, Src<'a, S>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        match RoundMode::ALL[imm as usize] {
            RoundMode::Rint if shortens_f32::<S, D>() => {
                map(&mut dst, &src, |x| D::nearest_f32(x.to_f64() as f32));
            }
            RoundMode::Rint => convert(&mut dst, &src, f64::round_ties_even),
            RoundMode::Round => convert(&mut dst, &src, f64::round),
            RoundMode::Floor => convert(&mut dst, &src, f64::floor),
            RoundMode::Ceil => convert(&mut dst, &src, f64::ceil),
            RoundMode::Trunc => convert(&mut dst, &src, f64::trunc),
            RoundMode::Odd => convert(&mut dst, &src, odd),
        }
    }
}

#[inline(always)]
fn convert<S: Rounded, D: Rounded>(
    dst: &mut Dst<'_, D>,
    src: &Src<'_, S>,
    integral: impl Fn(f64) -> f64 + Copy,
) {
    map(dst, src, |x| {
        let exact = x.to_f64();
        D::rounded(if stays_f32::<S, D>() { integral(exact) } else { exact }, integral)
    });
}

#[inline(always)]
fn map<S: Rounded, D: Rounded>(dst: &mut Dst<'_, D>, src: &Src<'_, S>, of: impl Fn(S) -> D) {
    let lines = dst.lines();
    for line in 0..lines.count {
        let range = lines.range(line);
        for (d, s) in dst.data[range.clone()].iter_mut().zip(&src.data[range]) {
            *d = of(*s);
        }
    }
}
