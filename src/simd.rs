//! Runs a loop with the widest vector instructions that the machine has.
//!
//! The compiler vectorises the same code three times over; which copy runs is decided at run time, so that users need no
//! `-C target-cpu`. All copies compute the same bits: no operation is fused or reordered.
#![expect(unsafe_code, reason = "calling a function that needs a CPU feature")]

/// A loop to be vectorised. `run` must be `#[inline(always)]`, or the wide copies are not wide.
pub(crate) trait Loop {
    fn run(self);
}

/// Runs `work` with AVX-512, AVX2 or the target's baseline.
#[inline(always)]
pub(crate) fn vectorize<W: Loop>(work: W) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
        {
            // SAFETY: the features have just been detected.
            return unsafe { avx512(work) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("f16c") {
            // SAFETY: the features have just been detected.
            return unsafe { avx2(work) };
        }
    }
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,f16c")]
fn avx512<W: Loop>(work: W) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
fn avx2<W: Loop>(work: W) {
    work.run();
}
