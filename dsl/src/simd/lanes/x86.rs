//! The levels of x86-64: what each trait method is there.

use std::arch::x86_64::*;

use half::{bf16, f16};

use super::{LANES, Lane, LaneWork, Lanes};

macro_rules! tokens {
    ($($(#[$doc:meta])* $level:ident = $number:ident with $features:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $level(());

        impl $level {
            pub(crate) const LEVEL: u8 = super::super::x86::$number;

            /// Runs `work` with the features of this level.
            ///
            /// # Safety
            ///
            /// They have been detected.
            #[inline(always)]
            pub(crate) unsafe fn run<E: Lane, W: LaneWork<E>>(work: W)
            where
                Self: Lanes<E>,
            {
                #[target_feature(enable = $features)]
                fn enabled<E: Lane, W: LaneWork<E>>(work: W)
                where
                    $level: Lanes<E>,
                {
                    work.run($level(()));
                }
                // SAFETY: passed on to the caller.
                unsafe { enabled(work) }
            }
        }
    )*};
}

tokens! {
    /// A vector is two registers of AVX2.
    Avx2 = AVX2 with "avx2,fma,f16c";
    /// A vector is one register.
    Avx512 = AVX512 with "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c";
    /// As [`Avx512`], with products of integers in one instruction.
    Avx512Vnni = AVX512_VNNI with "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c";
}

macro_rules! levels {
    ($($level:ident for $elem:ty: $sums:literal / $side_by_side:literal, $elements:literal, $vector:ty {
        load($from:ident) $load:expr;
        store($to:ident, $stored:ident) $store:expr;
        splat($element:ident) $splat:expr;
        multiply_add($a:ident, $b:ident, $sum:ident) $multiply_add:expr;
        $($more:item)*
    })*) => {$(
        impl Lanes<$elem> for $level {
            const SUMS: usize = $sums;
            const SIDE_BY_SIDE: usize = $side_by_side;
            const ELEMENTS: usize = $elements;
            type Vector = $vector;
            $($more)*

            #[inline(always)]
            fn load(self, from: &[$elem; LANES]) -> $vector {
                let $from = from.as_ptr();
                // SAFETY: `self` exists only where the CPU has the features; the vector has the bytes of `from`.
                unsafe { $load }
            }
            #[inline(always)]
            fn store(self, $stored: $vector, to: &mut [$elem; LANES]) {
                let $to = to.as_mut_ptr();
                // SAFETY: `self` exists only where the CPU has the features; the vector has the bytes of `to`.
                unsafe { $store }
            }
            #[inline(always)]
            fn splat(self, $element: $elem) -> $vector {
                // SAFETY: `self` exists only where the CPU has the features.
                unsafe { $splat }
            }
            #[inline(always)]
            fn multiply_add(self, $a: $vector, $b: $vector, $sum: $vector) -> $vector {
                // SAFETY: `self` exists only where the CPU has the features.
                unsafe { $multiply_add }
            }
            #[inline(always)]
            fn transpose(self, square: &[[$elem; LANES]; LANES]) -> [[$elem; LANES]; LANES] {
                let mut turned = [[<$elem>::default(); LANES]; LANES];
                let (from, to) = (square.as_ptr().cast::<f32>(), turned.as_mut_ptr().cast::<f32>());
                // SAFETY: `self` exists only where the CPU has the features. An element is 32 bits, which shuffles move as
                // they are. Of the 16 rows of 16, four are read from column `left` on, 12 at most, in rows from `top` on:
                // 8 + 3 + 4 is the last; and eight are written from column `top` on, 8 at most, in rows `left` to `left + 3`.
                unsafe {
                    for top in [0, 8] {
                        for left in [0, 4, 8, 12] {
                            // Four elements of a row, and those of the fourth row after it.
                            let pair = |row: usize| {
                                let at = from.add((top + row) * LANES + left);
                                let low = _mm256_castps128_ps256(_mm_loadu_ps(at));
                                _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(at.add(4 * LANES)))
                            };
                            let rows = [pair(0), pair(1), pair(2), pair(3)];
                            let low = [_mm256_unpacklo_ps(rows[0], rows[1]), _mm256_unpacklo_ps(rows[2], rows[3])];
                            let high = [_mm256_unpackhi_ps(rows[0], rows[1]), _mm256_unpackhi_ps(rows[2], rows[3])];
                            let columns = [
                                _mm256_shuffle_ps::<0b01_00_01_00>(low[0], low[1]),
                                _mm256_shuffle_ps::<0b11_10_11_10>(low[0], low[1]),
                                _mm256_shuffle_ps::<0b01_00_01_00>(high[0], high[1]),
                                _mm256_shuffle_ps::<0b11_10_11_10>(high[0], high[1]),
                            ];
                            for (i, column) in columns.into_iter().enumerate() {
                                _mm256_storeu_ps(to.add((left + i) * LANES + top), column);
                            }
                        }
                    }
                }
                turned
            }
        }
    )*};
}

