//! Reductions: TROWSUM, TROWPROD, TROWMAX, TROWMIN, TCOLSUM, TCOLPROD, TCOLMAX, TCOLMIN.
//!
//! Every sum has one fixed order, whatever the machine and the interpreter: a row is dealt out to [`LANES`] partial results,
//! which are then halved in a tree; a column is taken from the top down.

use std::marker::PhantomData;

use super::declare::ops;
use super::declare::scope::*;
use super::issuing::take_region;
use super::operand::{HasCol, HasRow};
use crate::compute::wide::Wide;
use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::op::*;
use crate::sealed::INNER;
use crate::unit::{Site, Trouble};

/// Partial results side by side: four AVX-512 registers of `f32`, so that additions need not wait for each other.
const LANES: usize = 64;

/// How a reduction puts elements together.
pub(super) trait Fold<T>: 'static {
    /// The result for no elements.
    const START: T;
    /// What was found so far, and one more: a NaN is never greater or less, and so it is skipped.
    fn fold(so_far: T, x: T) -> T;
}

macro_rules! fold {
    ($op:ident from $start:ident by |$so_far:ident, $x:ident| $fold:expr) => {
        impl<T: Dtype> Fold<T> for $op {
            const START: T = T::$start;

            #[inline(always)]
            fn fold($so_far: T, $x: T) -> T {
                $fold
            }
        }
    };
}

macro_rules! fold_rows {
    ([$($attr:tt)*] $name:ident: $op:ident { $start:ident |$so_far:ident, $x:ident| $fold:expr }) => {
        fold!($op from $start by |$so_far, $x| $fold);

        $($attr)*
        ///
        /// `dst` is a column with one value for each valid row of `src`, or a row-major tile of which one column is valid. The device needs `tmp`, a scratch tile like `src`.
        ///
        /// # Errors
        ///
        /// If `src` has no valid element, or `dst` cannot take its rows, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, X>(dst: D, src: &S, tmp: &mut X) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            S: Read<'k, $op, Tile: HasCol<D::Tile>>,
            X: Scratch<'k, $op, Tile: Like<S::Tile>>,
        {
            reduce_rows::<$op, _, _, _>(dst, src, tmp, Location::caller())
        }
    };
}

macro_rules! fold_cols {
    ([$($attr:tt)*] $name:ident: $op:ident { $start:ident |$so_far:ident, $x:ident| $fold:expr }) => {
        fold!($op from $start by |$so_far, $x| $fold);

        $($attr)*
        ///
        /// `dst` is a row with one value for each valid column of `src`. Where `src` has no valid row nothing is computed,
        /// and the valid region of `dst` is empty.
        ///
        /// # Errors
        ///
        /// If `dst` cannot take the columns of `src`, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S>(dst: D, src: &S) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op>>,
            S: Read<'k, $op, Tile: HasRow<D::Tile>>,
        {
            reduce_cols::<$op, _, _>(dst, src, Location::caller())
        }
    };
}

ops! {
    REDUCE:
    /// Integers wrap. A 16-bit float is summed in `f32` and rounded once, which is better than the device does.
    fold_rows fn trowsum = TRowSum("TROWSUM") "dst[i] = sum of src[i,j] over j" { ZERO |so_far, x| so_far.add(x) }
        a2a3 [i16 i32 f16 f32] a5 [i16 i32 i64 u64 f16 f32];
    /// Integers wrap. A product of 16-bit floats is computed in `f32` and rounded once, which is better than the device does.
    fold_rows fn trowprod = TRowProd("TROWPROD") "dst[i] = product of src[i,j] over j" { ONE |so_far, x| so_far.mul(x) }
        a2a3 [i16 i32 f16 f32] a5 [i16 i32 f16 f32];
    /// NaN elements are skipped; a row of nothing else gives negative infinity.
    fold_rows fn trowmax = TRowMax("TROWMAX") "dst[i] = max of src[i,j] over j" { LOWEST |so_far, x| if x > so_far { x } else { so_far } }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 i32 i64 u64 f16 f32];
    /// NaN elements are skipped; a row of nothing else gives infinity.
    fold_rows fn trowmin = TRowMin("TROWMIN") "dst[i] = min of src[i,j] over j" { HIGHEST |so_far, x| if x < so_far { x } else { so_far } }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 i32 i64 u64 f16 f32];
    /// Integers wrap. A 16-bit float is summed in `f32` and rounded once, which is better than the device does.
    fold_cols fn tcolsum = TColSum("TCOLSUM") "dst[0,j] = sum of src[i,j] over i" { ZERO |so_far, x| so_far.add(x) }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// Integers wrap. A product of 16-bit floats is computed in `f32` and rounded once, which is better than the device does.
    fold_cols fn tcolprod = TColProd("TCOLPROD") "dst[0,j] = product of src[i,j] over i" { ONE |so_far, x| so_far.mul(x) }
        a2a3 [i16 i32 f16 f32] a5 [i16 u16 i32 u32 f16 bf16 f32];
    /// NaN elements are skipped; a column of nothing else gives negative infinity.
    fold_cols fn tcolmax = TColMax("TCOLMAX") "dst[0,j] = max of src[i,j] over i" { LOWEST |so_far, x| if x > so_far { x } else { so_far } }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
    /// NaN elements are skipped; a column of nothing else gives infinity.
    fold_cols fn tcolmin = TColMin("TCOLMIN") "dst[0,j] = min of src[i,j] over i" { HIGHEST |so_far, x| if x < so_far { x } else { so_far } }
        a2a3 [i16 i32 f16 f32] a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32];
}

