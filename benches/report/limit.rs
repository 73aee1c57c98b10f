//! The limit of products: a GEMM crate on whole matrices.
#![expect(unsafe_code, reason = "the crate takes pointers")]

use gemm_common::Parallelism;

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
