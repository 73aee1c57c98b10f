//! Semantics of comparing and choosing. A mask has one bit an element, packed into words.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Dtype;

/// How [`tcmp`](crate::isa::tcmp) and [`tcmps`](crate::isa::tcmps) compare. A NaN is unequal to everything, and neither less nor greater.
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

/// Bits of a word.
pub(crate) const fn bits<M>() -> usize {
    8 * size_of::<M>()
}

/// What elements are compared with, row by row.
trait Other<S> {
    /// For `count` neighbours in row `row`, the first of them in column `col`.
    fn beside(&self, row: usize, col: usize, count: usize) -> impl Iterator<Item = S>;
}

impl<S: Dtype> Other<S> for Src<'_, S> {
    #[inline(always)]
    fn beside(&self, row: usize, col: usize, count: usize) -> impl Iterator<Item = S> {
        let start = row * self.shape.1 + col;
        self.data[start..start + count].iter().copied()
    }
}

/// The same element for all.
struct Same<S>(S);

impl<S: Dtype> Other<S> for Same<S> {
    #[inline(always)]
    fn beside(&self, _: usize, _: usize, count: usize) -> impl Iterator<Item = S> {
        std::iter::repeat_n(self.0, count)
    }
}

/// Sets the bits of the elements of `src` for which the comparison holds, and no other ones.
#[inline(always)]
fn compare<M: Dtype, S: Dtype>(
    mask: &mut Dst<'_, M>,
    src: &Src<'_, S>,
    other: &impl Other<S>,
    mode: CmpMode,
) {
    match mode {
        CmpMode::Eq => compare_as(mask, src, other, |x, y| x == y),
        CmpMode::Ne => compare_as(mask, src, other, |x, y| x != y),
        CmpMode::Lt => compare_as(mask, src, other, |x, y| x < y),
        CmpMode::Gt => compare_as(mask, src, other, |x, y| x > y),
        CmpMode::Ge => compare_as(mask, src, other, |x, y| x >= y),
        CmpMode::Le => compare_as(mask, src, other, |x, y| x <= y),
    }
}

#[inline(always)]
fn compare_as<M: Dtype, S: Dtype>(
    mask: &mut Dst<'_, M>,
    src: &Src<'_, S>,
    other: &impl Other<S>,
    holds: impl Fn(S, S) -> bool,
) {
    for row in 0..mask.valid.0 {
        let words = mask.row(row);
        let words = &mut mask.data[words];
        words.fill(M::ZERO);
        if row < src.valid.0 {
            let chunks = src.data[src.row(row)].chunks(bits::<M>()).enumerate();
            for (word, (at, x)) in words.iter_mut().zip(chunks) {
                let others = other.beside(row, at * bits::<M>(), x.len());
                let pairs = x.iter().zip(others).enumerate();
                *word = M::from_bits(
                    pairs.fold(0, |word, (bit, (x, y))| word | u64::from(holds(*x, y)) << bit),
                );
            }
        }
    }
}

/// Bits of `M` = `S` compared with `S`, as the immediate says.
pub(crate) struct Compared<M, S>(PhantomData<(M, S)>);

impl<M: Dtype, S: Dtype> Semantics for Compared<M, S> {
    type Views<'a> = (Dst<'a, M>, Src<'a, S>, Src<'a, S>);

    #[inline(always)]
    fn run((mut mask, src0, src1): Self::Views<'_>, imm: u64) {
        compare(&mut mask, &src0, &src1, CmpMode::ALL[imm as usize]);
    }
}

/// Bits of `M` = `S` compared with the first element of another tile, as the immediate says.
pub(crate) struct ComparedFirst<M, S>(PhantomData<(M, S)>);

impl<M: Dtype, S: Dtype> Semantics for ComparedFirst<M, S> {
    type Views<'a> = (Dst<'a, M>, Src<'a, S>, Src<'a, S>);

    #[inline(always)]
    fn run((mut mask, src0, src1): Self::Views<'_>, imm: u64) {
        if let Some(first) = src1.data.first() {
            compare(&mut mask, &src0, &Same(*first), CmpMode::ALL[imm as usize]);
        }
    }
}

/// Bits of `M` = `S` compared with the immediate, as `MODE` says.
pub(crate) struct ComparedScalar<const MODE: u8, M, S>(PhantomData<(M, S)>);

impl<const MODE: u8, M: Dtype, S: Dtype> Semantics for ComparedScalar<MODE, M, S> {
    type Views<'a> = (Dst<'a, M>, Src<'a, S>);

    #[inline(always)]
    fn run((mut mask, src): Self::Views<'_>, imm: u64) {
        let mode = const { CmpMode::ALL[MODE as usize] };
        compare(&mut mask, &src, &Same(S::from_bits(imm)), mode);
    }
}

/// `dst` = `src` where the bit is set, else `other`.
#[inline(always)]
fn select<T: Dtype, M: Dtype>(
    dst: &mut Dst<'_, T>,
    mask: &Src<'_, M>,
    src: &Src<'_, T>,
    other: &impl Other<T>,
) {
    for row in 0..dst.valid.0 {
        let range = dst.row(row);
        let words = &mask.data[mask.row(row)];
        let chunks = dst.data[range.clone()].chunks_mut(bits::<M>());
        let chunks = chunks.zip(src.data[range].chunks(bits::<M>())).enumerate();
        for (word, (at, (d, x))) in words.iter().zip(chunks) {
            let word = word.to_bits();
            let others = other.beside(row, at * bits::<M>(), d.len());
            for (bit, ((d, x), y)) in d.iter_mut().zip(x).zip(others).enumerate() {
                *d = if word >> bit & 1 == 1 { *x } else { y };
            }
        }
    }
}

/// `dst` = `src0` where the bit is set, else `src1`. The second operand is the device's scratch tile.
pub(crate) struct Selected<T, M>(PhantomData<(T, M)>);

impl<T: Dtype, M: Dtype> Semantics for Selected<T, M> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, M>, Src<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((mut dst, _, mask, src0, src1): Self::Views<'_>, _: u64) {
        select(&mut dst, &mask, &src0, &src1);
    }
}

/// `dst` = `src` where the bit is set, else the immediate. The second operand is the device's scratch tile.
pub(crate) struct SelectedScalar<T, M>(PhantomData<(T, M)>);

impl<T: Dtype, M: Dtype> Semantics for SelectedScalar<T, M> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, M>, Src<'a, T>);

    #[inline(always)]
    fn run((mut dst, _, mask, src): Self::Views<'_>, imm: u64) {
        select(&mut dst, &mask, &src, &Same(T::from_bits(imm)));
    }
}