levels! {
    Avx512 for f32: 24 / 4, 1, __m512 {
        load(from) _mm512_loadu_ps(from);
        store(to, vector) _mm512_storeu_ps(to, vector);
        splat(element) _mm512_set1_ps(element);
        multiply_add(a, b, sum) _mm512_fmadd_ps(a, b, sum);
        #[inline(always)]
        fn widen_f16(self, halves: [f16; LANES]) -> [f32; LANES] {
            // SAFETY: `self` exists only where the CPU has the features; halves are 16 bits, and the vector is 16 f32.
            unsafe {
                let halves = std::mem::transmute::<[f16; LANES], __m256i>(halves);
                std::mem::transmute::<__m512, [f32; LANES]>(_mm512_cvtph_ps(halves))
            }
        }
        #[inline(always)]
        fn widen_bf16(self, halves: [bf16; LANES]) -> [f32; LANES] {
            // SAFETY: as above; a bf16 is the upper half of an f32.
            unsafe {
                let halves = std::mem::transmute::<[bf16; LANES], __m256i>(halves);
                let wide = _mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves));
                std::mem::transmute::<__m512i, [f32; LANES]>(wide)
            }
        }
    }
    Avx512 for i32: 24 / 4, 2, __m512i {
        load(from) _mm512_loadu_si512(from.cast());
        store(to, vector) _mm512_storeu_si512(to.cast(), vector);
        splat(element) _mm512_set1_epi32(element);
        multiply_add(a, b, sum) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
    }
    Avx512Vnni for i32: 24 / 4, 4, __m512i {
        load(from) _mm512_loadu_si512(from.cast());
        store(to, vector) _mm512_storeu_si512(to.cast(), vector);
        splat(element) _mm512_set1_epi32(element);
        multiply_add(a, b, sum) _mm512_dpbusd_epi32(sum, a, b);
        const BIASED: bool = true;
        #[inline(always)]
        fn words_of_i8(self, rows: [[i8; LANES]; 4]) -> [i32; LANES] {
            // SAFETY: `self` exists only where the CPU has the features; 16 bytes are a vector, and four vectors 16 i32.
            unsafe {
                let rows = std::mem::transmute::<[[i8; LANES]; 4], [__m128i; 4]>(rows);
                let low = [_mm_unpacklo_epi8(rows[0], rows[1]), _mm_unpacklo_epi8(rows[2], rows[3])];
                let high = [_mm_unpackhi_epi8(rows[0], rows[1]), _mm_unpackhi_epi8(rows[2], rows[3])];
                std::mem::transmute::<[__m128i; 4], [i32; LANES]>([
                    _mm_unpacklo_epi16(low[0], low[1]),
                    _mm_unpackhi_epi16(low[0], low[1]),
                    _mm_unpacklo_epi16(high[0], high[1]),
                    _mm_unpackhi_epi16(high[0], high[1]),
                ])
            }
        }
        #[inline(always)]
        fn bias(self, words: &mut [i32]) {
            words.iter_mut().for_each(|word| *word ^= i32::from_ne_bytes([0x80; 4]));
        }
        #[inline(always)]
        fn without(self, sum: __m512i, excess: __m512i) -> __m512i {
            // SAFETY: `self` exists only where the CPU has the features.
            unsafe { _mm512_sub_epi32(sum, excess) }
        }
    }
    Avx2 for f32: 6 / 1, 1, [__m256; 2] {
        load(from) [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))];
        store(to, vector) {
            _mm256_storeu_ps(to, vector[0]);
            _mm256_storeu_ps(to.add(8), vector[1]);
        };
        splat(element) [_mm256_set1_ps(element); 2];
        multiply_add(a, b, sum) [
            _mm256_fmadd_ps(a[0], b[0], sum[0]),
            _mm256_fmadd_ps(a[1], b[1], sum[1]),
        ];
        #[inline(always)]
        fn widen_f16(self, halves: [f16; LANES]) -> [f32; LANES] {
            // SAFETY: `self` exists only where the CPU has the features, F16C among them; halves are 16 bits, and the two
            // vectors are 16 f32.
            unsafe {
                let [low, high] = std::mem::transmute::<[f16; LANES], [__m128i; 2]>(halves);
                let wide = [_mm256_cvtph_ps(low), _mm256_cvtph_ps(high)];
                std::mem::transmute::<[__m256; 2], [f32; LANES]>(wide)
            }
        }
        #[inline(always)]
        fn widen_bf16(self, halves: [bf16; LANES]) -> [f32; LANES] {
            // SAFETY: as above; a bf16 is the upper half of an f32.
            unsafe {
                let [low, high] = std::mem::transmute::<[bf16; LANES], [__m128i; 2]>(halves);
                let [low, high] = [_mm256_cvtepu16_epi32(low), _mm256_cvtepu16_epi32(high)];
                let wide = [_mm256_slli_epi32::<16>(low), _mm256_slli_epi32::<16>(high)];
                std::mem::transmute::<[__m256i; 2], [f32; LANES]>(wide)
            }
        }
    }
    Avx2 for i32: 4 / 1, 2, [__m256i; 2] {
        load(from) [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(8).cast())];
        store(to, vector) {
            _mm256_storeu_si256(to.cast(), vector[0]);
            _mm256_storeu_si256(to.add(8).cast(), vector[1]);
        };
        splat(element) [_mm256_set1_epi32(element); 2];
        multiply_add(a, b, sum) [
            _mm256_add_epi32(sum[0], _mm256_madd_epi16(a[0], b[0])),
            _mm256_add_epi32(sum[1], _mm256_madd_epi16(a[1], b[1])),
        ];
    }
}
