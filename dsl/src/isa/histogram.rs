//! Bytes counted: THISTOGRAM.

use super::declare::scope::*;
use super::issuing::{mismatch, take_region};
use super::operand::{RowMajorTile, dtypes};
use crate::chip::Chip;
use crate::compute::histogram::{BINS, Histogram};
use crate::compute::wide::Wide;
use crate::op::*;
use crate::sealed::{INNER, Sealed};
use crate::tile::{ColMajor, RowMajor, Tile, Valid, space};

macro_rules! bytes {
    ($($(#[$doc:meta])* $name:ident = $index:literal of $($elem:ident)*;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Sealed for $name {}
        $(
            #[diagnostic::do_not_recommend]
            impl ByteOf<$elem> for $name {
                const INDEX: usize = $index;
            }
        )*
    )*};
}

/// A byte of an element of type `T`, for [`thistogram`].
#[diagnostic::on_unimplemented(
    message = "{T} has no `{Self}`",
    label = "not a byte of {T}",
    note = "a u16 has `Byte1` and `Byte0`, a u32 has `Byte3` to `Byte0`"
)]
pub trait ByteOf<T>: Sealed {
    /// How many bytes are below it.
    const INDEX: usize;
}

bytes! {
    /// The lowest byte.
    Byte0 = 0 of u16 u32;
    /// The highest byte of a u16.
    Byte1 = 1 of u16 u32;
    /// The second highest byte of a u32.
    Byte2 = 2 of u32;
    /// The highest byte of a u32.
    Byte3 = 3 of u32;
}

/// `Self` holds the counts of the bytes of each row of `S`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold a histogram for each row of {S}",
    label = "expected a row-major tile of u32 with as many rows",
    note = "for a `VecTile<u16, R, C>` that is a `VecTile<u32, R, 256>`"
)]
pub trait HistogramOf<S>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, L, V: Valid, const N: usize, W: Valid, Ch: Chip>
    HistogramOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, u32, R, N, RowMajor, W, Ch>
{
}

/// `Self` says which bytes the elements of `S` must have above the one that a histogram looks at.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not filter the elements of {S}",
    label = "not a filter for these elements",
    note = "for a `VecTile<u16, R, C>` the filter is a `VecCol<u8, N>` with as many valid rows, for a `VecTile<u32, R, C>` a row-major tile of u8"
)]
pub trait HistogramFilter<S>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, const R: usize, const C: usize, L, V: Valid, const N: usize, W: Valid, Ch: Chip>
    HistogramFilter<Tile<'k, space::Vec, u16, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, u8, N, 1, ColMajor, W, Ch>
{
}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, const R: usize, const C: usize, L, V: Valid, const N: usize, const M: usize, W: Valid, Ch: Chip>
    HistogramFilter<Tile<'k, space::Vec, u32, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, u8, N, M, RowMajor, W, Ch>
{
}

dtypes!(THistogram: a2a3 [] a5 [u16 u32]);

/// How many bytes are above `B` in an element of `S`.
const fn above<'k, S: AnyTile<'k>, B: ByteOf<S::Elem>>() -> usize {
    size_of::<S::Elem>() - 1 - B::INDEX
}

/// Whether `F` has as many rows as `B` needs.
const fn filters<'k, F: AnyTile<'k>, S: AnyTile<'k>, B: ByteOf<S::Elem>>() -> bool {
    F::TYPE.shape().0 >= above::<S, B>()
}

#[tilesync_macros::op(THistogram("THISTOGRAM") "dst[i,b] = how many j have byte k of src[i,j] <= b, and the bytes above it as in filter" a2a3 "" a5 "u16 u32")]
/// A pass of a radix sort, from the highest byte down. The counts add up over the bins, on the device as here; PTO's page says that they do not.
///
/// The filter says what the bytes above byte k, which is `Byte0` to `Byte3`, must be. Of u16 it is a column with one byte for each row of
/// `src`; of u32 it is a row-major tile with one row for each byte from the highest down, of which the first element counts: with fewer
/// rows the build fails. For the highest byte nothing is filtered.
///
/// `dst` takes the valid rows of `src`, and 256 columns.
///
/// # Errors
///
/// If `dst` cannot take them, or `filter` has fewer valid rows, the kernel stops with a [`Fault`](crate::Fault).
pub fn thistogram<'k, D, S, F, B>(
    dst: D,
    src: &S,
    filter: &F,
    _: B,
) -> RecordEvent<THistogram, Live<D::Tile>>
where
    D: Write<'k, THistogram, Tile: HistogramOf<S::Tile>>,
    S: Read<'k, THistogram, Tile: VectorTile<'k, THistogram> + RowMajorTile>,
    F: Read<'k, THistogram, Tile: AnyTile<'k> + HistogramFilter<S::Tile>>,
    B: ByteOf<ElemOf<'k, S>>,
{
    const {
        assert!(
            filters::<F::Tile, S::Tile, B>(),
            "the filter of `thistogram` needs a row for each byte above the one that is counted"
        );
    }
    let at = Location::caller();
    let (mut dst, src, filter) = (dst.into_tile(INNER), src.data_of(INNER), filter.data_of(INNER));
    let rows = src.valid().0;
    take_region::<THistogram>(&mut dst, (rows, BINS), at);
    let needed = match above::<S::Tile, B>() {
        above if above > 0 && size_of::<ElemOf<'k, S>>() == 2 => rows,
        above => above,
    };
    let (has, cols) = filter.valid();
    if has < needed || needed > 0 && cols == 0 {
        mismatch::<THistogram>(filter, (needed, 1), at);
    }
    let operands = [dst.operand(), src.operand(), filter.operand()];
    let unit = dst.core().unit();
    let byte = B::INDEX as u64;
    unit.issue::<THistogram, Wide<Histogram<ElemOf<'k, S>>>>(&operands, 1, byte, at);
    RecordEvent::new(Live(dst))
}
