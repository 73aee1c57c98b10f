//! Sixteen lanes at a time: the registers of the matrix products' inner loop, on each level of vector instructions.
//!
//! A level is a value that only the dispatch makes, after it has found the CPU features: who holds one may use them. All levels
//! compute the same bits.
#![expect(unsafe_code, reason = "calling functions that need a CPU feature")]

use half::{bf16, f16};

use crate::tile::Dtype;

/// What one register's worth of work holds, whatever the registers are.
pub(crate) const LANES: usize = 16;

/// What the lanes hold: f32, or i32 that are sums or words of shorter integers.
pub(crate) trait Lane: Copy + Default + 'static {
    /// Runs `work` on the widest level that the machine has.
    fn dispatch<W: LaneWork<Self>>(work: W);
    /// Runs `work` on each level that the machine has.
    #[cfg(test)]
    fn on_each_level<W: LaneWork<Self> + Copy>(work: W);
}

macro_rules! dispatch {
    ($($elem:ty: $($level:ident)*;)*) => {$(
        impl Lane for $elem {
            #[inline(always)]
            fn dispatch<W: LaneWork<$elem>>(work: W) {
                #[cfg(target_arch = "x86_64")]
                match super::x86::level() {
                    // SAFETY: the features of the level have been detected.
                    $(x86::$level::LEVEL.. => return unsafe { x86::$level::run(work) },)*
                    _ => {}
                }
                work.run(Baseline);
            }

            #[cfg(test)]
            fn on_each_level<W: LaneWork<$elem> + Copy>(work: W) {
                work.run(Baseline);
                $(
                    #[cfg(target_arch = "x86_64")]
                    if super::x86::level() >= x86::$level::LEVEL {
                        // SAFETY: the features of the level have been detected.
                        unsafe { x86::$level::run(work) };
                    }
                )*
            }
        }
    )*};
}

dispatch! {
    f32: Avx512 Avx2;
    i32: Avx512Vnni Avx512 Avx2;
}

/// A level of vector instructions, for lanes of `E`.
pub(crate) trait Lanes<E: Lane>: Copy {
    /// How many vectors of sums fit into the registers, and how many of them best lie side by side.
    const SUMS: usize;
    const SIDE_BY_SIDE: usize;
    /// How many neighbours along k a word of a factor holds: an f32; or two i16, or four i8.
    const ELEMENTS: usize;
    /// Whether `multiply_add` takes the integers of its first word without sign, 128 more than what is meant.
    const BIASED: bool = false;
    /// [`LANES`] elements.
    type Vector: Copy;

    fn load(self, from: &[E; LANES]) -> Self::Vector;
    fn store(self, vector: Self::Vector, to: &mut [E; LANES]);
    fn splat(self, element: E) -> Self::Vector;
    /// `sum + a * b`, for f32 rounded once; for i32, `a` and `b` are words and all of their products are added, and wrap.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, sum: Self::Vector) -> Self::Vector;
    /// Makes words the first ones of [`multiply_add`](Self::multiply_add), where that is [`BIASED`](Self::BIASED).
    #[inline(always)]
    fn bias(self, _: &mut [E]) {}
    /// `sum - excess`, where that is what a bias has added.
    #[inline(always)]
    fn without(self, sum: Self::Vector, _excess: Self::Vector) -> Self::Vector {
        sum
    }
    /// The words of columns, of as many elements as there are in a word.
    #[inline(always)]
    fn words_of_i8(self, rows: [[i8; LANES]; 4]) -> [i32; LANES] {
        // In a value of its own, so that it becomes one instruction.
        let mut words = [0; LANES];
        for i in 0..LANES {
            words[i] = pair([rows[0][i], rows[1][i]]);
        }
        words
    }
    /// Rows as columns.
    #[inline(always)]
    fn transpose(self, square: &[[E; LANES]; LANES]) -> [[E; LANES]; LANES] {
        let mut turned = [[E::default(); LANES]; LANES];
        for (col, row) in square.iter().enumerate() {
            for (turned, element) in turned.iter_mut().zip(row) {
                turned[col] = *element;
            }
        }
        turned
    }
    /// Exactly; a NaN stays one.
    #[inline(always)]
    fn widen_f16(self, halves: [f16; LANES]) -> [f32; LANES] {
        halves.map(Dtype::widen)
    }
    /// As [`widen_f16`](Self::widen_f16).
    #[inline(always)]
    fn widen_bf16(self, halves: [bf16; LANES]) -> [f32; LANES] {
        halves.map(Dtype::widen)
    }
}

