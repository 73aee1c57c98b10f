//! Conversion between element types: TCVT.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::take_region;
use super::operand::{ElemOf, ShapeOf, VectorTile};
use crate::chip::{A2A3, A5};
use crate::compute::round::{
    Overflow, Overflowing, RoundMode, Rounded, Saturating, SaturationMode, converted, odd,
    shortens_f32,
};
use crate::compute::wide::Wide;
use crate::event::{Live, Read, RecordEvent, Write};
use crate::memory::{Dst, Semantics, Src};
use crate::op::TCvt;
use crate::sealed::INNER;
use crate::tile::{AnyTile, Dtype, F8E4M3, F8E5M2, HiF8};
use crate::unit::Site;

/// `TCVT` converts `Src` to `Self` on chip `Ch`. The pairs are those of [`tcvt`].
#[diagnostic::on_unimplemented(
    message = "{Ch} does not convert {Src} to {Self}",
    label = "no such conversion on {Ch}",
    note = "go through a type that has both conversions, most often f32 or f16; the documentation of `tcvt` lists all pairs"
)]
pub trait CvtFrom<Src, Ch>: Dtype {
    /// What happens to what `Self` has no room for, if nothing is said.
    const SATURATION: SaturationMode;
    /// Whether it may be said: [`EitherWay`], or [`OneWay`].
    type Choice;
}

/// A conversion that saturates or not as [`tcvt_with`] says.
#[derive(Debug)]
pub enum EitherWay {}

/// A conversion that does what [`tcvt`] lists.
#[derive(Debug)]
pub enum OneWay {}

/// Whether a conversion saturates may be said.
#[diagnostic::on_unimplemented(
    message = "whether this conversion saturates is not to choose on this chip",
    label = "it saturates, or not, as `tcvt` lists it",
    note = "call `tcvt`: its documentation has a table of all pairs"
)]
pub trait Chosen {}
impl Chosen for EitherWay {}

/// Each kind of pair: what it does, if it may be told otherwise, and in words.
macro_rules! kind {
    (mode saturates) => {
        SaturationMode::On
    };
    (mode saturates_unless_said) => {
        SaturationMode::On
    };
    (mode overflows) => {
        SaturationMode::Off
    };
    (mode overflows_unless_said) => {
        SaturationMode::Off
    };
    (choice saturates) => {
        OneWay
    };
    (choice saturates_unless_said) => {
        EitherWay
    };
    (choice overflows) => {
        OneWay
    };
    (choice overflows_unless_said) => {
        EitherWay
    };
    (words saturates) => {
        "saturated to "
    };
    (words saturates_unless_said) => {
        "saturated unless said to "
    };
    (words overflows) => {
        "to "
    };
    (words overflows_unless_said) => {
        "unless said not saturated to "
    };
}

macro_rules! conversions {
    ($($ch:ident { $($src:ident => $($kind:ident [$($dst:ident)*])*;)* })*) => {
        $($($($(impl CvtFrom<$src, $ch> for $dst {
            const SATURATION: SaturationMode = kind!(mode $kind);
            type Choice = kind!(choice $kind);
        })*)*)*)*

        #[tilesync_macros::op(TCvt("TCVT") "dst[i,j] = src[i,j] in the element type of dst, rounded as mode says"
            a2a3 [i8 u8 i16 i32 i64 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 f16 bf16 f32 F8E4M3 F8E5M2 HiF8])]
        /// What `dst` has no room for becomes what [`SaturationMode`] says: which one, if nothing is said, depends on the pair. For
        /// those with "unless said" [`tcvt_with`] says it.
        ///
        /// | chip | from | |
        /// |---|---|---|
        $($(
            #[doc = concat!("| ", stringify!($ch), " | ", stringify!($src), " | ", $(kind!(words $kind), stringify!($($dst),*), "; ",)* "|")]
        )*)*
        ///
        /// From f32 to f32 the result is an integer. A HiF8 is rounded to the nearest in each mode, of two equally near away from zero. An
        /// F8E4M3 has no infinity: there a NaN stands for it. Elements of four bits have a form of their own, [`tcvt_x2`](super::tcvt_x2).
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        ///
        /// PTO's golden data and its headers differ in some of these: see
        /// [docs/golden.md](https://github.com/tilesync/tilesync/blob/main/docs/golden.md).
        pub fn tcvt<'k, D, S>(dst: D, src: &S, mode: RoundMode) -> RecordEvent<TCvt, Live<D::Tile>>
        where
            D: Write<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded>>,
            S: Read<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded> + ShapeOf<D::Tile>>,
            ElemOf<'k, D>:
                CvtFrom<ElemOf<'k, S>, <D::Tile as AnyTile<'k>>::Chip>,
        {
            let at = Location::caller();
            match <ElemOf<'k, D> as CvtFrom<ElemOf<'k, S>, <D::Tile as AnyTile<'k>>::Chip>>::SATURATION {
                SaturationMode::On => convert_to::<Saturating, D, S>(dst, src, mode, at),
                SaturationMode::Off => convert_to::<Overflowing, D, S>(dst, src, mode, at),
            }
        }
    };
}

