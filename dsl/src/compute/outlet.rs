//! What FIX makes of the elements of an accumulator, and the loops that take them to another tile.

use std::marker::PhantomData;

use super::copies::Windows;
use super::round::{Nearest, Rounded};
use crate::memory::{Dst, Semantics, Src, TileView};
use crate::tile::layout::FRACTAL_ROWS;
use crate::tile::{Dtype, DtypeId, LayoutId};

/// Elements of a row of an accumulator that lie side by side.
pub(crate) const LINE: usize = FRACTAL_ROWS;

/// What becomes of an element of an accumulator on its way out.
pub trait Outlet: 'static {
    /// The element type of the accumulator.
    type Acc: Dtype;
    /// The element type outside.
    type Out: Dtype;
    /// The element as it leaves; if `relu`, without what is negative.
    #[doc(hidden)]
    fn out(x: Self::Acc, quant: Quant, relu: bool) -> Self::Out;
    /// What the word of a column says.
    #[doc(hidden)]
    fn of_word(_: u64) -> Quant {
        Quant::NONE
    }
}

/// What an element is multiplied with, and what is added then.
#[derive(Clone, Copy, Debug)]
pub struct Quant {
    pub scale: f32,
    pub offset: f32,
}

impl Quant {
    /// Neither.
    pub(crate) const NONE: Quant = Quant { scale: 1.0, offset: 0.0 };

    /// `x` times the scale, exactly.
    #[inline(always)]
    fn scaled<A: Rounded>(self, x: A) -> f64 {
        x.to_f64() * f64::from(self.scale)
    }
}

/// If `relu`, without what is negative: neither a NaN nor a negative zero is greater than zero.
#[inline(always)]
fn kept(x: f64, relu: bool) -> f64 {
    if !relu || x > 0.0 { x } else { 0.0 }
}

/// Whether an offset is added to what becomes a `T`. Elsewhere not even zero is: it would make a negative zero positive.
#[inline(always)]
const fn takes_offset<T: Dtype>() -> bool {
    matches!(T::ID, DtypeId::I8 | DtypeId::U8)
}

/// The bits of a quantisation word.
pub mod word {
    /// The upper bits of an f32: what the word of a column keeps of its scale.
    pub const SCALE: u64 = 0xffff_e000;
    /// How far integers of 16 bits are shifted, less one.
    pub const SHIFT: u32 = 32;
    /// All bits of that number.
    pub const SHIFTS: u64 = 0xf;
    /// What is added to integers of 8 bits.
    pub const OFFSET: u32 = 37;
    /// All bits of that number.
    pub const OFFSETS: u64 = 0x1ff;
    /// Set where integers of 8 bits have a sign.
    pub const SIGNED: u64 = 1 << 46;
}

/// Rounded to `T`; there is no scale.
#[derive(Debug)]
pub struct Narrowed<T>(PhantomData<T>);

impl<T: Dtype> Outlet for Narrowed<T> {
    type Acc = T::Sum;
    type Out = T;

    #[inline(always)]
    fn out(x: T::Sum, _: Quant, relu: bool) -> T {
        T::narrow(if relu { x.max(T::Sum::ZERO) } else { x })
    }
}

/// Times a scale, plus an offset where `T` is an integer, rounded to `T`.
#[derive(Debug)]
pub struct Scaled<A, T>(PhantomData<(A, T)>);

impl<A: Rounded, T: Nearest> Outlet for Scaled<A, T> {
    type Acc = A;
    type Out = T;

    #[inline(always)]
    fn out(x: A, quant: Quant, relu: bool) -> T {
        let scaled = quant.scaled(x);
        let offset = f64::from(quant.offset);
        T::nearest(kept(if takes_offset::<T>() { scaled + offset } else { scaled }, relu))
    }

    #[inline(always)]
    fn of_word(word: u64) -> Quant {
        let offset = (word >> word::OFFSET & word::OFFSETS) as f32;
        let scale = f32::from_bits((word & word::SCALE) as u32);
        Quant { scale, offset }
    }
}

/// Shifted to the right.
#[derive(Debug)]
pub struct Shifted<A, T>(PhantomData<(A, T)>);

impl<A: Rounded, T: Rounded> Outlet for Shifted<A, T> {
    type Acc = A;
    type Out = T;

    #[inline(always)]
    fn out(x: A, quant: Quant, relu: bool) -> T {
        T::rounded(kept(quant.scaled(x), relu), f64::floor)
    }

    #[inline(always)]
    fn of_word(word: u64) -> Quant {
        shift((word >> word::SHIFT & word::SHIFTS) as u32 + 1)
    }
}

