//! TCVT: every pair of element types, every rounding mode, saturating and not; all bit patterns of 8 and 16 bits.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, SHAPES, data, launch, rng};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

/// `x` rounded to an integer as `mode` says, by the definition of each mode.
fn integral(x: f64, mode: RoundMode) -> f64 {
    let (below, above) = (x.floor(), x.ceil());
    let even = |x: f64| x % 2.0 == 0.0;
    match mode {
        _ if below == above => x,
        RoundMode::Floor => below,
        RoundMode::Ceil => above,
        RoundMode::Trunc => {
            if x < 0.0 {
                above
            } else {
                below
            }
        }
        RoundMode::Odd => {
            if even(below) {
                above
            } else {
                below
            }
        }
        _ if x - below < above - x => below,
        _ if x - below > above - x => above,
        RoundMode::Rint => {
            if even(below) {
                below
            } else {
                above
            }
        }
        RoundMode::Round => {
            if x < 0.0 {
                below
            } else {
                above
            }
        }
    }
}

/// How an element is converted.
#[derive(Clone, Copy, Debug)]
struct How {
    mode: RoundMode,
    saturation: SaturationMode,
    /// Whether the source is a float.
    from_float: bool,
}

/// What an element becomes.
trait Target: Number {
    fn of_value(exact: f64, how: How) -> Self;
}

macro_rules! integer_targets {
    ($($t:ident)*) => {$(
        impl Target for $t {
            fn of_value(exact: f64, how: How) -> Self {
                let x = integral(exact, how.mode);
                if x.is_nan() {
                    0
                } else if how.saturation == SaturationMode::Off {
                    // The low bits of an integer that is at least as long, which saturates itself.
                    let short = how.from_float && size_of::<$t>() < 4;
                    let (least, most) =
                        if short { (-(2.0_f64.powi(31)), 2.0_f64.powi(31) - 1.0) } else { (-(2.0_f64.powi(63)), f64::MAX) };
                    (x.clamp(least, most) as i64) as $t
                } else if x <= $t::MIN as f64 {
                    $t::MIN
                } else if x >= $t::MAX as f64 {
                    $t::MAX
                } else {
                    x as $t
                }
            }
        }
    )*};
}

integer_targets!(i8 u8 i16 u16 i32 u32 i64);

macro_rules! float_targets {
    ($($t:ident)*) => {$(
        impl Target for $t {
            /// By search among the neighbours, in units of the distance between them.
            fn of_value(exact: f64, how: How) -> Self {
                let (mode, most) = (how.mode, $t::MAX.wide());
                let exact = if how.saturation == SaturationMode::On { exact.clamp(-most, most) } else { exact };
                let near = Self::of(exact);
                if near.wide() == exact || exact.is_nan() || exact.is_infinite() {
                    return near;
                }
                let greatest = $t::MAX.wide();
                if exact.abs() > greatest {
                    // Between the greatest number and the next power of two it depends on the mode.
                    let unit = greatest - $t::from_bits($t::MAX.to_bits() - 1).wide();
                    let rounded = integral(exact / unit, mode) * unit;
                    return Self::of(if rounded.abs() <= greatest { rounded } else { f64::INFINITY.copysign(exact) });
                }
                let step = |up: bool| {
                    let bits = near.to_bits();
                    let away = up == (exact > 0.0);
                    $t::from_bits(if away { bits + 1 } else { bits - 1 })
                };
                let (below, above) = if near.wide() > exact {
                    (if near.wide() == 0.0 { -$t::from_bits(1) } else { step(false) }, near)
                } else {
                    (near, if near.wide() == 0.0 { $t::from_bits(1) } else { step(true) })
                };
                // 0 or 1 more than an integer with the parity of `below`.
                let parity = f64::from(below.to_bits() & 1 != 0);
                let fraction = (exact - below.wide()) / (above.wide() - below.wide());
                let up = match mode {
                    RoundMode::Floor => false,
                    RoundMode::Ceil => true,
                    RoundMode::Trunc => exact < 0.0,
                    RoundMode::Odd => parity == 0.0,
                    RoundMode::Rint => fraction > 0.5 || fraction == 0.5 && parity == 1.0,
                    RoundMode::Round => fraction > 0.5 || fraction == 0.5 && exact > 0.0,
                };
                if up { above } else { below }
            }
        }
    )*};
}

