//! TCVT from and to elements of four bits, two in a byte.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::take_region;
use super::operand::ElemOf;
use crate::chip::{A2A3, A5, Chip};
use crate::compute::round::{RoundMode, Rounded, odd};
use crate::event::{Live, Read, RecordEvent, Write};
use crate::memory::{Dst, Semantics, Src};
use crate::op::TCvt;
use crate::sealed::INNER;
use crate::tile::layout::{InOrder, Placed};
use crate::tile::pair::Pair;
use crate::tile::{AnyTile, Dtype, F4E1M2x2, F4E2M1x2, I4x2, RowMajor, Tile, Valid, space};

/// `TCVT` converts between `Src` and `Self` on chip `Ch`, one of which is a pair. The types are those of [`tcvt_x2`].
#[diagnostic::on_unimplemented(
    message = "{Ch} does not convert {Src} to {Self}, two elements in a byte",
    label = "no such conversion on {Ch}",
    note = "a2a3 has f16 and `I4x2`, a5 has bf16 and `F4E2M1x2` or `F4E1M2x2`, from either to the other"
)]
#[allow(private_bounds, reason = "how a pair is read is nobody else's business")]
pub trait PairFrom<Src, Ch>: Dtype {
    /// Converts a line.
    #[doc(hidden)]
    fn line(dst: &mut [Self], src: &[Src], mode: RoundMode);
    /// Columns that become of so many of the source.
    #[doc(hidden)]
    fn cols(src: usize) -> usize;
}

macro_rules! pairs {
    ($($ch:ident: $($wide:ident $pair:ident),*;)*) => {$($(
        impl PairFrom<$wide, $ch> for $pair {
            fn line(dst: &mut [$pair], src: &[$wide], mode: RoundMode) {
                for (to, [low, high]) in dst.iter_mut().zip(src.as_chunks().0) {
                    *to = Pair::of(rounded::<_, $pair>(*low, mode), rounded::<_, $pair>(*high, mode));
                }
            }
            fn cols(src: usize) -> usize {
                src / 2
            }
        }

        impl PairFrom<$pair, $ch> for $wide {
            fn line(dst: &mut [$wide], src: &[$pair], _: RoundMode) {
                for (to, from) in dst.as_chunks_mut::<2>().0.iter_mut().zip(src) {
                    *to = from.parts().map(|x| $wide::from_f64(x));
                }
            }
            fn cols(src: usize) -> usize {
                src * 2
            }
        }
    )*)*};
}

pairs! {
    A2A3: f16 I4x2;
    A5: bf16 F4E2M1x2, bf16 F4E1M2x2;
}

/// The number of four bits that `x` becomes: saturated, and 0 for a NaN.
#[inline(always)]
fn rounded<S: Rounded, P: Pair>(x: S, mode: RoundMode) -> f64 {
    let exact = x.to_f64();
    let bounded = if exact.is_nan() { 0.0 } else { exact.clamp(P::LEAST, P::MOST) };
    let step = P::step(bounded);
    let count = bounded / step;
    let count = match mode {
        RoundMode::Rint => count.round_ties_even(),
        RoundMode::Round => count.round(),
        RoundMode::Floor => count.floor(),
        RoundMode::Ceil => count.ceil(),
        RoundMode::Trunc => count.trunc(),
        RoundMode::Odd => odd(count),
    };
    count * step
}

#[tilesync_macros::op(TCvt("TCVT") "dst[i,j] = src[i,j], elements of four bits, rounded as mode says"
    a2a3 "f16 to I4x2, I4x2 to f16" a5 "bf16 to F4E2M1x2 and F4E1M2x2, and back")]
/// One of the two tiles is of pairs, and has half as many columns as the other; both are row-major. From f16 to [`I4x2`] and back on
/// a2a3; from bf16 to [`F4E2M1x2`] or [`F4E1M2x2`] and back on a5. To four bits an element is rounded as `mode` says, and saturates; a NaN
/// becomes 0. From four bits it is exact.
///
/// `dst` takes the valid region of `src`, in its own columns; of an odd one that becomes pairs the last column is left out, as on the
/// device. Where `dst` cannot, the kernel stops with a [`Fault`](crate::Fault).
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     x: Event<TLoad, Vector, Live<VecTile<'k, bf16, 16, 128, Full, A5>>>,
/// #     packed: VecTile<'k, F4E2M1x2, 16, 64, Full, A5>,
/// # ) {
/// let packed = tcvt_x2(packed, &x, RoundMode::Rint);
/// # let _ = (packed, x);
/// # }
/// ```
pub fn tcvt_x2<'k, D, S>(dst: D, src: &S, mode: RoundMode) -> RecordEvent<TCvt, Live<D::Tile>>
where
    D: Write<'k, TCvt>,
    S: Read<'k, TCvt, Tile: RowsOf<D::Tile> + AnyTile<'k>>,
    ElemOf<'k, D>: PairFrom<ElemOf<'k, S>, <D::Tile as AnyTile<'k>>::Chip>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    take_region::<TCvt>(&mut dst, (rows, ElemOf::<'k, D>::cols(cols)), at);
    let operands = [dst.operand(), src.operand()];
    let unit = dst.core().unit();
    type ChipOf<'k, D> = <D as AnyTile<'k>>::Chip;
    unit.issue::<TCvt, Packed<ElemOf<'k, S>, ElemOf<'k, D>, ChipOf<'k, D::Tile>>>(
        &operands,
        1,
        mode as u64,
        at,
    );
    RecordEvent::new(Live(dst))
}

/// `Self` and `D` are row-major tiles in the `Vec` space with as many rows.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D}",
    label = "expected a `VecTile` with the rows of the destination"
)]
pub trait RowsOf<D> {}

#[diagnostic::do_not_recommend]
impl<'k, T, U, const R: usize, const C: usize, const D: usize, V: Valid, W: Valid, Ch: Chip, L, LD>
    RowsOf<Tile<'k, space::Vec, U, R, D, L, W, Ch>> for Tile<'k, space::Vec, T, R, C, LD, V, Ch>
where
    L: InOrder<RowMajor> + Placed,
    LD: InOrder<RowMajor> + Placed,
{
}

/// `dst = src`, one of which is of pairs.
struct Packed<S, D, Ch>(PhantomData<(S, D, Ch)>);

impl<S: Dtype, D: PairFrom<S, Ch>, Ch: Chip> Semantics for Packed<S, D, Ch> {
    type Views<'a> = (Dst<'a, D>, Src<'a, S>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let mode = RoundMode::ALL[imm as usize];
        let (rows, cols) = dst.valid;
        for row in 0..rows {
            let (to, from) = (row * dst.shape.1, row * src.shape.1);
            D::line(&mut dst.data[to..to + cols], &src.data[from..from + src.valid.1], mode);
        }
    }
}
