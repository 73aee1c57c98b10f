//! Data made of nothing: TTRI, TCI, TRANDOM.

use super::arg::ArgIndex;
use super::declare::scope::*;
use super::operand::{RowMajorTile, needs_scratch};
use crate::compute::generate::{Counted, Random, Triangular, triangle};
use crate::compute::scratch::WithScratch;
use crate::compute::wide::Wide;
use crate::op::*;
use crate::program::Operand;
use crate::sealed::INNER;
use crate::tile::Int;

/// Which side of the diagonal has ones for [`ttri`]; the diagonal has them, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Triangle {
    /// Where `j <= i + diagonal`.
    Lower,
    /// Where `j >= i + diagonal`.
    Upper,
}

#[tilesync_macros::op(TTri("TTRI") "dst[i,j] = 1 on one side of a diagonal, 0 on the other" a2a3 [i16 u16 i32 u32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// The diagonal is where `j = i + diagonal`. In the valid region that `dst` has. A free tile is valid as a whole;
/// [`Tile::with_valid`](crate::Tile::with_valid) chooses another region.
pub fn ttri<'k, D>(dst: D, side: Triangle, diagonal: i32) -> RecordEvent<TTri, Live<D::Tile>>
where
    D: Write<'k, TTri, Tile: VectorTile<'k, TTri> + RowMajorTile>,
{
    let dst = dst.into_tile(INNER);
    let unit = dst.core().unit();
    let imm = triangle(diagonal, side == Triangle::Upper);
    let operands = [dst.operand()];
    unit.issue::<TTri, Wide<Triangular<ElemOf<'k, D>>>>(&operands, 1, imm, Location::caller());
    RecordEvent::new(Live(dst))
}

/// Which way [`tci`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counting {
    /// `start`, `start + 1`, ..
    Up,
    /// `start`, `start - 1`, ..
    Down,
}

/// Whether `D` has one row.
const fn is_row<'k, D: AnyTile<'k>>() -> bool {
    D::TYPE.shape().0 == 1
}

#[tilesync_macros::op(TCi("TCI") "dst[0,j] = start + j, or start - j" a2a3 [i16 u16 i32 u32] a5 [i16 u16 i32 u32])]
/// The numbers wrap. `dst` has one row, else the build fails; it keeps the valid region that it has.
///
/// The scalar pipe writes them one by one. [`tci_vector`] is many times faster, and needs a scratch tile.
pub fn tci<'k, D>(dst: D, start: ElemOf<'k, D>, way: Counting) -> RecordEvent<TCi, Live<D::Tile>>
where
    D: Write<'k, TCi, Tile: VectorTile<'k, TCi, Elem: Int> + RowMajorTile>,
{
    const { assert!(is_row::<D::Tile>(), "a tile of `tci` has one row") }
    let dst = dst.into_tile(INNER);
    let (unit, operands, imm) = (dst.core().unit(), [dst.operand()], start.to_bits());
    let at = Location::caller();
    match way {
        Counting::Up => {
            unit.issue::<TCi, Wide<Counted<ElemOf<'k, D>, false>>>(&operands, 1, imm, at);
        }
        Counting::Down => {
            unit.issue::<TCi, Wide<Counted<ElemOf<'k, D>, true>>>(&operands, 1, imm, at);
        }
    }
    RecordEvent::new(Live(dst))
}

/// Whether scratch tile `X` suffices to count in `D`: PTO's numbers.
const fn counts<'k, X: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    let needed = if D::TYPE.dtype.size() == 4 { 768 } else { 1_792 };
    !needs_scratch::<D>() || X::TYPE.bytes() >= needed
}

#[tilesync_macros::op(Vector("TCI") "dst[0,j] = start + j, or start - j" a2a3 "i16 u16 i32 u32" a5 "i16 u16 i32 u32")]
/// As [`tci`], on the vector pipe. PTO's table has TCI on the scalar pipe, whichever form is called, and so this one is recorded as an op of
/// the class [`Vector`], where it runs.
///
/// a2a3 needs `tmp`, a scratch tile of i32 or u32 with 768 bytes, or 1792 for 16-bit numbers: a smaller one fails the build.
pub fn tci_vector<'k, D, X>(
    dst: D,
    start: ElemOf<'k, D>,
    way: Counting,
    tmp: &mut X,
) -> RecordEvent<Vector, Live<D::Tile>>
where
    D: Write<'k, Vector, Tile: VectorTile<'k, TCi, Elem: Int> + RowMajorTile>,
    X: Scratch<'k, Vector, Tile: VectorTile<'k, TCi, Elem: ArgIndex>>,
{
    const {
        assert!(is_row::<D::Tile>(), "a tile of `tci_vector` has one row");
        assert!(counts::<X::Tile, D::Tile>(), "the scratch tile of `tci_vector` is too small");
    }
    let dst = dst.into_tile(INNER);
    let unit = dst.core().unit();
    let operands = [dst.operand(), tmp.scratch(INNER).operand()];
    let (imm, at) = (start.to_bits(), Location::caller());
    match way {
        Counting::Up => {
            unit.issue::<Vector, Wide<WithScratch<Counted<ElemOf<'k, D>, false>>>>(
                &operands, 2, imm, at,
            );
        }
        Counting::Down => {
            unit.issue::<Vector, Wide<WithScratch<Counted<ElemOf<'k, D>, true>>>>(
                &operands, 2, imm, at,
            );
        }
    }
    RecordEvent::new(Live(dst))
}

/// How often [`trandom`] mixes what it counts: PTO's `Rounds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounds {
    /// The fewest that pass the tests of randomness.
    Seven = 7,
    /// PTO's default.
    Ten = 10,
}

#[tilesync_macros::op(TRandom("TRANDOM") "dst[i,j] = word j mod 4 of philox4x32(key, counter + n[i] + j / 4)" a2a3 [] a5 [i32 u32])]
/// Random numbers, which the key and the counter alone determine: the cipher Philox4x32 of Random123, its four words side by side. Both start
/// with their least word.
///
/// In the valid region that `dst` has. The first row counts from the counter on, n\[0\] = 0; each further row from where the device has come
/// to, which skips numbers: n\[i+1\] = n\[i\] + 64 * (k - 1) + (cols - 1) mod 64 + 1, with cols valid columns, and k their 256s, rounded up.
pub fn trandom<'k, D>(
    dst: D,
    key: [u32; 2],
    counter: [u32; 4],
    rounds: Rounds,
) -> RecordEvent<TRandom, Live<D::Tile>>
where
    D: Write<'k, TRandom, Tile: VectorTile<'k, TRandom, Elem: Int> + RowMajorTile>,
{
    let dst = dst.into_tile(INNER);
    let [k0, k1] = key.map(Operand::word);
    let [c0, c1, c2, c3] = counter.map(Operand::word);
    let operands = [dst.operand(), k0, k1, c0, c1, c2, c3];
    let (unit, at) = (dst.core().unit(), Location::caller());
    unit.issue::<TRandom, Wide<Random<ElemOf<'k, D>>>>(&operands, 1, rounds as u64, at);
    RecordEvent::new(Live(dst))
}
