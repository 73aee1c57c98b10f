//! Runs a loop with the widest vector instructions that the machine has, copies past the caches, and fetches ahead.
//!
//! The compiler vectorises the same code three times over; which copy runs is decided at run time, so that users need no
//! `-C target-cpu`. All copies compute the same bits: no operation is fused or reordered, but for `f32::mul_add`, which rounds
//! once everywhere.
#![expect(unsafe_code, reason = "calling a function that needs a CPU feature")]

mod ahead;
mod lanes;

pub(crate) use ahead::{expect_beyond, fetch_expected};
pub(crate) use lanes::{LANES, Lane, LaneWork, Lanes, pair};

/// A level of vector instructions, for measurements.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    /// What the target's baseline has.
    Baseline = 1,
    /// AVX2, with FMA and F16C.
    Avx2 = 2,
    /// AVX-512 without its instructions for products of integers.
    Avx512 = 3,
}

/// From now on no op of the process uses wider vector instructions than these. It computes the same bits with them.
pub fn use_at_most(level: Level) {
    #[cfg(target_arch = "x86_64")]
    x86::lower(level as u8);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = level;
}

/// A loop to be vectorised. `run` must be `#[inline(always)]`, or the wide copies are not wide.
pub(crate) trait Loop {
    fn run(self);
}

/// Runs `work` with AVX-512, AVX2 or the target's baseline.
///
/// Without optimisation nothing is vectorised: one copy does, and the tests build in half the time.
#[inline(always)]
pub(crate) fn vectorize<W: Loop>(work: W) {
    #[cfg(all(target_arch = "x86_64", not(debug_assertions)))]
    match x86::level() {
        // SAFETY: the features have been detected.
        x86::AVX512.. => return unsafe { x86::avx512(work) },
        // SAFETY: the features have been detected.
        x86::AVX2 => return unsafe { x86::avx2(work) },
        _ => {}
    }
    work.run();
}

/// A loop over slices beside each other, of which some may be empty. `all` must be `#[inline(always)]`, or the wide copies are not wide.
pub(crate) trait SliceLoop<T> {
    fn all(dst: &mut [T], x: &[T], y: &[T], imm: u64);
}

