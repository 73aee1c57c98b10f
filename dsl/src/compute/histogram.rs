//! Semantics of THISTOGRAM: how many elements have a byte no greater than a number.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src};
use crate::tile::{Dtype, LayoutId};

/// Numbers that a byte can be.
pub(crate) const BINS: usize = 256;

/// `dst[i,b]` = how many elements of row i of `src` have a byte, the immediate says which, of at most `b`, and the bytes above it as
/// `filter` says: of u16 one filter for each row, of u32 one row for each byte from the highest down.
pub(crate) struct Histogram<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Histogram<T> {
    type Views<'a> = (Dst<'a, u32>, Src<'a, T>, Src<'a, u8>);

    #[inline(always)]
    fn run((dst, src, filter): Self::Views<'_>, imm: u64) {
        let byte = imm as usize;
        let above = size_of::<T>() - 1 - byte;
        for row in 0..src.valid.0 {
            let mut prefix = 0_u64;
            for at in 0..above {
                let place = if filter.layout == LayoutId::Dn { row } else { at * filter.shape.1 };
                prefix = prefix << u8::BITS | u64::from(filter.data[place]);
            }
            let mut counts = [0_u32; BINS];
            for x in &src.data[src.row(row)] {
                let rest = x.to_bits() >> (u8::BITS as usize * byte);
                counts[rest as usize % BINS] += u32::from(rest >> u8::BITS == prefix);
            }
            let mut sum = 0;
            let range = dst.row(row);
            for (d, count) in dst.data[range].iter_mut().zip(counts) {
                sum += count;
                *d = sum;
            }
        }
    }
}
