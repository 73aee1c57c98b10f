//! The factors of a matrix product, rearranged for its inner loop.

use std::array::from_fn;
use std::cell::RefCell;
use std::thread::LocalKey;

use half::{bf16, f16};

use crate::memory::Src;
use crate::simd::{LANES, Lane, Lanes, pair};
use crate::tile::{Dtype, F8E4M3, F8E5M2, HiF8, LayoutId};

/// Words along k that are packed at a time.
pub(crate) const DEPTH: usize = 64;
/// Groups of columns of the right factor that are packed at a time, and those columns.
pub(crate) const GROUPS: usize = 4;
pub(crate) const WIDTH: usize = GROUPS * LANES;

/// Rows of the left factor that are packed at a time: most of the first cache.
pub(crate) const HEIGHT: usize = 128;

/// A row of words of the right factor.
pub(crate) type Line<A> = [[A; LANES]; GROUPS];

/// Where factors are packed. From the start of a cache line on, so that no vector lies in two of them.
#[repr(align(64))]
pub(crate) struct Packing<A> {
    /// Of the left factor.
    pub(crate) lines: [[A; DEPTH]; HEIGHT],
    /// Of the right factor.
    pub(crate) panel: [Line<A>; DEPTH],
    /// The sums of columns that do not fill the panel, so that those beside them keep what they hold.
    pub(crate) part: [[A; LANES]; GROUPS * HEIGHT],
}

/// Words that each thread has a place for: it is not worth clearing for each product.
pub(crate) trait Packable: Sized + 'static {
    fn packing() -> &'static LocalKey<RefCell<Packing<Self>>>;
}

macro_rules! packable {
    ($($word:ident: $zero:literal;)*) => {$(
        impl Packable for $word {
            fn packing() -> &'static LocalKey<RefCell<Packing<$word>>> {
                thread_local! {
                    static PACKING: RefCell<Packing<$word>> = const {
                        RefCell::new(Packing {
                            lines: [[$zero; DEPTH]; HEIGHT],
                            panel: [[[$zero; LANES]; GROUPS]; DEPTH],
                            part: [[$zero; LANES]; GROUPS * HEIGHT],
                        })
                    };
                }
                &PACKING
            }
        }
    )*};
}

packable! {
    f32: 0.0;
    i32: 0;
}

impl<A: Packable> Packing<A> {
    /// The calling thread's.
    pub(crate) fn with<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        A::packing().with(|packing| work(&mut packing.borrow_mut()))
    }
}

/// The most elements that a word holds.
pub(crate) const MOST: usize = 4;

/// What elements of `T` are packed into: as wide as a sum.
pub(crate) trait Word<T: Copy>: Lane {
    /// The word of neighbours along k, as many as `L` wants in one.
    fn pack<L: Lanes<Self>>(elements: [T; MOST]) -> Self;
    /// The elements as words, where they are words already.
    #[inline(always)]
    fn words(_: &[T]) -> Option<&[Self]> {
        None
    }
    /// [`LANES`] words at once.
    #[inline(always)]
    fn pack_lanes<L: Lanes<Self>>(_: L, elements: [[T; LANES]; MOST]) -> [Self; LANES] {
        // In a value of its own, so that it becomes one instruction.
        let mut words = [Self::default(); LANES];
        for i in 0..LANES {
            words[i] = Self::pack::<L>(elements.map(|elements| elements[i]));
        }
        words
    }
}

impl Word<f32> for f32 {
    #[inline(always)]
    fn pack<L: Lanes<f32>>([element, ..]: [f32; MOST]) -> f32 {
        element
    }

    #[inline(always)]
    fn words(elements: &[f32]) -> Option<&[f32]> {
        Some(elements)
    }
}

macro_rules! widened_words {
    ($($t:ident $(by $widen:ident)?;)*) => {$(
        impl Word<$t> for f32 {
            #[inline(always)]
            fn pack<L: Lanes<f32>>([element, ..]: [$t; MOST]) -> f32 {
                element.widen()
            }
            $(
                #[inline(always)]
                fn pack_lanes<L: Lanes<f32>>(
                    level: L,
                    [elements, ..]: [[$t; LANES]; MOST],
                ) -> [f32; LANES] {
                    level.$widen(elements)
                }
            )?
        }
    )*};
}

