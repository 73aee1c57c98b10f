//! Comparing and choosing: TCMP, TSEL. A mask has one bit an element.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::{mismatch, same_region, take_region};
use super::operand::{ElemOf, Like, VectorTile};
use crate::chip::{A2A3, A5};
use crate::compute::wide::Wide;
use crate::event::{Live, Read, RecordEvent, Scratch, Write};
use crate::op::{Op, TCmp, TSel};
use crate::sealed::{INNER, Sealed};
use crate::tile::layout::InOrder;
use crate::tile::{AnyTile, Dtype, RowMajor, Tile, Valid, space};
use crate::unit::{Dst, Semantics, Site, Src, Unseen};

/// How [`tcmp`] compares. A NaN is unequal to everything, and neither less nor greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmpMode {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less or equal.
    Le,
}

impl CmpMode {
    /// Every mode; an op's immediate is the index.
    pub const ALL: [CmpMode; 6] =
        [CmpMode::Eq, CmpMode::Ne, CmpMode::Lt, CmpMode::Gt, CmpMode::Ge, CmpMode::Le];
}

/// `Self` holds one bit for each element of `D`: bit `j % BITS` of word `j / BITS` of row `i`, where a word has `BITS` bits.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a mask for {D}",
    label = "expected a tile of the same rows, of u8 on a2a3 and u32 on a5",
    note = "a mask of a `VecTile<T, R, C>` is a `VecTile<u8, R, W>` with 8 * W >= C on a2a3, a `VecTile<u32, R, W>` with 32 * W >= C on a5"
)]
pub trait MaskOf<D>: Sealed {}

macro_rules! masks {
    ($($ch:ident of $word:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, const W: usize, L, LM, V: Valid, M: Valid>
            MaskOf<Tile<'k, space::Vec, T, R, C, L, V, $ch>>
            for Tile<'k, space::Vec, $word, R, W, LM, M, $ch>
        where
            L: InOrder<RowMajor>,
            LM: InOrder<RowMajor>,
        {
        }
    )*};
}

masks! {
    A2A3 of u8;
    A5 of u32;
}

/// Whether mask `M` is as wide as tile `D`.
const fn wide_enough<'k, M: AnyTile<'k>, D: AnyTile<'k>>() -> bool {
    M::TYPE.shape().1 * bits::<M::Elem>() >= D::TYPE.shape().1
}

/// Bits of a word.
const fn bits<M>() -> usize {
    8 * size_of::<M>()
}

/// The words of a mask for the region `valid`.
const fn words<M>((rows, cols): (usize, usize)) -> (usize, usize) {
    (rows, cols.div_ceil(bits::<M>()))
}

/// Stops the kernel where `mask` holds less than the region `needed`.
#[inline(always)]
fn covers<'k, O: Op>(mask: &impl AnyTile<'k>, needed: (usize, usize), at: Site) {
    let (rows, cols) = mask.valid();
    if rows < needed.0 || cols < needed.1 {
        mismatch::<O>(mask, needed, at);
    }
}

#[tilesync_macros::op(TCmp("TCMP") "mask[i,j] = src0[i,j] compared with src1[i,j], as mode says" a2a3 [f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// `mask[i,j]` is a bit, and bits are packed: see [`MaskOf`]. A dynamic `mask` takes the words that hold the valid region; a mask with a fixed region
/// must be at least as large, and its other bits become 0. A mask too narrow for the tile's columns fails the build.
///
/// PTO has i32 on a2a3 too, but there it compares for equality whatever the mode, and so it is left out.
///
/// # Errors
///
/// If the sources' valid regions differ, or `mask` has too small a region, the kernel stops with a [`Fault`](crate::Fault).
pub fn tcmp<'k, M, S0, S1>(
    mask: M,
    src0: &S0,
    src1: &S1,
    mode: CmpMode,
) -> RecordEvent<TCmp, Live<M::Tile>>
where
    M: Write<'k, TCmp, Tile: MaskOf<S0::Tile>>,
    S0: Read<'k, TCmp, Tile: VectorTile<'k, TCmp>>,
    S1: Read<'k, TCmp, Tile: Like<S0::Tile>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, S0::Tile>(),
            "the mask of `tcmp` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut mask, src0, src1) = (mask.into_tile(INNER), src0.data_of(INNER), src1.data_of(INNER));
    same_region::<TCmp>(src0, src1.valid(), at);
    let needed = words::<ElemOf<'k, M>>(src0.valid());
    if !mask.set_valid(needed) {
        covers::<TCmp>(&mask, needed, at);
    }
    let operands = [mask.operand(), src0.operand(), src1.operand()];
    let unit = mask.core().unit();
    unit.issue::<TCmp, Wide<Compared<ElemOf<'k, M>, <S0::Tile as AnyTile<'k>>::Elem>>>(
        &operands,
        1,
        mode as u64,
        at,
    );
    RecordEvent::new(Live(mask))
}