/// A shift by 1 to 16 bits, as a product.
#[inline(always)]
pub(crate) const fn shift(bits: u32) -> Quant {
    Quant { scale: 1.0 / (1_u32 << bits) as f32, offset: 0.0 }
}

/// How an op of FIX treats its accumulator: what its immediate says.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What the elements are multiplied with.
    pub quant: Quant,
    /// Whether what is negative becomes zero.
    pub relu: bool,
    /// The corner of the window: in the accumulator, or in the tile that it is inserted into.
    pub(crate) corner: Corner,
}

/// An element of the valid region of a tile, by its place in row-major order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Corner(usize);

impl Corner {
    /// Of a tile with `cols` valid columns.
    pub(crate) fn new((row, col): (usize, usize), cols: usize) -> Self {
        Corner(row * cols + col)
    }

    fn place(self, cols: usize) -> (usize, usize) {
        (self.0 / cols.max(1), self.0 % cols.max(1))
    }
}

impl Way {
    /// As an immediate: the scale, a bit for ReLU, 9 for the offset, and 22 for the corner. No tile has 2^22 elements.
    pub(crate) fn to_imm(self) -> u64 {
        let Way { quant: Quant { scale, offset }, relu, corner } = self;
        u64::from(scale.to_bits())
            | u64::from(relu) << 32
            | (offset as u64) << 33
            | (corner.0 as u64) << 42
    }

    /// Of an immediate.
    pub fn of_imm(imm: u64) -> Self {
        let offset = (imm >> 33 & word::OFFSETS) as f32;
        let quant = Quant { scale: f32::from_bits(imm as u32), offset };
        Way { quant, relu: imm >> 32 & 1 == 1, corner: Corner((imm >> 42) as usize) }
    }
}

/// How the columns of an accumulator are scaled: in one way, or each as its word says.
#[derive(Clone, Copy)]
pub(crate) enum Scales<'a> {
    All(Quant),
    Each(&'a [u64]),
}

/// The scales and the offsets of columns that lie side by side.
#[derive(Clone, Copy)]
pub(crate) struct Quants {
    scales: [f32; LINE],
    offsets: [f32; LINE],
}

impl Quants {
    #[inline(always)]
    pub(crate) fn at(&self, i: usize) -> Quant {
        Quant { scale: self.scales[i], offset: self.offsets[i] }
    }
}

impl Scales<'_> {
    /// Those of up to [`LINE`] columns from `col` on.
    #[inline(always)]
    pub(crate) fn line<X: Outlet>(&self, col: usize) -> Quants {
        match self {
            Scales::All(Quant { scale, offset }) => {
                Quants { scales: [*scale; LINE], offsets: [*offset; LINE] }
            }
            Scales::Each(words) => {
                let mut line = Quants { scales: [0.0; LINE], offsets: [0.0; LINE] };
                for (i, word) in words[col..].iter().take(LINE).enumerate() {
                    Quant { scale: line.scales[i], offset: line.offsets[i] } = X::of_word(*word);
                }
                line
            }
        }
    }
}

/// Which of the two tiles the corner of the window lies in.
pub(crate) trait Window: 'static {
    /// See [`Semantics::FORM`].
    const FORM: Option<&'static str> = None;

    /// The corner, of a window of the first tile or of the second, given their valid columns.
    fn corner(at: (usize, usize), dst: usize, src: usize) -> Corner;
    /// The corner in the destination, the corner in the accumulator, and the extent of the window.
    fn place<D, S>(corner: Corner, dst: &TileView<D>, src: &TileView<S>) -> [(usize, usize); 3];
}

/// A window of the accumulator fills the valid region of the tile.
pub(crate) struct Cut;

impl Window for Cut {
    fn corner(at: (usize, usize), _: usize, src: usize) -> Corner {
        Corner::new(at, src)
    }

    #[inline(always)]
    fn place<D, S>(corner: Corner, dst: &TileView<D>, src: &TileView<S>) -> [(usize, usize); 3] {
        [(0, 0), corner.place(src.valid.1), dst.valid]
    }
}

/// The valid region of the accumulator fills a window of the tile.
pub(crate) struct Inserted;

impl Window for Inserted {
    const FORM: Option<&'static str> = Some("INSERT");

    fn corner(at: (usize, usize), dst: usize, _: usize) -> Corner {
        Corner::new(at, dst)
    }

    #[inline(always)]
    fn place<D, S>(corner: Corner, dst: &TileView<D>, src: &TileView<S>) -> [(usize, usize); 3] {
        [corner.place(dst.valid.1), (0, 0), src.valid]
    }
}

/// An accumulator to a tile, through a window of one of the two.
pub(crate) struct Drained<X, W>(PhantomData<(X, W)>);