widened_words! {
    f16 by widen_f16;
    bf16 by widen_bf16;
    F8E4M3;
    F8E5M2;
    HiF8;
}

impl Word<i8> for i32 {
    #[inline(always)]
    fn pack<L: Lanes<i32>>(elements: [i8; MOST]) -> i32 {
        if const { L::ELEMENTS == MOST } {
            return i32::from_le_bytes(elements.map(|element| element as u8));
        }
        pair([elements[0], elements[1]])
    }

    #[inline(always)]
    fn pack_lanes<L: Lanes<i32>>(level: L, elements: [[i8; LANES]; MOST]) -> [i32; LANES] {
        level.words_of_i8(elements)
    }
}

/// Packs `ks` columns from `from` on of some rows of the left factor, a line for each row.
#[inline(always)]
pub(crate) fn pack_left<A: Word<T>, T: Dtype, L: Lanes<A>>(
    level: L,
    lines: &mut [[A; DEPTH]],
    left: &Src<'_, T>,
    (row, from): (usize, usize),
    ks: usize,
) {
    if L::ELEMENTS == 1 && left.layout == LayoutId::Nd && ks == DEPTH {
        // Of a length that is known when this is compiled: one run of instructions for a row.
        for (i, line) in lines.iter_mut().enumerate() {
            let first = (row + i) * left.shape.1 + from;
            let (elements, _) = left.data[first..first + DEPTH].as_chunks::<LANES>();
            let (words, _) = line.as_chunks_mut::<LANES>();
            for (words, elements) in words.iter_mut().zip(elements) {
                *words = A::pack_lanes(level, [*elements; MOST]);
            }
        }
        return;
    }
    let (run, step) = left.layout.along_row(left.shape, size_of::<T>());
    let whole = (from % LANES, ks % LANES) == (0, 0);
    if L::ELEMENTS == 1 && left.layout == LayoutId::Nz && run == LANES && whole {
        // The rows of a column of fractals follow each other.
        for k in (0..ks).step_by(LANES) {
            let first = left.index(row, from + k, size_of::<T>());
            let (pieces, _) = left.data[first..].as_chunks::<LANES>();
            for (line, piece) in lines.iter_mut().zip(pieces) {
                let words = A::pack_lanes(level, [*piece; MOST]);
                line[k..k + LANES].copy_from_slice(&words);
            }
        }
        return;
    }
    for (i, line) in lines.iter_mut().enumerate() {
        let mut k = 0;
        while k < ks {
            // In lines of an input a row is one piece: it need not be asked how long.
            let len = match left.layout {
                LayoutId::Nd => ks,
                _ => (run - (from + k) % run).min(ks - k),
            };
            let elements = &left.data[left.index(row + i, from + k, size_of::<T>())..];
            let words = &mut line[k / L::ELEMENTS..];
            if step == 1 {
                pack_line(level, words, &elements[..len]);
            } else {
                pack_run::<A, T, L, 1>(words, elements, len, step);
            }
            k += len;
        }
        level.bias(&mut line[..ks.div_ceil(L::ELEMENTS)]);
    }
}