float_targets!(f32 f16 bf16);

/// The exact value of an element.
trait Exact: Number {
    fn exact(self) -> f64;
    /// The value itself, or where an `f64` cannot hold it a neighbour that it can.
    fn representable(self) -> Self {
        self
    }
}

macro_rules! exact {
    ($($t:ident)*) => {$(
        impl Exact for $t {
            fn exact(self) -> f64 {
                f64::from(self)
            }
        }
    )*};
}

exact!(i8 u8 i16 u16 i32 u32 f32 f16 bf16);

impl Exact for i64 {
    fn exact(self) -> f64 {
        self as f64
    }
    fn representable(self) -> Self {
        if self.unsigned_abs() < 1 << 53 { self } else { self & !0x7ff }
    }
}

/// Elements whose bits are all there are, or of long ones many: each exponent with some fractions, and random bits.
fn patterns<T: Dtype>() -> Vec<T> {
    let mut rng = rng();
    let long = |at: u64| match at % 4 {
        0 => at << 14 << (8 * (size_of::<T>() - 4)),
        1 => rng.u64(..),
        2 => (at << 14 << (8 * (size_of::<T>() - 4))) | rng.u64(..0x4000),
        _ => (rng.u64(..) as i64 >> rng.u8(..64)) as u64,
    };
    let bits: Vec<u64> = match size_of::<T>() {
        1 | 2 => (0..65_536).collect(),
        _ => (0..65_536 * 4).step_by(4).zip(0..).map(|(at, i)| at + i % 4).map(long).collect(),
    };
    bits.into_iter().map(T::from_bits).collect()
}

/// What the library does where nothing is said, as its headers list it.
fn saturation(chip: &str, src: &str, dst: &str) -> SaturationMode {
    let low_bits = [
        ("f16", "i8"),
        ("f16", "u8"),
        ("f16", "i16"),
        ("f32", "i16"),
        ("i64", "i32"),
        ("i32", "i16"),
    ];
    let saturating_floats = [("f32", "f16"), ("f32", "bf16"), ("bf16", "f16")];
    let float = ["f16", "bf16", "f32"].contains(&dst);
    if low_bits.contains(&(src, dst))
        || float && !(chip == "A5" && saturating_floats.contains(&(src, dst)))
    {
        SaturationMode::Off
    } else {
        SaturationMode::On
    }
}

macro_rules! kernel {
    ($chip:ident $src:ident $dst:ident) => {
        kernel!($chip $src $dst |y, x, mode| tcvt(y, x, mode));
    };
    ($chip:ident $src:ident $dst:ident |$y:ident, $x:ident, $mode:ident| $tcvt:expr) => {
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $src, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $dst, 32, 32, Dyn, $chip>,
        }

        #[kernel]
        fn convert<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $src>,
            y: GlobalOut<'k, $dst>,
            mode: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let ($y, $x, $mode) = (ub.y, &x, RoundMode::ALL[mode]);
            let y_tile = $tcvt.record::<TStoreVec>();
            Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), y_tile) })
        }
    };
}

/// One pair on one chip. From f32 to f32 the result is an integer.
macro_rules! check {
    ($chip:ident $src:ident $dst:ident) => {{
        kernel!($chip $src $dst);

        let saturation = saturation(stringify!($chip), stringify!($src), stringify!($dst));
        check!(convert, saturation, $src $dst);
    }};
    (with $chip:ident $src:ident $dst:ident) => {{
        {
            kernel!($chip $src $dst |y, x, mode| tcvt_with(y, x, mode, SaturationMode::On));
            check!(convert, SaturationMode::On, $src $dst);
        }
        {
            kernel!($chip $src $dst |y, x, mode| tcvt_with(y, x, mode, SaturationMode::Off));
            check!(convert, SaturationMode::Off, $src $dst);
        }
    }};
    ($convert:ident, $saturation:expr, $src:ident $dst:ident) => {{
        for shape in [SHAPES[1], (256, 256)] {
            let x: Vec<$src> = if shape == (256, 256) { patterns() } else { data(&mut rng(), shape.0 * shape.1) };
            let x: Vec<$src> = x.into_iter().map(Exact::representable).collect();
            for (index, mode) in RoundMode::ALL.into_iter().enumerate() {
                let from_float = ["f16", "bf16", "f32"].contains(&stringify!($src));
                let how = How { mode, saturation: $saturation, from_float };
                let mut y = vec![<$dst>::ZERO; x.len()];
                launch!(convert, shape, [x], [y], index);
                let stays = stringify!($src) == stringify!($dst);
                for (x, got) in x.iter().zip(&y) {
                    let exact = x.exact();
                    let want = if stays {
                        <$dst>::of(<$dst as Number>::wide(<$dst>::of_value(integral(exact, mode), how)))
                    } else {
                        <$dst>::of_value(exact, how)
                    };
                    let pair = concat!(stringify!($src), " to ", stringify!($dst));
                    assert!(got.distance(want) == 0, "{pair}, {how:?}: {x:?} gave {got:?}, not {want:?}");
                }
            }
        }
    }};
}

