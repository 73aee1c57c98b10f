//! Sorting and merging: pairs of a value and an index, 8 bytes each, the greatest value first.
//!
//! A pair of `f32` is two elements, of `f16` four: the value, 0, and the index. Values are ordered as numbers, both zeros alike; a NaN
//! comes before all numbers, a negative one behind them. Of equal values the one that was first stays first.

use std::marker::PhantomData;

use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::tile::Float;

/// How many values are sorted at a time.
pub(crate) const BLOCK: usize = 32;

/// Elements of a pair.
pub(crate) const fn pair<T>() -> usize {
    8 / size_of::<T>()
}

/// A number that grows with the value's place in the order.
#[inline(always)]
fn rank<T: Float>(value: T) -> i32 {
    let bits = value.to_f32().to_bits() as i32;
    let bits = if bits << 1 == 0 { 0 } else { bits };
    // The order of negative numbers is that of their bits, turned round.
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

/// `dst` = the pairs of each block of 32 values, sorted.
pub(crate) struct Sorted<T>(PhantomData<T>);

impl<T: Float> Semantics for Sorted<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>, Src<'a, u32>);

    #[inline(always)]
    fn run((dst, src, idx): Self::Views<'_>, _: u64) {
        for row in 0..src.valid.0 {
            let to = dst.row(row);
            let values = src.data[src.row(row)].chunks(BLOCK);
            // One row of indices stands for all.
            let indices = &idx.data[idx.row(if idx.valid.0 == 1 { 0 } else { row })];
            let blocks = dst.data[to].chunks_mut(BLOCK * pair::<T>());
            for ((to, values), indices) in blocks.zip(values).zip(indices.chunks(BLOCK)) {
                sort_block(to, values, indices);
            }
        }
    }
}

/// As [`Sorted`], with the device's scratch tile as the second operand.
pub(crate) struct SortedWithScratch<T>(PhantomData<T>);

impl<T: Float> Semantics for SortedWithScratch<T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>, Src<'a, u32>);

    #[inline(always)]
    fn run((dst, _, src, idx): Self::Views<'_>, imm: u64) {
        Sorted::<T>::run((dst, src, idx), imm);
    }
}

#[inline(always)]
fn sort_block<T: Float>(to: &mut [T], values: &[T], indices: &[u32]) {
    // Rank and place in one number: places are all different, so that any way of sorting is a stable one.
    let mut keys = [u64::MAX; BLOCK];
    for (place, (key, value)) in keys.iter_mut().zip(values).enumerate() {
        let falling = !(rank(*value) as u32 ^ 1 << 31);
        *key = u64::from(falling) << 32 | place as u64;
    }
    let keys = &mut keys[..values.len()];
    keys.sort_unstable();
    for (to, key) in to.chunks_exact_mut(pair::<T>()).zip(keys) {
        let place = *key as u32 as usize;
        put_pair(to, values[place], indices[place]);
    }
}

#[inline(always)]
fn put_pair<T: Float>(to: &mut [T], value: T, index: u32) {
    to[0] = value;
    if size_of::<T>() == 4 {
        to[1] = T::from_bits(u64::from(index));
    } else {
        to[1] = T::ZERO;
        to[2] = T::from_bits(u64::from(index & 0xffff));
        to[3] = T::from_bits(u64::from(index >> 16));
    }
}

/// `dst` = each four neighbouring runs of `imm` elements of `src`, merged. What is left over behind the last four is not touched.
pub(crate) struct MergedRuns<T>(PhantomData<T>);

impl<T: Float> Semantics for MergedRuns<T> {
    type Views<'a> = (Dst<'a, T>, Src<'a, T>);

    #[inline(always)]
    fn run((dst, src): Self::Views<'_>, imm: u64) {
        let run = imm as usize;
        let cols = src.valid.1;
        let groups = src.data[..cols].chunks_exact(4 * run);
        for (to, from) in dst.data[..cols].chunks_exact_mut(4 * run).zip(groups) {
            let mut runs = from.chunks_exact(run);
            let mut next = || runs.next().unwrap_or_default();
            merge::<T, 4>(to, [next(), next(), next(), next()], false);
        }
    }
}

/// Merges lists, until `to` is full or all are empty, or, if `suspends`, one is. How many pairs of each it took.
#[inline(always)]
fn merge<T: Float, const N: usize>(to: &mut [T], lists: [&[T]; N], suspends: bool) -> [usize; N] {
    if size_of::<T>() == 4 {
        merge_pairs::<T, N, 2>(to, lists, suspends)
    } else {
        merge_pairs::<T, N, 4>(to, lists, suspends)
    }
}

/// [`merge`], of pairs of so many elements. Which list is next is random: so it is chosen without a branch.
#[inline(always)]
fn merge_pairs<T: Float, const N: usize, const PAIR: usize>(
    to: &mut [T],
    lists: [&[T]; N],
    suspends: bool,
) -> [usize; N] {
    // What is behind every value, and is taken from no list.
    const NONE: i64 = i64::MIN;
    let lists = lists.map(|list| list.as_chunks::<PAIR>().0);
    let head =
        |list: &[[T; PAIR]], at: usize| list.get(at).map_or(NONE, |pair| i64::from(rank(pair[0])));
    let mut at = [0; N];
    let mut heads = lists.map(|list| head(list, 0));
    for to in to.as_chunks_mut::<PAIR>().0 {
        if suspends && heads.contains(&NONE) {
            break;
        }
        // Of equal heads that of the first list.
        let (mut best, mut greatest) = (0, heads[0]);
        for (list, &head) in heads.iter().enumerate().skip(1) {
            best = if head > greatest { list } else { best };
            greatest = greatest.max(head);
        }
        let Some(from) = lists[best].get(at[best]) else { break };
        *to = *from;
        at[best] += 1;
        let next = head(lists[best], at[best]);
        for (list, head) in heads.iter_mut().enumerate() {
            *head = if list == best { next } else { *head };
        }
    }
    at
}

/// In the immediate of a merge: it stops where a list is used up.
pub(crate) const SUSPENDS: u64 = 1;

macro_rules! merged {
    ($($(#[$doc:meta])* $name:ident: $count:literal [$($list:ident)*] [$($view:ty)*];)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name<T>(PhantomData<T>);

        impl<T: Float> Semantics for $name<T> {
            type Views<'a> = (Dst<'a, T>, Dst<'a, T>, $($view),*);

            #[inline(always)]
            fn run((dst, tmp, $($list),*): Self::Views<'_>, imm: u64) {
                // Whole pairs.
                let lists = [$(&$list.data[..$list.valid.1 / pair::<T>() * pair::<T>()]),*];
                let taken = merge::<T, $count>(&mut dst.data[..dst.valid.1], lists, imm == SUSPENDS);
                if imm == SUSPENDS {
                    for (tmp, taken) in tmp.data.iter_mut().zip(taken) {
                        *tmp = T::from_bits(taken as u64);
                    }
                }
            }
        }
    )*};
}

merged! {
    /// `dst` = two lists, merged. The second operand is the device's scratch tile; its first elements get the counts of a merge that
    /// suspends.
    Merged2: 2 [a b] [Src<'a, T> Src<'a, T>];
    /// As [`Merged2`], of three lists.
    Merged3: 3 [a b c] [Src<'a, T> Src<'a, T> Src<'a, T>];
    /// As [`Merged2`], of four lists.
    Merged4: 4 [a b c d] [Src<'a, T> Src<'a, T> Src<'a, T> Src<'a, T>];
}
