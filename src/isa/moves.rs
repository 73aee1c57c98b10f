//! TMOV between the matrix side and the vector side, which a5 has: from an accumulator to a `Vec` tile, and from there to a
//! `Mat` tile, to be a factor of the next product.

use std::marker::PhantomData;

use half::{bf16, f16};

use super::operand::{DtypeOf, dtypes};
use super::outlet::{Drained, Narrowed};
use super::paths::MovedFrom;
use super::wide::Wide;
use crate::chip::A5;
use crate::issue::{Core, Dst, Semantics, Site, Src};
use crate::op::{TMovA2V, TMovV2M};
use crate::program::Operand;
use crate::sealed::NotForKernels;
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS};
use crate::tile::{Dtype, Nz, NzAcc, RowMajor, Tile, Valid, space};

dtypes!(TMovA2V: a2a3 [] a5 [i32 f16 bf16 f32]);
dtypes!(TMovV2M: a2a3 [] a5 [i8 f16 bf16 f32]);

impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid>
    MovedFrom<'k, Tile<'k, space::Acc, T::Sum, R, C, NzAcc, VS, A5>>
    for Tile<'k, space::Vec, T, R, C, RowMajor, V, A5>
where
    T: DtypeOf<TMovA2V, A5>,
{
    type Op = TMovA2V;

    #[inline(always)]
    fn issue(core: Core<'k, A5>, operands: &[Operand], at: Site, _: NotForKernels) {
        core.unit().issue::<TMovA2V, Wide<Drained<Narrowed<T>>>>(operands, 1, 0, at);
    }
}

impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid>
    MovedFrom<'k, Tile<'k, space::Vec, T, R, C, RowMajor, VS, A5>>
    for Tile<'k, space::Mat, T, R, C, Nz, V, A5>
where
    T: DtypeOf<TMovV2M, A5>,
{
    type Op = TMovV2M;

    #[inline(always)]
    fn issue(core: Core<'k, A5>, operands: &[Operand], at: Site, _: NotForKernels) {
        core.unit().issue::<TMovV2M, Wide<CutUp<T>>>(operands, 1, 0, at);
    }
}

/// A row-major tile into fractals.
struct CutUp<T>(PhantomData<T>);

impl<T: Dtype> Semantics for CutUp<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        let width = BLOCK_BYTES / size_of::<T>();
        let (rows, cols) = dst.valid;
        // Fractal by fractal: each is written in one piece, and the rows that it is read from stay in the first cache.
        for top in (0..rows).step_by(FRACTAL_ROWS) {
            for left in (0..cols).step_by(width) {
                let first = dst.index(top, left, size_of::<T>());
                let height = FRACTAL_ROWS.min(rows - top);
                let to = dst.data[first..].chunks_exact_mut(width).take(height);
                let from = src.data[top * src.shape.1 + left..].chunks(src.shape.1);
                if left + width <= cols {
                    for (to, from) in to.zip(from) {
                        to.copy_from_slice(&from[..width]);
                    }
                } else {
                    for (to, from) in to.zip(from) {
                        to[..cols - left].copy_from_slice(&from[..cols - left]);
                    }
                }
            }
        }
    }
}