macro_rules! check_all {
    ($chip:ident: $($src:ident => $($dst:ident)*;)*) => {
        $($(check!($chip $src $dst);)*)*
    };
}

macro_rules! check_both {
    ($chip:ident: $($src:ident => $($dst:ident)*;)*) => {
        $($(check!(with $chip $src $dst);)*)*
    };
}

#[test]
fn tcvt_saturates_as_is_said_on_a2a3() {
    check_both! { A2A3:
        f32 => i16;
        f16 => i8 u8 i16;
        i32 => i16;
        i64 => i32;
    }
}

#[test]
fn tcvt_saturates_as_is_said_on_a5() {
    check_both! { A5:
        f32 => f16 bf16 i16 i32 i64;
        f16 => i8 u8 i16 i32;
        bf16 => f16 i32;
        i16 => u8 u32;
        i32 => i16 u16 u8;
        u32 => u8 u16 i16;
        i64 => i32;
    }
}

/// What the headers of the devices say of numbers that are too large where nothing is said.
#[test]
fn low_bits_remain_where_a_conversion_does_not_saturate() {
    kernel!(A2A3 f16 i8);

    let shape = (32, 32);
    let (nan, inf) = (f16::NAN, f16::INFINITY);
    for (x, want) in
        [(f16::from_f32(300.0), 44), (inf, -1), (-inf, 0), (nan, 0), (f16::from_f32(-129.0), 127)]
    {
        let x = vec![x; shape.0 * shape.1];
        let mut y = vec![0_i8; x.len()];
        launch!(convert, shape, [x], [y], 4);
        assert_eq!(y[0], want, "{}", x[0]);
    }
}

#[test]
fn tcvt_rounds_and_saturates_on_a2a3() {
    check_all! { A2A3:
        f32 => f32 f16 bf16 i16 i32 i64;
        f16 => f32 i8 u8 i16 i32;
        bf16 => f32 i32;
        i8 => f16;
        u8 => f16;
        i16 => f16 f32;
        i32 => f32 i16 i64 f16;
        i64 => f32 i32;
    }
}

#[test]
fn tcvt_rounds_and_saturates_on_a5() {
    check_all! { A5:
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

/// The last of 61 digits decides, and the sign decides which way.
#[test]
fn tcvt_of_a_long_i64_rounds_once() {
    kernel!(A2A3 i64 f32);

    let shape = (32, 32);
    let middle = (1_i64 << 60) + (1 << 36);
    let (below, above) = ((1_i64 << 60) as f32, ((1_i64 << 60) + (1 << 37)) as f32);
    let cases = [(middle - 1, below), (middle, below), (middle + 1, above)];
    for (x, want) in cases.into_iter().flat_map(|(x, want)| [(x, want), (-x, -want)]) {
        let x = vec![x; shape.0 * shape.1];
        let mut y = vec![0_f32; x.len()];
        launch!(convert, shape, [x], [y], 0);
        assert_eq!(y[0], want, "{}", x[0]);
    }
}

#[test]
fn tcvt_makes_infinity_of_what_is_too_large() {
    kernel!(A2A3 f32 f16);

    let shape = (32, 32);
    for (x, towards_zero) in
        [(65_519.0_f32, 65_504.0), (65_536.0, f32::INFINITY), (1e30, f32::INFINITY)]
    {
        let x = vec![x; shape.0 * shape.1];
        let mut y = vec![f16::ZERO; x.len()];
        launch!(convert, shape, [x], [y], 4);
        assert_eq!(y[0].to_f32(), towards_zero, "{}", x[0]);
    }
}