impl<X: Outlet, W: Window> Semantics for Drained<X, W> {
    type Views<'a> = (Dst<'a, X::Out>, Src<'a, X::Acc>);
    const FORM: Option<&'static str> = W::FORM;

    #[inline(always)]
    fn run((mut dst, src): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        let window = W::place(way.corner, &dst, &src);
        drain::<X>(&mut dst, &src, window, way.relu, Scales::All(way.quant));
    }
}

impl<X: Outlet, W: Window> Windows for Drained<X, W> {
    fn imm(corner: (usize, usize), dst: usize, src: usize) -> u64 {
        Way { quant: Quant::NONE, relu: false, corner: W::corner(corner, dst, src) }.to_imm()
    }
}

/// As [`Drained`], with a scale for each column of the accumulator.
pub(crate) struct DrainedBy<X, W>(PhantomData<(X, W)>);

impl<X: Outlet, W: Window> Semantics for DrainedBy<X, W> {
    type Views<'a> = (Dst<'a, X::Out>, Src<'a, X::Acc>, Src<'a, u64>);
    const FORM: Option<&'static str> = W::FORM;

    #[inline(always)]
    fn run((mut dst, src, table): Self::Views<'_>, imm: u64) {
        let way = Way::of_imm(imm);
        let window = W::place(way.corner, &dst, &src);
        drain::<X>(&mut dst, &src, window, way.relu, Scales::Each(table.data));
    }
}

/// Takes a window of an accumulator to a window of a tile, one column of blocks after the other.
#[inline(always)]
fn drain<X: Outlet>(
    dst: &mut Dst<'_, X::Out>,
    src: &Src<'_, X::Acc>,
    [to, from, (rows, cols)]: [(usize, usize); 3],
    relu: bool,
    scales: Scales<'_>,
) {
    if dst.layout == LayoutId::Dn {
        return drain_columns::<X>(dst, src, [to, from, (rows, cols)], relu, scales);
    }
    // In each of the other layouts that a tile outside may have, a column of blocks of this width lies in one piece.
    let (width, _) = dst.layout.along_row(dst.shape, size_of::<X::Out>());
    let mut col = 0;
    while col < cols {
        let (there, here) = (to.1 + col, from.1 + col);
        let len = (width - there % width).min(LINE - here % LINE).min(cols - col);
        let first = dst.index(to.0, there, size_of::<X::Out>());
        let lines_to = dst.data[first..].chunks_mut(width).take(rows);
        let lines_from = src.data[src.index(from.0, here, size_of::<X::Acc>())..].chunks(LINE);
        let quants = scales.line::<X>(here);
        if relu {
            for (to, from) in lines_to.zip(lines_from) {
                part::<X>(&mut to[..len], &from[..len], &quants, true);
            }
        } else {
            for (to, from) in lines_to.zip(lines_from) {
                part::<X>(&mut to[..len], &from[..len], &quants, false);
            }
        }
        col += len;
    }
}

/// As [`drain`], to a column-major tile.
#[inline(always)]
fn drain_columns<X: Outlet>(
    dst: &mut Dst<'_, X::Out>,
    src: &Src<'_, X::Acc>,
    [to, from, (rows, cols)]: [(usize, usize); 3],
    relu: bool,
    scales: Scales<'_>,
) {
    for col in 0..cols {
        let quant = scales.line::<X>(from.1 + col).at(0);
        let first = dst.index(to.0, to.1 + col, size_of::<X::Out>());
        let lines = src.data[src.index(from.0, from.1 + col, size_of::<X::Acc>())..].chunks(LINE);
        for (to, from) in dst.data[first..first + rows].iter_mut().zip(lines) {
            *to = X::out(from[0], quant, relu);
        }
    }
}

/// Takes elements of a row out: a whole line most often, or half of one.
#[inline(always)]
pub(crate) fn part<X: Outlet>(to: &mut [X::Out], from: &[X::Acc], quants: &Quants, relu: bool) {
    if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        *to = line::<X, LINE>(*from, quants, relu);
    } else if let (Some(to), Some(from)) = (to.as_mut_array(), from.as_array()) {
        *to = line::<X, { LINE / 2 }>(*from, quants, relu);
    } else {
        for (i, (to, from)) in to.iter_mut().zip(from).enumerate() {
            *to = X::out(*from, quants.at(i), relu);
        }
    }
}

/// By value, so that it becomes vector instructions: a slice that is written could overlap the one that is read.
#[inline(always)]
fn line<X: Outlet, const N: usize>(from: [X::Acc; N], quants: &Quants, relu: bool) -> [X::Out; N] {
    let mut to = [X::Out::ZERO; N];
    for i in 0..N {
        to[i] = X::out(from[i], quants.at(i), relu);
    }
    to
}

#[cfg(test)]
mod tests;
