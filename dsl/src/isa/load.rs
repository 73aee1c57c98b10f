//! From global to on-chip memory: TLOAD.

use std::marker::PhantomData;
use std::panic::Location;

use crate::chip::{A5, Chip};
use crate::event::{Live, NoTile, RecordEvent, Write};
use crate::global::{Loadable, Region};
use crate::memory::{Fill, GlobalSrc, Semantics};
use crate::op::{Op, TLoad};
use crate::sealed::{INNER, Undecided};
use crate::tile::layout::InOrder;
use crate::tile::{
    AnyTile, ColMajor, Dtype, F8E8M0, LayoutId, MxDn, MxNd, MxNn, MxZz, Nc1hwc0, Nz, RowMajor,
    Tile, Valid, Zn, space,
};
use crate::unit::{Recorder, Site, Trouble};

#[tilesync_macros::op(TLoad("TLOAD") "dst[i,j] = src[i,j]" a2a3 "all" a5 "all")]
/// From global memory. Moves as much as there is from the region's origin on, at most the tile: `dst` takes that as its valid region. Tile and
/// tensor have the same dtype and layout; a `Mat` tile may also be [`Nz`](crate::tile::Nz) for a row-major tensor and
/// [`Zn`](crate::tile::Zn) for a column-major one: the load rearranges.
///
/// On a5 a `Mat` tile of scales ([`F8E8M0`]) is [`MxZz`] for the left factor of an MX product, from a tensor that is row-major, [`MxDn`] or
/// [`MxZz`], and [`MxNn`] for the right one, from one that is column-major, [`MxNd`] or [`MxNn`].
///
/// # Errors
///
/// Where less remains than a tile with a fixed valid region takes, or the region starts outside of the tensor, the kernel
/// stops with a [`Fault`](crate::Fault) that names this line.
pub fn tload<'k, T, A, L, D>(dst: D, src: &Region<'k, T, A, L>) -> RecordEvent<TLoad, Live<D::Tile>>
where
    T: Dtype,
    A: Loadable,
    D: Write<'k, TLoad, Tile: Moves<'k, T, L>>,
{
    RecordEvent::new(Live(load(dst.into_tile(INNER), src, Location::caller())))
}

/// The load of all that there is from the region's origin on.
#[inline(always)]
pub(super) fn load<'k, T, A, L, X>(mut dst: X, src: &Region<'k, T, A, L>, at: Site) -> X
where
    T: Dtype,
    X: Moves<'k, T, L>,
{
    let shape = X::TYPE.shape();
    if let Some(mut region) = src.operand(shape, at) {
        region.rows = std::cmp::min(region.rows, shape.0 as u32);
        region.cols = std::cmp::min(region.cols, shape.1 as u32);
        // A tile with a fixed valid region that is smaller than the tile takes no more than that.
        let remain = (region.rows as usize, region.cols as usize);
        if !dst.set_valid(remain) {
            let fixed = dst.valid();
            if fixed.0 > remain.0 || fixed.1 > remain.1 {
                src.fail(Trouble::Edge { code: TLoad::CODE, remain, tile: fixed }, at);
            }
            (region.rows, region.cols) = (fixed.0 as u32, fixed.1 as u32);
            if src.is_told() {
                dst.core().unit().record(Recorder::has_fixed_size);
            }
        }
        dst.core().unit().issue::<TLoad, Loaded<T>>(&[dst.operand(), region], 1, 0, at);
    }
    dst
}

/// A load can fill `Self` from a tensor of `T` in layout `L`.
#[diagnostic::on_unimplemented(
    message = "a tensor of {T} in layout {L} cannot be loaded into {Self}",
    label = "dtype or layout differ, or the memory space has no path from global memory",
    note = "the tile has the tensor's dtype and layout, and lies in the `Vec` or the `Mat` space; a `Mat` tile may also be `Nz` for a `RowMajor` tensor and `Zn` for a `ColMajor` one"
)]
pub trait Moves<'k, T, L>: AnyTile<'k> {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, L, LT, V, Ch> Moves<'k, T, LT>
    for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    T: Dtype,
    L: InOrder<LT>,
    V: Valid,
    Ch: Chip,
{
}

#[diagnostic::do_not_recommend]
impl<T, L> Moves<'_, T, L> for NoTile {}
/// What the tensor has is the region's to say, not the tile's.
macro_rules! undecided {
    ($($space:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, L, V: Valid, Ch: Chip>
            Moves<'k, Undecided, Undecided> for Tile<'k, space::$space, T, R, C, L, V, Ch>
        where
            Self: AnyTile<'k>,
        {
        }
    )*};
}

undecided! { Vec Mat }

macro_rules! mat_loads {
    ($($tensor:ident => $($tile:ident)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, V, Ch> Moves<'k, T, $tensor>
            for Tile<'k, space::Mat, T, R, C, $tile, V, Ch>
        where
            T: Dtype,
            V: Valid,
            Ch: Chip,
        {
        }
    )*)*};
}

mat_loads! {
    RowMajor => RowMajor Nz;
    ColMajor => ColMajor Zn;
    Nz => Nz;
    Zn => Zn;
    Nc1hwc0 => Nc1hwc0;
}

macro_rules! scale_loads {
    ($($tensor:ident => $tile:ident;)*) => {$(
        impl<'k, const R: usize, const C: usize, V: Valid> Moves<'k, F8E8M0, $tensor>
            for Tile<'k, space::Mat, F8E8M0, R, C, $tile, V, A5>
        {
        }
    )*};
}

scale_loads! {
    RowMajor => MxZz;
    MxDn => MxZz;
    MxZz => MxZz;
    ColMajor => MxNn;
    MxNd => MxNn;
    MxNn => MxNn;
}

/// Copies a region into a tile.
struct Loaded<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Loaded<T> {
    type Views<'a> = (Fill<'a, T>, GlobalSrc<'a, T>);

    #[inline(always)]
    fn run((fill, src): Self::Views<'_>, _: u64) {
        let dst = &fill.tile;
        let (rows, cols) = dst.valid;
        if dst.layout == LayoutId::Nd && dst.valid == dst.shape && src.one_slice() {
            return fill.look_at(&src);
        }
        let Some(mut dst) = fill.lie_in(&src) else { return };
        match dst.layout {
            LayoutId::Nd if cols == dst.shape.1 && rows > 0 && src.one_slice() => {
                dst.data[..rows * cols].copy_from_slice(src.run(0, 0, rows * cols));
            }
            LayoutId::Nd if src.rows_contiguous() => {
                for row in 0..rows {
                    let range = dst.row(row);
                    dst.data[range].copy_from_slice(src.run(row, 0, cols));
                }
            }
            LayoutId::Dn if src.cols_contiguous() => {
                for col in 0..cols {
                    let first = col * dst.shape.0;
                    dst.data[first..first + rows].copy_from_slice(src.run(0, col, rows));
                }
            }
            _ if src.rows_contiguous() => {
                for row in 0..rows {
                    dst.put_row(row, src.run(row, 0, cols));
                }
            }
            _ if src.cols_contiguous() => {
                for col in 0..cols {
                    dst.put_col(col, src.run(0, col, rows));
                }
            }
            _ => {
                for row in 0..rows {
                    for col in 0..cols {
                        let at = dst.index(row, col, size_of::<T>());
                        dst.data[at] = src.run(row, col, 1)[0];
                    }
                }
            }
        }
    }
}
