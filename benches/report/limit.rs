//! What the machine allows: in multiplications and additions, and in bytes from memory and to memory; and a GEMM crate.
#![expect(
    unsafe_code,
    reason = "the crate takes pointers, and past the caches only intrinsics write"
)]

use std::array::from_fn;
use std::hint::black_box;

use gemm_common::Parallelism;
use rayon::prelude::*;

use crate::wide::{Wide, wide};

/// Sums side by side, so that none waits for another: twelve of the widest vectors.
const SUMS: usize = 12 * 16;

/// `operations` multiplications and additions of f32 in registers, on the threads of the current pool.
pub(crate) fn operate(operations: usize) {
    struct Sums(usize);
    impl Wide for Sums {
        #[inline(always)]
        fn run(self) {
            let (factor, term) = (black_box(0.5_f32), black_box(0.25_f32));
            let mut sums = [0.0_f32; SUMS];
            for _ in 0..self.0 {
                // In a value of its own, which stays in registers.
                sums = from_fn(|at| sums[at].mul_add(factor, term));
            }
            black_box(sums);
        }
    }
    let threads = rayon::current_num_threads();
    let steps = operations / (2 * SUMS * threads);
    (0..threads).into_par_iter().with_max_len(1).for_each(|_| wide(Sums(steps)));
}

/// Writes `x` to `y` past the caches: no line is read before it is overwritten.
#[inline(always)]
pub(crate) fn stream(x: impl Iterator<Item = [f32; 4]>, y: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128, _mm_loadu_ps, _mm_stream_ps};

        // SAFETY: four f32 are a vector.
        let (head, body, tail) = unsafe { y.align_to_mut::<__m128>() };
        assert!(head.is_empty() && tail.is_empty(), "a row begins and ends with a vector");
        for (y, x) in body.iter_mut().zip(x) {
            // SAFETY: SSE is part of x86-64; `y` is aligned, and `x` has as many bytes.
            unsafe { _mm_stream_ps(std::ptr::from_mut(y).cast(), _mm_loadu_ps(x.as_ptr())) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    for (y, x) in y.as_chunks_mut::<4>().0.iter_mut().zip(x) {
        *y = x;
    }
}

/// What [`stream`] has written is written, for every thread.
pub(crate) fn order_streams() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// A row-major matrix: how many columns it has, and its elements.
pub(crate) type Matrix<'a> = (usize, &'a [f32]);

/// `c = a * b`, or with `b` transposed, on the threads of the current pool. Matrices are row-major.
///
/// # Panics
///
/// If the sizes do not fit.
pub(crate) fn multiply(
    (k, a): Matrix<'_>,
    (width, b): Matrix<'_>,
    transposed: bool,
    c: &mut [f32],
) {
    let (m, height) = (a.len() / k, b.len() / width);
    let (n, strides) = if transposed { (height, (width, 1)) } else { (width, (1, width)) };
    assert!(m * k == a.len() && height * width == b.len() && m * n == c.len());
    assert_eq!(k, if transposed { width } else { height });
    let threads = rayon::current_num_threads();
    let parallelism = if threads == 1 { Parallelism::None } else { Parallelism::Rayon(threads) };
    let stride = |elements: usize| isize::try_from(elements).expect("a small matrix");
    // SAFETY: by the sizes above all elements are inside of the slices, and `c` is borrowed alone.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            stride(n),
            false,
            a.as_ptr(),
            1,
            stride(k),
            b.as_ptr(),
            stride(strides.0),
            stride(strides.1),
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}
