//! What TQUANT and TDEQUANT compute.

use crate::memory::{Dst, Src};
use crate::tile::{Dtype, F4E2M1x2, F8E4M3, F8E8M0, Float};

/// Elements of a row that have one scale.
pub(crate) const GROUP: usize = 32;

/// How [`tquant_mx`](crate::isa::tquant_mx) chooses the scale of a group. PTO's `QuantScaleAlg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuantScaleAlg {
    /// The power of two below the greatest magnitude, so that it comes to lie in the last binade of the element type; what is then
    /// too large saturates.
    #[doc(alias = "OCP")]
    Ocp,
    /// The least power of two that brings the greatest magnitude to the greatest element or below.
    #[doc(alias = "NV")]
    Nv,
}

/// An integer that scaled numbers become.
pub(crate) trait Byte: Dtype {
    fn nearest(x: f32) -> Self;
}

macro_rules! bytes {
    ($($t:ident)*) => {$(
        impl Byte for $t {
            #[inline(always)]
            fn nearest(x: f32) -> Self {
                x.round_ties_even() as $t
            }
        }
    )*};
}

bytes!(i8 u8);

/// `dst[i,j] = src[i,j] * scale[i] + offset[i]`, each step in `f32`, to the nearest, saturated.
#[inline(always)]
pub(crate) fn quantise<D: Byte>(
    dst: &mut Dst<'_, D>,
    src: &[f32],
    scale: &Src<'_, f32>,
    offset: Option<&Src<'_, f32>>,
) {
    for row in 0..dst.valid.0 {
        let (range, scale) = (dst.row(row), scale.data[row]);
        let offset = offset.map_or(-0.0, |offset| offset.data[row]);
        for (to, x) in dst.data[range.clone()].iter_mut().zip(&src[range]) {
            *to = D::nearest(x * scale + offset);
        }
    }
}

/// An element type that MX quantisation makes.
#[allow(private_bounds, reason = "how it is made is nobody else's business")]
pub trait MxQuantised: Dtype + Quantised {
    /// How many elements so many numbers are.
    #[doc(hidden)]
    fn elements(numbers: usize) -> usize {
        numbers / Self::COUNT
    }
    /// How many numbers so many elements are.
    #[doc(hidden)]
    fn numbers(elements: usize) -> usize {
        elements * Self::COUNT
    }
}

/// How a group of numbers becomes elements.
trait Quantised: Dtype {
    /// Numbers in an element.
    const COUNT: usize;
    /// The exponent of the greatest binade.
    const EXPONENT: u32;
    const MOST: f32;
    /// The greatest magnitude of a group.
    fn greatest(group: impl Iterator<Item = f32>, alg: QuantScaleAlg) -> f32;
    fn of(numbers: &[f32]) -> Self;
}

/// The magnitude of a number, cut off as a bf16 is.
fn cut_off(x: f32) -> u32 {
    x.abs().to_bits() & 0xffff_0000
}

impl MxQuantised for F8E4M3 {}
impl Quantised for F8E4M3 {
    const COUNT: usize = 1;
    const EXPONENT: u32 = 8;
    const MOST: f32 = 448.0;

    fn greatest(group: impl Iterator<Item = f32>, _: QuantScaleAlg) -> f32 {
        group.fold(0.0, |most, x| if x.abs() > most { x.abs() } else { most })
    }

    #[inline(always)]
    fn of(numbers: &[f32]) -> Self {
        F8E4M3::from_f32(numbers[0].clamp(-Self::MOST, Self::MOST))
    }
}

impl MxQuantised for F4E2M1x2 {}
impl Quantised for F4E2M1x2 {
    const COUNT: usize = 2;
    const EXPONENT: u32 = 2;
    const MOST: f32 = 6.0;

    fn greatest(group: impl Iterator<Item = f32>, alg: QuantScaleAlg) -> f32 {
        match alg {
            QuantScaleAlg::Ocp => f32::from_bits(group.map(cut_off).max().unwrap_or(0)),
            QuantScaleAlg::Nv => {
                group.fold(
                    0.0,
                    |most: f32, x| {
                        if x.is_nan() || x.abs() > most { x.abs() } else { most }
                    },
                )
            }
        }
    }