/// As [`vectorize`]. The slices are passed in registers, which of a loop on a small tile is half of the time.
#[inline(always)]
pub(crate) fn vectorize_slices<W: SliceLoop<T>, T>(dst: &mut [T], x: &[T], y: &[T], imm: u64) {
    #[cfg(all(target_arch = "x86_64", not(debug_assertions)))]
    match x86::level() {
        // SAFETY: the features have been detected.
        x86::AVX512.. => return unsafe { x86::avx512_slices::<W, T>(dst, x, y, imm) },
        // SAFETY: the features have been detected.
        x86::AVX2 => return unsafe { x86::avx2_slices::<W, T>(dst, x, y, imm) },
        _ => {}
    }
    W::all(dst, x, y, imm);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Level;
    #[cfg(not(debug_assertions))]
    use super::{Loop, SliceLoop};

    const UNKNOWN: u8 = 0;
    const BASELINE: u8 = Level::Baseline as u8;
    pub(super) const AVX2: u8 = Level::Avx2 as u8;
    pub(super) const AVX512: u8 = Level::Avx512 as u8;
    pub(super) const AVX512_VNNI: u8 = 4;

    /// What the machine has, once it was asked; asking for each feature on each call would cost more than a small loop.
    static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);

    #[inline(always)]
    pub(super) fn level() -> u8 {
        match LEVEL.load(Ordering::Relaxed) {
            UNKNOWN => detect(),
            known => known,
        }
    }

    /// Never raises it: who finds a level may use its features.
    pub(super) fn lower(to: u8) {
        LEVEL.store(level().min(to), Ordering::Relaxed);
    }

    #[cold]
    fn detect() -> u8 {
        let avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq");
        let level = match (avx2, avx512) {
            (_, true) if is_x86_feature_detected!("avx512vnni") => AVX512_VNNI,
            (_, true) => AVX512,
            (true, _) => AVX2,
            _ => BASELINE,
        };
        LEVEL.store(level, Ordering::Relaxed);
        level
    }

    /// What stores past the caches move at least: half a line would cost a read of the rest.
    #[repr(align(64))]
    pub(super) struct Line(#[expect(dead_code, reason = "accessed by intrinsics")] [u8; 64]);

    /// Copies the bytes of `src`, as many as `dst` has.
    pub(super) fn stream<T: Copy>(dst: &mut [Line], src: &[T]) {
        match level() {
            // SAFETY: the feature has been detected.
            AVX512.. => unsafe { stream_avx512(dst, src) },
            // SAFETY: the feature has been detected.
            AVX2 => unsafe { stream_avx2(dst, src) },
            // SAFETY: SSE2 is part of x86-64.
            _ => unsafe { stream_baseline(dst, src) },
        }
        // SAFETY: SSE is part of x86-64. Orders the stores above before whatever tells another thread of them.
        unsafe { _mm_sfence() };
    }

    macro_rules! streams {
        ($($name:ident with $feature:literal: $block:ty, $load:ident, $store:ident;)*) => {$(
            #[target_feature(enable = $feature)]
            fn $name<T: Copy>(dst: &mut [Line], src: &[T]) {
                assert_eq!(size_of_val(dst), size_of_val(src));
                let src = src.as_ptr().cast::<$block>();
                let steps = size_of::<Line>() / size_of::<$block>();
                for (at, line) in dst.iter_mut().enumerate() {
                    let line = std::ptr::from_mut(line).cast::<$block>();
                    for step in 0..steps {
                        // SAFETY: `src` has as many bytes as `dst`; a line holds `steps` blocks, all aligned.
                        unsafe { $store(line.add(step), $load(src.add(at * steps + step))) };
                    }
                }
            }
        )*};
    }

    streams! {
        stream_baseline with "sse2": __m128i, _mm_loadu_si128, _mm_stream_si128;
        stream_avx2 with "avx": __m256i, _mm256_loadu_si256, _mm256_stream_si256;
        stream_avx512 with "avx512f": __m512i, _mm512_loadu_si512, _mm512_stream_si512;
    }

    #[cfg(not(debug_assertions))]
    macro_rules! levels {
        ($($loop:ident, $slices:ident with $features:literal;)*) => {$(
            #[target_feature(enable = $features)]
            pub(super) fn $loop<W: Loop>(work: W) {
                work.run();
            }

            #[target_feature(enable = $features)]
            pub(super) fn $slices<W: SliceLoop<T>, T>(dst: &mut [T], x: &[T], y: &[T], imm: u64) {
                W::all(dst, x, y, imm);
            }
        )*};
    }

    #[cfg(not(debug_assertions))]
    levels! {
        avx512, avx512_slices with "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c";
        avx2, avx2_slices with "avx2,fma,f16c";
    }
}

/// Bytes that a cache line holds.
pub(crate) const CACHE_LINE: usize = 64;

macro_rules! prefetches {
    ($($(#[$doc:meta])* $name:ident with $hint:ident;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub(crate) fn $name<T>(address: *const T) {
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::x86_64::{$hint, _mm_prefetch};

                // SAFETY: SSE is part of x86-64; a prefetch is a hint, which accesses nothing and never faults.
                unsafe { _mm_prefetch::<$hint>(address.cast()) };
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = address;
        }
    )*};
}

prefetches! {
    /// Asks the memory for the cache line at an address, which may be anything, or nothing; for what is read within thousands of cycles.
    prefetch_near with _MM_HINT_T0;
    /// As [`prefetch_near`], past the first cache: for so much that it would not fit, or drive out what is computed with.
    prefetch_far with _MM_HINT_T1;
}

/// Copies to memory that nobody reads soon: past the caches, which saves reading each line before it is overwritten.
///
/// # Panics
///
/// If the lengths differ.
pub(crate) fn copy_past_caches<T: Copy>(dst: &mut [T], src: &[T]) {
    assert_eq!(dst.len(), src.len());
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: any bytes may be read as `Line`s, and bytes copied from `T`s to `T`s in order are `T`s again.
        let (head, body, tail) = unsafe { dst.align_to_mut::<x86::Line>() };
        let (first, last) = (head.len(), src.len() - tail.len());
        head.copy_from_slice(&src[..first]);
        tail.copy_from_slice(&src[last..]);
        x86::stream(body, &src[first..last]);
    }
    #[cfg(not(target_arch = "x86_64"))]
    dst.copy_from_slice(src);
}