/// Issues a row reduction.
#[inline(always)]
fn reduce_rows<'k, O, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    at: Site,
) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Fold<<ElemOf<'k, D> as Dtype>::Sum>,
    D: Write<'k, O>,
    S: Read<'k, O>,
    X: Scratch<'k, O>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    let unit = dst.core().unit();
    if rows == 0 || cols == 0 {
        unit.fail(Trouble::EmptyReduction { code: O::CODE }, at);
    }
    take_region::<O>(&mut dst, (rows, 1), at);
    let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
    unit.issue::<O, Wide<RowFold<O, ElemOf<'k, D>>>>(&operands, 2, 0, at);
    RecordEvent::new(Live(dst))
}

/// Issues a column reduction.
#[inline(always)]
fn reduce_cols<'k, O, D, S>(dst: D, src: &S, at: Site) -> RecordEvent<O, Live<D::Tile>>
where
    O: Op + Fold<<ElemOf<'k, D> as Dtype>::Sum>,
    D: Write<'k, O>,
    S: Read<'k, O>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    take_region::<O>(&mut dst, (rows.min(1), cols), at);
    let operands = [dst.operand(), src.operand()];
    dst.core().unit().issue::<O, Wide<ColFold<O, ElemOf<'k, D>>>>(&operands, 1, 0, at);
    RecordEvent::new(Live(dst))
}

/// `dst[i]` = all of row i. The second operand is the device's scratch tile.
pub(super) struct RowFold<F, T>(PhantomData<(F, T)>);

impl<F: Fold<T::Sum>, T: Dtype> Semantics for RowFold<F, T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, src): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            let (chunks, rest) = src.data[src.row(row)].as_chunks::<LANES>();
            let mut lanes = [F::START; LANES];
            // A loop and no `fold`, which might be compiled on its own, without wide instructions.
            for chunk in chunks {
                lanes = gather_all::<F, T>(lanes, chunk);
            }
            if !rest.is_empty() {
                lanes = gather::<F, T>(lanes, rest);
            }
            let place = dst.first(row);
            dst.data[place] = T::narrow(tree::<F, T>(lanes));
        }
    }
}

/// `dst[0,j]` = all of column j.
pub(super) struct ColFold<F, T>(PhantomData<(F, T)>);

impl<F: Fold<T::Sum>, T: Dtype> Semantics for ColFold<F, T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, _: u64) {
        let (rows, cols) = src.valid;
        if rows == 0 {
            return;
        }
        for first in (0..cols).step_by(LANES) {
            let width = LANES.min(cols - first);
            let elements = |row| &src.data[row * src.shape.1 + first..][..width];
            let mut lanes = [F::START; LANES];
            for row in 0..rows {
                lanes = match elements(row).as_array() {
                    Some(chunk) => gather_all::<F, T>(lanes, chunk),
                    None => gather::<F, T>(lanes, elements(row)),
                };
            }
            for (d, lane) in dst.data[first..first + width].iter_mut().zip(lanes) {
                *d = T::narrow(lane);
            }
        }
    }
}

/// Puts each element to its lane.
///
/// The other lanes get what a lane starts with, which changes none of them: so every index is known when this is compiled, and
/// the lanes stay in registers.
#[inline(always)]
fn gather<F: Fold<T::Sum>, T: Dtype>(lanes: [T::Sum; LANES], elements: &[T]) -> [T::Sum; LANES] {
    let mut padded = [F::START; LANES];
    for (padded, x) in padded.iter_mut().zip(elements) {
        *padded = x.widen();
    }
    std::array::from_fn(|lane| F::fold(lanes[lane], padded[lane]))
}

/// Halves the lanes until one remains. Each step has an array of its own, so that none of them has to lie in memory.
#[inline(always)]
fn tree<F: Fold<T::Sum>, T: Dtype>(lanes: [T::Sum; LANES]) -> T::Sum {
    macro_rules! halve {
        ($lanes:ident to $($half:literal)*) => {$(
            let $lanes: [_; $half] = std::array::from_fn(|lane| F::fold($lanes[lane], $lanes[lane + $half]));
        )*};
    }
    halve!(lanes to 32 16 8 4 2 1);
    lanes[0]
}

/// As [`gather`], of as many elements as lanes.
#[inline(always)]
fn gather_all<F: Fold<T::Sum>, T: Dtype>(
    lanes: [T::Sum; LANES],
    elements: &[T; LANES],
) -> [T::Sum; LANES] {
    std::array::from_fn(|lane| F::fold(lanes[lane], elements[lane].widen()))
}
