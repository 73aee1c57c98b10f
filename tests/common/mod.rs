//! What the tests of the ops share: random data, exact oracles, and comparison.
#![allow(
    dead_code,
    unreachable_pub,
    unused_macros,
    unused_imports,
    reason = "each test uses its part"
)]

use std::cell::Cell;

use tilesync::prelude::*;
use tilesync::tile::{Dtype, F8E4M3, F8E5M2, HiF8};

/// A tensor that tiles of 32 x 32 divide, and one that nothing divides.
pub const SHAPES: [(usize, usize); 2] = [(64, 64), (77, 45)];
/// Rows and columns of the tiles.
pub const TILE: usize = 32;

/// How many tiles cover a tensor.
pub fn grid((rows, cols): (usize, usize)) -> usize {
    rows.div_ceil(TILE) * cols.div_ceil(TILE)
}

/// A generator with the next seed of this test, which is printed. Each run draws the same data, unless `TILESYNC_SEED`
/// says where the seeds begin.
pub fn rng() -> fastrand::Rng {
    thread_local! {
        static NEXT: Cell<Option<u64>> = const { Cell::new(None) };
    }
    let first = || {
        std::env::var("TILESYNC_SEED")
            .map_or(1, |seed| seed.parse().expect("TILESYNC_SEED is a number"))
    };
    let seed = NEXT.get().unwrap_or_else(first);
    NEXT.set(Some(seed.wrapping_add(1)));
    println!("seed {seed}");
    fastrand::Rng::with_seed(seed)
}

/// Numbers in which an oracle computes: `f64`, and `i128` for integers.
pub trait Wide: Copy + PartialOrd + std::ops::Add<Output = Self> {
    const ONE: Self;
    const ZERO: Self;
    /// The quotient; of an integer by zero, zero.
    fn quotient(self, by: Self) -> Self;
    /// The product, of an integer its low 128 bits.
    fn times(self, by: Self) -> Self;
}

impl Wide for f64 {
    const ONE: f64 = 1.0;
    const ZERO: f64 = 0.0;
    fn quotient(self, by: f64) -> f64 {
        self / by
    }
    fn times(self, by: f64) -> f64 {
        self * by
    }
}

impl Wide for i128 {
    const ONE: i128 = 1;
    const ZERO: i128 = 0;
    fn quotient(self, by: i128) -> i128 {
        self.checked_div(by).unwrap_or(0)
    }
    fn times(self, by: i128) -> i128 {
        self.wrapping_mul(by)
    }
}

/// One by `x`.
pub fn reciprocal<W: Wide>(x: W) -> W {
    W::ONE.quotient(x)
}

/// An element type, for the oracles.
pub trait Number: Dtype {
    type Wide: Wide;
    /// NaN, infinities, zeros and their neighbours; or least, greatest, zero.
    const SPECIAL: &'static [Self];
    fn wide(self) -> Self::Wide;
    /// Rounded to nearest; an integer wraps.
    fn of(wide: Self::Wide) -> Self;
    fn any_bits(rng: &mut fastrand::Rng) -> Self;
    fn small(rng: &mut fastrand::Rng) -> Self;
    /// Steps from one value to the other; 0 for two NaN.
    fn distance(self, other: Self) -> u64;
}

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl Number for $t {
            type Wide = i128;
            const SPECIAL: &'static [Self] = &[0, 1, $t::MIN, $t::MAX, $t::MAX - 1];
            fn wide(self) -> i128 {
                i128::from(self)
            }
            fn of(wide: i128) -> Self {
                wide as $t
            }
            fn any_bits(rng: &mut fastrand::Rng) -> Self {
                rng.u64(..) as $t
            }
            fn small(rng: &mut fastrand::Rng) -> Self {
                rng.u64(0..20) as $t
            }
            fn distance(self, other: Self) -> u64 {
                self.abs_diff(other) as u64
            }
        }
    )*};
}

integers!(i8 u8 i16 u16 i32 u32 i64 u64);

macro_rules! floats {
    ($($t:ident $bits:ident $signed:ident;)*) => {$(
        impl Number for $t {
            type Wide = f64;
            const SPECIAL: &'static [Self] = &[
                $t::NAN, $t::INFINITY, $t::NEG_INFINITY, $t::from_bits(0), $t::from_bits(1 << ($bits::BITS - 1)),
                $t::from_bits(1), $t::MIN, $t::MAX, $t::MIN_POSITIVE,
            ];
            fn wide(self) -> f64 {
                f64::from(self)
            }
            fn of(wide: f64) -> Self {
                narrow::$t(wide)
            }
            fn any_bits(rng: &mut fastrand::Rng) -> Self {
                $t::from_bits(rng.$bits(..))
            }
            fn small(rng: &mut fastrand::Rng) -> Self {
                Self::of(rng.f64() * 16.0 - 8.0)
            }
            fn distance(self, other: Self) -> u64 {
                if self.is_nan() && other.is_nan() {
                    return 0;
                }
                if self.is_nan() || other.is_nan() {
                    return u64::MAX;
                }
                let place = |x: $t| {
                    let bits = i64::from(x.to_bits() as $signed);
                    if bits < 0 { i64::from($signed::MIN) - bits } else { bits }
                };
                place(self).abs_diff(place(other))
            }
        }
    )*};
}