    #[inline(always)]
    fn of(numbers: &[f32]) -> Self {
        let [low, high] = [numbers[0], numbers[1]].map(|x| if x.is_nan() { Self::MOST } else { x });
        F4E2M1x2::new(low, high)
    }
}

const FRACTION: u32 = f32::MANTISSA_DIGITS - 1;
const INFINITE: u32 = 0xff;

/// The bits of the scale of a group whose greatest magnitude is `most`.
fn scale_of<D: Quantised>(most: f32, alg: QuantScaleAlg) -> u8 {
    let parts = |x: f32| (x.to_bits() >> FRACTION, x.to_bits() & ((1 << FRACTION) - 1));
    let bits = match alg {
        QuantScaleAlg::Ocp => match parts(most) {
            (INFINITE, 1..) => INFINITE,
            (exponent, _) => exponent.saturating_sub(D::EXPONENT),
        },
        QuantScaleAlg::Nv => match parts(most * (1.0 / D::MOST)) {
            (INFINITE, 0) => INFINITE - 1,
            (INFINITE, _) => INFINITE,
            (0, fraction) => u32::from(fraction > 1 << (FRACTION - 1)),
            (exponent, fraction) => Ord::min(exponent + u32::from(fraction > 0), INFINITE - 1),
        },
    };
    bits as u8
}

/// What a group is multiplied with: 2 to the power of 127 less the bits of its scale.
fn factor(scale: u8) -> f32 {
    match scale {
        u8::MAX => f32::NAN,
        // A denormal number.
        254 => f32::MIN_POSITIVE / 2.0,
        _ => f32::from_bits((254 - u32::from(scale)) << FRACTION),
    }
}

/// Scales a group: what it is multiplied with is in the scale that comes back.
#[inline(always)]
fn scaled<D: Quantised>(group: &mut [f32; GROUP], alg: QuantScaleAlg) -> F8E8M0 {
    let bits = scale_of::<D>(D::greatest(group.iter().copied(), alg), alg);
    let factor = factor(bits);
    for number in group {
        *number *= factor;
    }
    F8E8M0::from_bits(bits)
}

/// Groups of 32 neighbours in rows of `src` as elements of `dst`, and a scale for each, row by row.
pub(crate) fn quantise_rows<S: Float, D: MxQuantised>(
    dst: &mut Dst<'_, D>,
    scales: &mut Dst<'_, F8E8M0>,
    src: &Src<'_, S>,
    alg: QuantScaleAlg,
) {
    let (rows, across) = (src.valid.0, src.valid.1 / GROUP);
    let mut group = [0.0; GROUP];
    for (at, scale) in scales.data[..rows * across].iter_mut().enumerate() {
        let (row, col) = (at / across, at % across * GROUP);
        let from = &src.data[row * src.shape.1 + col..];
        for (number, x) in group.iter_mut().zip(from) {
            *number = x.to_f32();
        }
        *scale = scaled::<D>(&mut group, alg);
        let first = row * dst.shape.1 + col / D::COUNT;
        for (to, numbers) in dst.data[first..].iter_mut().zip(group.chunks(D::COUNT)) {
            *to = D::of(numbers);
        }
    }
}

/// Groups of 32 neighbours in columns of `src`, row of groups by row of groups.
pub(crate) fn quantise_cols<S: Float, D: MxQuantised>(
    dst: &mut Dst<'_, D>,
    scales: &mut Dst<'_, F8E8M0>,
    src: &Src<'_, S>,
    alg: QuantScaleAlg,
) {
    let (down, cols) = (src.valid.0 / GROUP, src.valid.1);
    // The groups of the numbers that one element has.
    let mut groups = [[0.0; GROUP]; 2];
    for at in (0..down * cols).step_by(D::COUNT) {
        let (top, left) = (at / cols * GROUP, at % cols);
        for (part, group) in groups[..D::COUNT].iter_mut().enumerate() {
            for (row, number) in group.iter_mut().enumerate() {
                *number = src.data[(top + row) * src.shape.1 + left + part].to_f32();
            }
            scales.data[at + part] = scaled::<D>(group, alg);
        }
        for row in 0..GROUP {
            let numbers = groups.map(|group| group[row]);
            dst.data[(top + row) * dst.shape.1 + left / D::COUNT] = D::of(&numbers);
        }
    }
}
