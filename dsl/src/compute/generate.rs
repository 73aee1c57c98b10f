//! Semantics of ops that make data of nothing.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Word};
use crate::tile::Dtype;

/// Ones on one side of a diagonal, zeros on the other. The immediate is that of [`triangle`].
pub(crate) struct Triangular<T>(PhantomData<T>);

/// The immediate of [`Triangular`]: a diagonal, and which side has the ones.
#[inline(always)]
pub(crate) fn triangle(diagonal: i32, upper: bool) -> u64 {
    u64::from(diagonal.cast_unsigned()) | u64::from(upper) << u32::BITS
}

impl<T: Dtype> Semantics for Triangular<T> {
    type Views<'a> = (Dst<'a, T>,);

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let (diagonal, upper) = ((imm as u32).cast_signed(), imm >> u32::BITS == 1);
        let (left, right) = if upper { (T::ZERO, T::ONE) } else { (T::ONE, T::ZERO) };
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let elements = &mut dst.data[range];
            // The diagonal itself is on the side of the ones.
            let first = row as i64 + i64::from(diagonal) + i64::from(!upper);
            let split = first.clamp(0, elements.len() as i64) as usize;
            elements[..split].fill(left);
            elements[split..].fill(right);
        }
    }
}

/// Numbers in a row, from the immediate on: up, or down where `DOWN`.
pub(crate) struct Counted<T, const DOWN: bool>(PhantomData<T>);

impl<T: Dtype, const DOWN: bool> Semantics for Counted<T, DOWN> {
    type Views<'a> = (Dst<'a, T>,);
    const FORM: Option<&'static str> = if DOWN { Some("DOWN") } else { None };

    #[inline(always)]
    fn run((dst,): Self::Views<'_>, imm: u64) {
        let range = dst.row(0);
        for (d, step) in dst.data[range].iter_mut().zip(0_u64..) {
            let number = if DOWN { imm.wrapping_sub(step) } else { imm.wrapping_add(step) };
            // The low bytes are the number in every integer type.
            *d = T::from_bits(number);
        }
    }
}

/// Philox4x32 (Salmon and others, SC 2011) of a counter that counts up; the operands behind the tile are the words of the key and of the
/// counter, the immediate is the number of rounds.
pub(crate) struct Random<T>(PhantomData<T>);

/// The multipliers of Philox4x32, and what is added to its key in each round.
const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Counters whose words are computed side by side, and those that a step of the device takes.
const LANES: usize = 16;
const STEP: usize = 64;

impl<T: Dtype> Semantics for Random<T> {
    type Views<'a> = (Dst<'a, T>, Word, Word, Word, Word, Word, Word);

    #[inline(always)]
    fn run((dst, k0, k1, c0, c1, c2, c3): Self::Views<'_>, imm: u64) {
        let key = [k0.0, k1.0];
        let mut counter =
            [c3, c2, c1, c0].iter().fold(0, |all, word| all << 32 | u128::from(word.0));
        let cols = dst.valid.1;
        if cols == 0 {
            return;
        }
        // What the device adds behind a row: a whole step for each of its steps but the last.
        let whole = (cols - 1) / (4 * STEP) * STEP;
        let advance = (whole + (cols - 1) % STEP + 1) as u128;
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            for (to, first) in dst.data[range].chunks_mut(4 * LANES).zip((0..).step_by(LANES)) {
                let words = philox(counter.wrapping_add(first), key, imm);
                for (to, lane) in to.chunks_mut(4).zip(0..) {
                    for (to, words) in to.iter_mut().zip(&words) {
                        *to = T::from_bits(u64::from(words[lane]));
                    }
                }
            }
            counter = counter.wrapping_add(advance);
        }
    }
}

/// The four words of `counter` and of those behind it.
#[inline(always)]
fn philox(counter: u128, mut key: [u32; 2], rounds: u64) -> [[u32; LANES]; 4] {
    let mut words = [[0; LANES]; 4];
    for lane in 0..LANES {
        let counter = counter.wrapping_add(lane as u128);
        for (word, words) in words.iter_mut().enumerate() {
            words[lane] = (counter >> (32 * word)) as u32;
        }
    }
    for _ in 0..rounds {
        for lane in 0..LANES {
            let [a, b, c, d] = words.each_ref().map(|words| words[lane]);
            let left = u64::from(a) * u64::from(MULTIPLIERS[0]);
            let right = u64::from(c) * u64::from(MULTIPLIERS[1]);
            let high = |product: u64| (product >> 32) as u32;
            words[0][lane] = high(right) ^ b ^ key[0];
            words[1][lane] = right as u32;
            words[2][lane] = high(left) ^ d ^ key[1];
            words[3][lane] = left as u32;
        }
        for (key, weyl) in key.iter_mut().zip(WEYL) {
            *key = key.wrapping_add(weyl);
        }
    }
    words
}