floats! {
    f32 u32 i32;
    f16 u16 i16;
    bf16 u16 i16;
}

macro_rules! floats_of_eight_bits {
    ($($t:ident)*) => {$(
        impl Number for $t {
            type Wide = f64;
            const SPECIAL: &'static [Self] =
                &[$t::from_bits(0), $t::from_bits(0x80), $t::from_bits(0x7f), $t::from_bits(0xff)];
            fn wide(self) -> f64 {
                f64::from(self)
            }
            fn of(wide: f64) -> Self {
                $t::from_f32(wide as f32)
            }
            fn any_bits(rng: &mut fastrand::Rng) -> Self {
                $t::from_bits(rng.u8(..))
            }
            fn small(rng: &mut fastrand::Rng) -> Self {
                Self::any_bits(rng)
            }
            /// Whether the bits differ: these are moved, and not computed with.
            fn distance(self, other: Self) -> u64 {
                u64::from(Dtype::to_bits(self) != Dtype::to_bits(other))
            }
        }
    )*};
}

floats_of_eight_bits!(F8E4M3 F8E5M2 HiF8);

mod narrow {
    /// Of the neighbours of a value that is near enough, the nearest: `half` rounds an `f64` twice.
    macro_rules! nearest {
        ($($t:ident)*) => {$(
            pub fn $t(x: f64) -> half::$t {
                let greatest = half::$t::MAX.to_bits();
                let [below, last] = [greatest - 1, greatest].map(|bits| half::$t::from_bits(bits).to_f64());
                let near = half::$t::from_f32(x as f32);
                if x.is_nan() || x.abs() >= last + (last - below) / 2.0 || near.to_f64() == x {
                    return near;
                }
                let finite = if near.is_finite() { near } else { half::$t::MAX.copysign(near) };
                let bits = finite.to_bits();
                let neighbours = [bits, bits.wrapping_add(1), bits.wrapping_sub(1)];
                let distance = |bits| (half::$t::from_bits(bits).to_f64() - x).abs();
                let order = |a: &u16, b: &u16| distance(*a).total_cmp(&distance(*b)).then((a & 1).cmp(&(b & 1)));
                half::$t::from_bits(neighbours.into_iter().min_by(order).unwrap())
            }
        )*};
    }

    nearest!(f16 bf16);

    pub fn f32(x: f64) -> f32 {
        x as f32
    }
}

/// Random elements: small ones, any bit patterns, special values.
pub fn data<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    let element = |_| match rng.u8(0..8) {
        0 => T::any_bits(rng),
        1 => T::SPECIAL[rng.usize(..T::SPECIAL.len())],
        _ => T::small(rng),
    };
    (0..count).map(element).collect()
}

/// Random elements, all of them small.
pub fn small<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    (0..count).map(|_| T::small(rng)).collect()
}

/// Fails where `got` is more than `ulps` steps from what `want` says for its index.
#[track_caller]
pub fn assert_close<T: Number>(name: &str, ulps: u64, got: &[T], want: impl Fn(usize) -> T) {
    for (at, got) in got.iter().enumerate() {
        let want = want(at);
        let distance = got.distance(want);
        assert!(distance <= ulps, "{name} of {}: element {at} is {got:?}, not {want:?}", T::ID);
    }
}

/// What one block of a kernel leaves in an output that starts as given: eagerly and pipelined, early, late and in random order,
/// with the same bits each time and a clean program.
macro_rules! on_every_schedule {
    ($kernel:expr, $out:ident = $start:expr, $args:expr) => {{
        let start = $start;
        let mut $out = start.clone();
        Eager::new().launch(&$kernel, 1, $args).unwrap();
        let first = $out;
        for order in [Order::Early, Order::Late, Order::Random(1)] {
            let mut $out = start.clone();
            let report = Pipelined::new().order(order).launch(&$kernel, 1, $args).unwrap();
            let verdict = tilesync::exec::check::check(&report.program);
            assert!(verdict.is_clean(), "{verdict}");
            let bits = |x| tilesync::tile::Dtype::to_bits(x);
            let same = $out.iter().zip(&first).all(|(x, y)| bits(*x) == bits(*y));
            assert!(same, "{order:?} computes other bits");
        }
        first
    }};
}
pub(crate) use on_every_schedule;

/// Launches `kernel` eagerly on one block a tile: inputs by reference, outputs `mut`, scalars in parentheses.
macro_rules! launch {
    ($kernel:expr, $shape:expr, [$($input:ident),*], [$($output:ident),*] $(, $scalar:expr)*) => {{
        let dims = [$shape.0, $shape.1];
        Eager::new()
            .launch(
                &$kernel,
                common::grid($shape),
                (
                    $(GlobalTensor::new(&$input, &dims).unwrap().parts(common::TILE, common::TILE).unwrap(),)*
                    $(GlobalTensorMut::new(&mut $output, &dims).unwrap().parts(common::TILE, common::TILE).unwrap(),)*
                    $($scalar,)*
                ),
            )
            .unwrap();
    }};
}
pub(crate) use launch;

/// Repeats a test macro for the element types of an op on each chip.
macro_rules! each_dtype {
    ($test:ident! A2A3 [$($a:ident)*] A5 [$($b:ident)*] $args:tt) => {
        $($test!(A2A3 $a $args);)*
        $($test!(A5 $b $args);)*
    };
}
pub(crate) use each_dtype;
