//! A loop with the widest vectors that the machine has.

/// A loop to be run with the vector instructions that the ops use. `run` must be `#[inline(always)]`, or it has none.
pub(crate) trait Wide {
    fn run(self);
}

/// Runs `work` with AVX-512, AVX2 or the target's baseline.
pub(crate) fn wide<W: Wide>(work: W) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma")]
        fn avx512<W: Wide>(work: W) {
            work.run();
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2<W: Wide>(work: W) {
            work.run();
        }
        let fma = is_x86_feature_detected!("fma");
        if fma && is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the features have just been detected; every CPU with these has the other two.
            #[allow(unsafe_code)]
            return unsafe { avx512(work) };
        }
        if fma && is_x86_feature_detected!("avx2") {
            // SAFETY: the features have just been detected.
            #[allow(unsafe_code)]
            return unsafe { avx2(work) };
        }
    }
    work.run();
}