/// Packs `ks` rows and `width` columns of the right factor, from (`row`, `col`) on.
#[inline(always)]
pub(crate) fn pack_right<A: Word<T>, T: Dtype, L: Lanes<A>>(
    level: L,
    panel: &mut [Line<A>],
    right: &Src<'_, T>,
    (row, col): (usize, usize),
    (ks, width): (usize, usize),
) {
    if right.layout == LayoutId::Nd {
        let none = [T::ZERO; WIDTH];
        for (word, line) in panel.iter_mut().enumerate() {
            let k = word * L::ELEMENTS;
            let words = &mut line.as_flattened_mut()[..width];
            let elements = |i: usize| &right.data[(row + k + i) * right.shape.1 + col..][..width];
            if L::ELEMENTS == 1 {
                pack_line(level, words, elements(0));
                continue;
            }
            // Behind the last row there are zeros.
            let there = L::ELEMENTS.min(ks - k);
            pack_lines(
                level,
                words,
                from_fn(|i| if i < there { elements(i) } else { &none[..width] }),
            );
        }
        return;
    }
    let (run, step) = right.layout.along_col(right.shape, size_of::<T>());
    let whole = right.layout == LayoutId::Dn || run.is_multiple_of(LANES);
    if step == 1 && L::ELEMENTS == 1 && whole {
        // In squares: columns are packed as they lie, and then exchanged with rows.
        for (at, lines) in panel.chunks_mut(LANES).enumerate() {
            for group in 0..width.div_ceil(LANES) {
                let mut square = [[A::default(); LANES]; LANES];
                let columns = LANES.min(width - group * LANES);
                for (i, packed) in square.iter_mut().enumerate().take(columns) {
                    let k = row + at * LANES;
                    let first = right.index(k, col + group * LANES + i, size_of::<T>());
                    let elements = &right.data[first..first + lines.len()];
                    pack_line(level, &mut packed[..lines.len()], elements);
                }
                for (line, row) in lines.iter_mut().zip(level.transpose(&square)) {
                    line[group] = row;
                }
            }
        }
        return;
    }
    let panel = panel.as_flattened_mut().as_flattened_mut();
    for i in 0..width {
        let mut k = 0;
        while k < ks {
            let len = (run - (row + k) % run).min(ks - k);
            let first = right.index(row + k, col + i, size_of::<T>());
            let words = &mut panel[k / L::ELEMENTS * WIDTH + i..];
            pack_run::<A, T, L, WIDTH>(words, &right.data[first..], len, step);
            k += len;
        }
    }
}

/// Packs neighbours along k that lie side by side; or a row, where a word is one element.
#[inline(always)]
fn pack_line<A: Word<T>, T: Dtype, L: Lanes<A>>(level: L, words: &mut [A], elements: &[T]) {
    if L::ELEMENTS == 1 {
        let (chunks, rest) = words[..elements.len()].as_chunks_mut::<LANES>();
        let (x, x_rest) = elements.as_chunks::<LANES>();
        for (chunk, x) in chunks.iter_mut().zip(x) {
            *chunk = A::pack_lanes(level, [*x; MOST]);
        }
        for (word, x) in rest.iter_mut().zip(x_rest) {
            *word = A::pack::<L>([*x; MOST]);
        }
        return;
    }
    let whole = elements.chunks_exact(L::ELEMENTS);
    let rest = whole.remainder();
    if !rest.is_empty() {
        words[whole.len()] = pack_some::<A, T, L>(rest);
    }
    for (word, elements) in words.iter_mut().zip(whole) {
        *word = pack_some::<A, T, L>(elements);
    }
}

/// The word of `elements`, and zeros after them.
#[inline(always)]
fn pack_some<A: Word<T>, T: Dtype, L: Lanes<A>>(elements: &[T]) -> A {
    let mut all = [T::ZERO; MOST];
    all[..elements.len()].copy_from_slice(elements);
    A::pack::<L>(all)
}

/// Packs rows of neighbours along k, column by column.
#[inline(always)]
fn pack_lines<A: Word<T>, T: Dtype, L: Lanes<A>>(level: L, words: &mut [A], rows: [&[T]; MOST]) {
    let (chunks, rest) = words.as_chunks_mut::<LANES>();
    let whole = rows.map(|row| &row.as_chunks::<LANES>().0[..chunks.len()]);
    for (i, chunk) in chunks.iter_mut().enumerate() {
        *chunk = A::pack_lanes(level, whole.map(|row| row[i]));
    }
    let rest_of = rows.map(|row| &row[chunks.len() * LANES..][..rest.len()]);
    for (i, word) in rest.iter_mut().enumerate() {
        *word = A::pack::<L>(rest_of.map(|row| row[i]));
    }
}

/// Packs `len` neighbours along k that lie at a distance of `step`, into words at a distance of `TO`.
#[inline(always)]
fn pack_run<A: Word<T>, T: Dtype, L: Lanes<A>, const TO: usize>(
    words: &mut [A],
    elements: &[T],
    len: usize,
    step: usize,
) {
    let elements = &elements[..=(len - 1) * step];
    for (word, k) in words.iter_mut().step_by(TO).zip((0..len).step_by(L::ELEMENTS)) {
        let mut all = [T::ZERO; MOST];
        for (i, element) in all.iter_mut().enumerate().take(L::ELEMENTS.min(len - k)) {
            *element = elements[(k + i) * step];
        }
        *word = A::pack::<L>(all);
    }
}
