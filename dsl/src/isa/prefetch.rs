//! A hint that data will be needed: TPREFETCH.

use super::declare::scope::{Location, RecordEvent, Write};
use crate::chip::Chip;
use crate::global::{In, Region};
use crate::memory::{Semantics, Unseen};
use crate::op::TPrefetch;
use crate::sealed::INNER;
use crate::tile::{Dtype, Layout, Tile, Valid, space};

#[tilesync_macros::op(TPrefetch("TPREFETCH") "nothing: what is at src comes closer" a2a3 "all" a5 "all")]
/// A hint for the caches. What the device moves passes through `dst`, which holds no data afterwards; here nothing is moved.
///
/// `dst` is any `Vec` tile; the element types need not be the same.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(tile: VecTile<'k, f32, 8, 64>, x: &GlobalIn<'k, f32>) {
/// let tile = tprefetch(tile, &x.tile(1, 0));
/// let loaded = tload(tile, &x.tile(0, 0));
/// # let _ = loaded;
/// # }
/// ```
///
/// # Errors
///
/// If the region starts outside of its tensor, the kernel stops with a [`Fault`](crate::Fault).
#[rustfmt::skip]
pub fn tprefetch<'k, T, H, L, D, U, const R: usize, const C: usize, LD, V, Ch>(
    dst: D,
    src: &Region<'k, T, In<H>, L>,
) -> RecordEvent<TPrefetch, D::Tile>
where
    T: Dtype,
    U: Dtype,
    LD: Layout,
    V: Valid,
    Ch: Chip,
    D: Write<'k, TPrefetch, Tile = Tile<'k, space::Vec, U, R, C, LD, V, Ch>>,
{
    let at = Location::caller();
    let dst = dst.into_tile(INNER);
    if let Some(region) = src.operand((R, C), at) {
        use crate::tile::AnyTile;
        dst.core().unit().issue::<TPrefetch, Nothing>(&[dst.operand(), region], 1, 0, at);
    }
    RecordEvent::new(dst)
}

/// A hint computes nothing.
struct Nothing;

impl Semantics for Nothing {
    type Views<'a> = (Unseen, Unseen);

    fn run(_: Self::Views<'_>, _: u64) {}
}
