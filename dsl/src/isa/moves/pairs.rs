//! Pairs of four bits that lie along the rows of a tile in L1, to pairs along the columns: what a right factor is made of.

use std::marker::PhantomData;

use crate::chip::A5;
use crate::isa::declare::scope::*;
use crate::isa::issuing::{mismatch, take_region};
use crate::memory::{Dst, Semantics, Src};
use crate::op::TMovM2R;
use crate::sealed::INNER;
use crate::tile::pair::Pair;
use crate::tile::{F4E1M2x2, F4E2M1x2, Nz, Tile, Valid, Zn, space};

/// `Self` takes the pairs of `S`, along its own columns.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not filled from {S} by `tmov_x2`",
    label = "expected a `RightTile` of pairs from a `MatTile` of the same, in NZ",
    note = "a `MatTile<F4E2M1x2, K, N>` goes to a `RightTile<F4E2M1x2, L, M>` with K = 2 * L and M = 2 * N, on a5"
)]
pub trait PairsAcross<S> {}

macro_rules! pairs {
    ($($t:ident)*) => {$(
        #[rustfmt::skip]
        impl<'k, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid>
            PairsAcross<Tile<'k, space::Mat, $t, RS, CS, Nz, VS, A5>> for Tile<'k, space::Right, $t, R, C, Zn, V, A5>
        {
        }
    )*};
}

pairs!(F4E2M1x2 F4E1M2x2);

#[tilesync_macros::op(TMovM2R("TMOV") "dst[i/2,j] = src[i,j], elements of four bits" a2a3 "" a5 "F4E2M1x2, F4E1M2x2")]
/// A row-major matrix of four bits has its pairs along the rows; the right factor of an MX product wants them along k, its columns. One that
/// is column-major has them there: [`tmov`](crate::isa::tmov) takes it as it is.
///
/// `dst` takes half as many valid rows as `src` has, and twice as many columns.
///
/// # Errors
///
/// Where `dst` cannot, or `src` has an odd number of rows, the kernel stops with a [`Fault`](crate::Fault) that names this line.
pub fn tmov_x2<'k, D, S>(dst: D, src: &S) -> RecordEvent<TMovM2R, Live<D::Tile>>
where
    D: Write<'k, TMovM2R, Tile: AnyTile<'k> + PairsAcross<S::Tile>>,
    S: Read<'k, TMovM2R, Tile: AnyTile<'k, Elem: PairElement>>,
{
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    if !rows.is_multiple_of(2) {
        mismatch::<TMovM2R>(src, (rows - 1, cols), at);
    }
    take_region::<TMovM2R>(&mut dst, (rows / 2, cols * 2), at);
    let operands = [dst.operand(), src.operand()];
    src.core().unit().issue::<TMovM2R, Across<ElemOf<'k, S>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// A pair of floats.
#[allow(private_bounds, reason = "how it is read is nobody else's business")]
pub trait PairElement: Dtype + Pair {}

impl PairElement for F4E2M1x2 {}
impl PairElement for F4E1M2x2 {}

/// Pairs along rows to pairs along columns.
struct Across<T>(PhantomData<T>);

impl<T: PairElement> Semantics for Across<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    fn run((dst, src): Self::Views<'_>, _: u64) {
        let (rows, cols) = dst.valid;
        for (row, col) in (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))) {
            let number = |row| src.data[src.index(row, col / 2, 1)].parts()[col % 2];
            dst.data[dst.index(row, col, 1)] = T::of(number(2 * row), number(2 * row + 1));
        }
    }
}