conversions! {
    A2A3 {
        f32 => saturates [i32 i64] overflows [f32 f16 bf16] overflows_unless_said [i16];
        f16 => saturates [i32] overflows [f32] overflows_unless_said [i8 u8 i16];
        bf16 => saturates [i32] overflows [f32];
        i8 => overflows [f16];
        u8 => overflows [f16];
        i16 => overflows [f16 f32];
        i32 => saturates [i64] overflows [f32 f16] overflows_unless_said [i16];
        i64 => overflows [f32] overflows_unless_said [i32];
    }
    A5 {
        f32 => saturates_unless_said [f16 bf16 i32 i64] overflows [f32 F8E4M3 F8E5M2 HiF8] overflows_unless_said [i16];
        f16 => saturates_unless_said [i32] overflows [f32 HiF8] overflows_unless_said [i8 u8 i16];
        bf16 => saturates_unless_said [f16 i32] overflows [f32];
        i8 => saturates [i16 i32] overflows [f16];
        u8 => saturates [u16] overflows [f16];
        i16 => saturates [i32] saturates_unless_said [u8 u32] overflows [f16 f32];
        i32 => saturates [i64] saturates_unless_said [u16 u8] overflows [f32] overflows_unless_said [i16];
        u32 => saturates_unless_said [u8 u16 i16];
        i64 => overflows [f32] overflows_unless_said [i32];
        F8E4M3 => overflows [f32];
        F8E5M2 => overflows [f32];
        HiF8 => overflows [f32];
    }
}

#[tilesync_macros::op(TCvt("TCVT") "dst[i,j] = src[i,j] in the element type of dst, rounded as mode and saturated as saturation says"
    a2a3 "f32 to i16, f16 to i8, u8 and i16, i32 to i16, i64 to i32" a5 "those that may overflow, see `tcvt`")]
/// As [`tcvt`], and `saturation` says what becomes of what `dst` has no room for.
///
/// Other pairs have one way, that of [`tcvt`]: a2a3 takes no notice of the mode there.
pub fn tcvt_with<'k, D, S>(
    dst: D,
    src: &S,
    mode: RoundMode,
    saturation: SaturationMode,
) -> RecordEvent<TCvt, Live<D::Tile>>
where
    D: Write<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded>>,
    S: Read<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded> + ShapeOf<D::Tile>>,
    ElemOf<'k, D>: CvtFrom<ElemOf<'k, S>, <D::Tile as AnyTile<'k>>::Chip, Choice: Chosen>,
{
    let at = Location::caller();
    match saturation {
        SaturationMode::On => convert_to::<Saturating, D, S>(dst, src, mode, at),
        SaturationMode::Off => convert_to::<Overflowing, D, S>(dst, src, mode, at),
    }
}

/// Issues the conversion.
#[inline(always)]
fn convert_to<'k, O, D, S>(
    dst: D,
    src: &S,
    mode: RoundMode,
    at: Site,
) -> RecordEvent<TCvt, Live<D::Tile>>
where
    O: Overflow,
    D: Write<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded>>,
    S: Read<'k, TCvt, Tile: VectorTile<'k, TCvt, Elem: Rounded>>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    take_region::<TCvt>(&mut dst, src.valid(), at);
    let operands = [dst.operand(), src.operand()];
    let imm = mode as u64 | u64::from(O::SATURATES) << u8::BITS;
    let unit = dst.core().unit();
    unit.issue::<TCvt, Wide<Converted<ElemOf<'k, S>, ElemOf<'k, D>, O>>>(&operands, 1, imm, at);
    RecordEvent::new(Live(dst))
}

/// `dst = src`, in another element type. The immediate is the rounding mode, and a bit for the record that says if it saturates.
pub(super) struct Converted<S, D, O>(PhantomData<(S, D, O)>);

impl<S: Rounded, D: Rounded, O: Overflow> Semantics for Converted<S, D, O> {
    type Views<'a> = (Dst<'a, D>, Src<'a, S>);

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        match RoundMode::ALL[usize::from(imm as u8)] {
            RoundMode::Rint if shortens_f32::<S, D>() => map(&mut dst, &src, |x| {
                let exact = x.to_f64() as f32;
                let most = D::MOST as f32;
                D::nearest_f32(if O::SATURATES { exact.clamp(-most, most) } else { exact })
            }),
            RoundMode::Rint => convert::<S, D, O>(&mut dst, &src, f64::round_ties_even),
            RoundMode::Round => convert::<S, D, O>(&mut dst, &src, f64::round),
            RoundMode::Floor => convert::<S, D, O>(&mut dst, &src, f64::floor),
            RoundMode::Ceil => convert::<S, D, O>(&mut dst, &src, f64::ceil),
            RoundMode::Trunc => convert::<S, D, O>(&mut dst, &src, f64::trunc),
            RoundMode::Odd => convert::<S, D, O>(&mut dst, &src, odd),
        }
    }
}

#[inline(always)]
fn convert<S: Rounded, D: Rounded, O: Overflow>(
    dst: &mut Dst<'_, D>,
    src: &Src<'_, S>,
    integral: impl Fn(f64) -> f64 + Copy,
) {
    map(dst, src, |x| converted::<S, D, O>(x, integral));
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