#[tilesync_macros::op(TSel("TSEL") "dst[i,j] = mask[i,j] ? src0[i,j] : src1[i,j]" a2a3 [i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32])]
/// The mask is as [`tcmp`] writes it. The device needs `tmp`, a scratch tile of any shape.
///
/// # Errors
///
/// If the sources' valid regions differ, `dst` cannot take them, or `mask` holds less, the kernel stops with a
/// [`Fault`](crate::Fault).
///
/// PTO's golden data has another order of bits where a mask is wider than its tile: see
/// [docs/golden.md](https://github.com/tilesync/tilesync/blob/main/docs/golden.md).
pub fn tsel<'k, D, M, S0, S1, X>(
    dst: D,
    mask: &M,
    src0: &S0,
    src1: &S1,
    tmp: &mut X,
) -> RecordEvent<TSel, Live<D::Tile>>
where
    D: Write<'k, TSel, Tile: VectorTile<'k, TSel>>,
    M: Read<'k, TSel, Tile: MaskOf<D::Tile>>,
    S0: Read<'k, TSel, Tile: Like<D::Tile>>,
    S1: Read<'k, TSel, Tile: Like<D::Tile>>,
    X: Scratch<'k, TSel, Tile: VectorTile<'k, TSel>>,
{
    const {
        assert!(
            wide_enough::<M::Tile, D::Tile>(),
            "the mask of `tsel` has fewer bits than the tile has columns"
        );
    }
    let at = Location::caller();
    let (mut dst, mask) = (dst.into_tile(INNER), mask.data_of(INNER));
    let (src0, src1) = (src0.data_of(INNER), src1.data_of(INNER));
    take_region::<TSel>(&mut dst, src0.valid(), at);
    same_region::<TSel>(&dst, src1.valid(), at);
    covers::<TSel>(mask, words::<<M::Tile as AnyTile<'k>>::Elem>(dst.valid()), at);
    let tmp = tmp.scratch(INNER).operand();
    let operands = [dst.operand(), tmp, mask.operand(), src0.operand(), src1.operand()];
    let unit = dst.core().unit();
    unit.issue::<TSel, Wide<Selected<ElemOf<'k, D>, <M::Tile as AnyTile<'k>>::Elem>>>(
        &operands, 2, 0, at,
    );
    RecordEvent::new(Live(dst))
}

/// Bits of `M` = `S` compared with `S`.
struct Compared<M, S>(PhantomData<(M, S)>);

impl<M: Dtype, S: Dtype> Semantics for Compared<M, S> {
    type Views<'a> = (Dst<'a, M>, Src<'a, S>, Src<'a, S>);

    #[inline(always)]
    fn run((mut mask, src0, src1): Self::Views<'_>, imm: u64) {
        match CmpMode::ALL[imm as usize] {
            CmpMode::Eq => compare(&mut mask, &src0, &src1, |x, y| x == y),
            CmpMode::Ne => compare(&mut mask, &src0, &src1, |x, y| x != y),
            CmpMode::Lt => compare(&mut mask, &src0, &src1, |x, y| x < y),
            CmpMode::Gt => compare(&mut mask, &src0, &src1, |x, y| x > y),
            CmpMode::Ge => compare(&mut mask, &src0, &src1, |x, y| x >= y),
            CmpMode::Le => compare(&mut mask, &src0, &src1, |x, y| x <= y),
        }
    }
}

#[inline(always)]
fn compare<M: Dtype, S: Dtype>(
    mask: &mut Dst<'_, M>,
    src0: &Src<'_, S>,
    src1: &Src<'_, S>,
    holds: impl Fn(&S, &S) -> bool,
) {
    for row in 0..mask.valid.0 {
        let words = mask.row(row);
        let words = &mut mask.data[words];
        words.fill(M::ZERO);
        if row < src0.valid.0 {
            let (x, y) = (&src0.data[src0.row(row)], &src1.data[src1.row(row)]);
            for ((word, x), y) in
                words.iter_mut().zip(x.chunks(bits::<M>())).zip(y.chunks(bits::<M>()))
            {
                let pairs = x.iter().zip(y).enumerate();
                *word = M::from_bits(
                    pairs.fold(0, |word, (bit, (x, y))| word | u64::from(holds(x, y)) << bit),
                );
            }
        }
    }
}

/// `dst` = `src0` where the bit is set, else `src1`. The second operand is the device's scratch tile.
struct Selected<T, M>(PhantomData<(T, M)>);

impl<T: Dtype, M: Dtype> Semantics for Selected<T, M> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, M>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, mask, src0, src1): Self::Views<'_>, _: u64) {
        for row in 0..dst.valid.0 {
            let range = dst.row(row);
            let (x, y) = (&src0.data[range.clone()], &src1.data[range.clone()]);
            let words = &mask.data[mask.row(row)];
            let word_bits = bits::<M>();
            let pairs = x.chunks(word_bits).zip(y.chunks(word_bits));
            let chunks = dst.data[range].chunks_mut(word_bits).zip(pairs);
            for (word, (d, (x, y))) in words.iter().zip(chunks) {
                let word = word.to_bits();
                for (bit, ((d, x), y)) in d.iter_mut().zip(x).zip(y).enumerate() {
                    *d = if word >> bit & 1 == 1 { *x } else { *y };
                }
            }
        }
    }
}