/// Work that is generic over the level. `run` must be `#[inline(always)]`.
pub(crate) trait LaneWork<E: Lane> {
    fn run<L: Lanes<E>>(self, level: L);
}

/// No vector instructions but those that the compiler may assume.
#[derive(Clone, Copy)]
pub(crate) struct Baseline;

macro_rules! baseline {
    ($($elem:ty, $elements:literal: |$sum:ident, $a:ident, $b:ident| $multiply_add:expr;)*) => {$(
        impl Lanes<$elem> for Baseline {
            const SUMS: usize = 4;
            const SIDE_BY_SIDE: usize = 1;
            const ELEMENTS: usize = $elements;
            type Vector = [$elem; LANES];

            #[inline(always)]
            fn load(self, from: &[$elem; LANES]) -> Self::Vector {
                *from
            }
            #[inline(always)]
            fn store(self, vector: Self::Vector, to: &mut [$elem; LANES]) {
                *to = vector;
            }
            #[inline(always)]
            fn splat(self, element: $elem) -> Self::Vector {
                [element; LANES]
            }
            #[inline(always)]
            fn multiply_add(
                self,
                a: Self::Vector,
                b: Self::Vector,
                mut sums: Self::Vector,
            ) -> Self::Vector {
                for ((sum, $a), $b) in sums.iter_mut().zip(a).zip(b) {
                    let $sum = *sum;
                    *sum = $multiply_add;
                }
                sums
            }
        }
    )*};
}

baseline! {
    f32, 1: |sum, a, b| a.mul_add(b, sum);
    i32, 2: |sum, a, b| sum.wrapping_add(low(a) * low(b)).wrapping_add(high(a) * high(b));
}

/// Two i16 as a word.
#[inline(always)]
pub(crate) fn pair([first, second]: [i8; 2]) -> i32 {
    i32::from(second) << i16::BITS | i32::from(first) & 0xffff
}
/// The two i16 of a pair.
#[inline(always)]
fn low(pair: i32) -> i32 {
    i32::from(pair as i16)
}
#[inline(always)]
fn high(pair: i32) -> i32 {
    pair >> i16::BITS
}

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Transposed;

    impl LaneWork<i32> for Transposed {
        fn run<L: Lanes<i32>>(self, level: L) {
            let number = |row: usize, col: usize| (row * LANES + col) as i32;
            let square = std::array::from_fn(|row| std::array::from_fn(|col| number(row, col)));
            let turned = std::array::from_fn(|row| std::array::from_fn(|col| number(col, row)));
            assert_eq!(level.transpose(&square), turned);
        }
    }

    impl LaneWork<f32> for Transposed {
        fn run<L: Lanes<f32>>(self, level: L) {
            // Signalling NaNs and denormal numbers among them.
            let bits = |row: usize, col: usize| (row << 28 | 0x7f << 23 >> (col / 8) | col) as u32;
            let element = |row, col| f32::from_bits(bits(row, col));
            let square = std::array::from_fn(|row| std::array::from_fn(|col| element(row, col)));
            for (row, turned) in level.transpose(&square).iter().enumerate() {
                for (col, turned) in turned.iter().enumerate() {
                    assert_eq!(turned.to_bits(), bits(col, row));
                }
            }
        }
    }

    #[test]
    fn rows_become_columns_bit_by_bit() {
        i32::on_each_level(Transposed);
        f32::on_each_level(Transposed);
    }
}
