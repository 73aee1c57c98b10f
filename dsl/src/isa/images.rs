//! Images and filters of a convolution in other orders: TTRANS of PTO's `ConvTile`s, whose layouts name their dimensions.

use std::panic::Location;

use super::issuing::{mismatch, take_region};
use super::operand::{ElemOf, RowMajorTile, VectorTile};
use crate::chip::{A2A3, Chip};
use crate::compute::images::{Blocked, Fractals, Fractals3d, block, counts};
use crate::event::{Live, Read, RecordEvent, Scratch, Write};
use crate::memory::Semantics;
use crate::op::TTrans;
use crate::sealed::INNER;
use crate::tile::AnyTile;
use crate::unit::Site;

/// The chip has the forms of TTRANS that a5 lacks.
#[diagnostic::on_unimplemented(
    message = "{Self} has no such form of `TTRANS`",
    label = "only a2a3 has it",
    note = "a5 has `ttrans_nc1hwc0` and `ttrans_fractal_z`"
)]
pub trait TransposesBack: Chip {}

#[diagnostic::do_not_recommend]
impl TransposesBack for A2A3 {}

/// Whether scratch tile `X` takes `times` rows of `S`.
const fn takes_rows<'k, X: AnyTile<'k>, S: AnyTile<'k>>(times: usize) -> bool {
    X::TYPE.bytes() >= times * S::TYPE.shape().1 * S::TYPE.dtype.size()
}

/// Issues one of the forms on `dst`, which takes `region`.
#[inline(always)]
fn rearrange<'k, M, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    (region, fits): ((usize, usize), bool),
    imm: u64,
    at: Site,
) -> RecordEvent<TTrans, Live<D::Tile>>
where
    M: Semantics,
    D: Write<'k, TTrans>,
    S: Read<'k, TTrans>,
    X: Scratch<'k, TTrans>,
{
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    if fits {
        take_region::<TTrans>(&mut dst, region, at);
        let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
        dst.core().unit().issue::<TTrans, M>(&operands, 2, imm, at);
    } else {
        mismatch::<TTrans>(src, region, at);
    }
    RecordEvent::new(Live(dst))
}

#[tilesync_macros::op(TTrans("TTRANS") "dst[n, (c / C0 * pixels + p) * C0 + c % C0] = src[n, c * pixels + p]"
    a2a3 "i8 u8 i16 u16 i32 u32 f16 bf16 f32" a5 "i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0")]
/// Images of PTO's layout `NCHW` to `NC1HWC0`: each row is an image, channel after channel of `pixels` elements; it becomes blocks of
/// `C0` channels, 32 bytes, and in a block the channels of a pixel lie side by side. With groups (`GNCHW`), there are more rows.
///
/// `dst` takes the rows of `src`, and whole blocks; channels that `src` does not have are zeros. The device reads an image as if its
/// channels filled the blocks: so the rows of both tiles have room for that. It needs `tmp`, a scratch tile of any shape that holds
/// two rows of `src`: a smaller one fails the build.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(
/// #     blocks: VecTile<'k, f32, 4, 1024, Dyn>,
/// #     planes: Event<TLoad, TTrans, Live<VecTile<'k, f32, 4, 1024, Dyn>>>, // 4 images of 16 channels, 8 x 8 pixels
/// #     tmp: &mut RecordEvent<Vector, VecTile<'k, f32, 2, 1024>>,
/// # ) {
/// let blocks = ttrans_nc1hwc0(blocks, &planes, tmp, 64);
/// # let _ = (blocks, planes);
/// # }
/// ```
///
/// # Errors
///
/// Where the valid columns of `src` are no multiple of `pixels`, or `dst` cannot take the region, the kernel stops with a
/// [`Fault`](crate::Fault).
#[doc(alias = "ConvTile")]
pub fn ttrans_nc1hwc0<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    pixels: usize,
) -> RecordEvent<TTrans, Live<D::Tile>>
where
    D: Write<'k, TTrans, Tile: VectorTile<'k, TTrans> + RowMajorTile>,
    S: Read<'k, TTrans, Tile: AnyTile<'k, Elem = ElemOf<'k, D>> + RowMajorTile>,
    X: Scratch<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
{
    const {
        assert!(
            takes_rows::<X::Tile, S::Tile>(2),
            "the scratch tile of `ttrans_nc1hwc0` is too small"
        );
    }
    let (images, cols) = src.data_of(INNER).valid();
    let c0 = block::<ElemOf<'k, D>>();
    let channels = cols / pixels.max(1);
    let whole = channels.next_multiple_of(c0) * pixels;
    let fits = channels * pixels == cols && whole <= S::Tile::TYPE.shape().1;
    let region = (images, whole);
    let imm = counts(pixels, 0);
    rearrange::<Blocked<ElemOf<'k, D>, false>, _, _, _>(
        dst,
        src,
        tmp,
        (region, fits),
        imm,
        Location::caller(),
    )
}

#[tilesync_macros::op(TTrans("TTRANS") "dst[n, c * pixels + p] = src[n, (c / C0 * pixels + p) * C0 + c % C0]"
    a2a3 "i8 u8 i16 u16 i32 u32 f16 bf16 f32" a5 "")]
/// The inverse of [`ttrans_nc1hwc0`], from `NC1HWC0` to `NCHW`. Only on a2a3.
///
/// # Errors
///
/// Where the valid columns of `src` are no whole blocks, or `dst` cannot take its region, the kernel stops with a
/// [`Fault`](crate::Fault).
pub fn ttrans_nchw<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    pixels: usize,
) -> RecordEvent<TTrans, Live<D::Tile>>
where
    D: Write<
            'k,
            TTrans,
            Tile: VectorTile<'k, TTrans> + AnyTile<'k, Chip: TransposesBack> + RowMajorTile,
        >,
    S: Read<'k, TTrans, Tile: AnyTile<'k, Elem = ElemOf<'k, D>> + RowMajorTile>,
    X: Scratch<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
{
    const {
        assert!(
            takes_rows::<X::Tile, S::Tile>(2),
            "the scratch tile of `ttrans_nchw` is too small"
        );
    }
    let region = src.data_of(INNER).valid();
    let of_block = block::<ElemOf<'k, D>>() * pixels.max(1);
    let fits = pixels > 0 && region.1.is_multiple_of(of_block);
    let imm = counts(pixels, 0);
    rearrange::<Blocked<ElemOf<'k, D>, true>, _, _, _>(
        dst,
        src,
        tmp,
        (region, fits),
        imm,
        Location::caller(),
    )
}

#[tilesync_macros::op(TTrans("TTRANS") "dst[g * blocks + b, n * C0 + c] = src[g * images + n, b * C0 + c]"
    a2a3 "i8 u8 i16 u16 i32 u32 f16 bf16 f32" a5 "i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0")]
/// Filters of PTO's layout `NC1HWC0` to `FRACTAL_Z`: each row of `src` is a filter in blocks of `C0` channels, 32 bytes; each row of
/// `dst` has one block of all filters side by side, with zeros behind the last one.
///
/// The rows of `src` are `groups` groups of equally many filters (`GNC1HWC0`); several groups have as many filters as a row of `dst`
/// has blocks, which is how the device finds them. `tmp` is PTO's: no device uses it.
///
/// # Errors
///
/// Where the valid columns of `src` are no whole blocks, its rows no whole groups, or `dst` has no room for the filters, the kernel
/// stops with a [`Fault`](crate::Fault).
pub fn ttrans_fractal_z<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    groups: usize,
) -> RecordEvent<TTrans, Live<D::Tile>>
where
    D: Write<'k, TTrans, Tile: VectorTile<'k, TTrans> + RowMajorTile>,
    S: Read<'k, TTrans, Tile: AnyTile<'k, Elem = ElemOf<'k, D>> + RowMajorTile>,
    X: Scratch<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
{
    let (rows, cols) = src.data_of(INNER).valid();
    let (c0, width) = (block::<ElemOf<'k, D>>(), D::Tile::TYPE.shape().1);
    let (images, room) = (rows / groups.max(1), width / c0);
    let full = groups == 1 || images == room;
    let fits = cols.is_multiple_of(c0) && images * groups == rows && images <= room && full;
    let region = (groups * (cols / c0), width);
    let imm = counts(groups, 0);
    rearrange::<Fractals<ElemOf<'k, D>>, _, _, _>(
        dst,
        src,
        tmp,
        (region, fits),
        imm,
        Location::caller(),
    )
}

#[tilesync_macros::op(TTrans("TTRANS") "dst[(d * C1 + c / C0) * pixels + p, n * C0 + c % C0] = src[n, (c * planes + d) * pixels + p]"
    a2a3 "i8 u8 i16 u16 i32 u32 f16 bf16 f32" a5 "")]
/// Filters of PTO's layout `NCDHW` to `FRACTAL_Z_3D`: each row of `src` is a filter, channel after channel of `planes` planes of
/// `pixels` elements; each row of `dst` has, of one pixel of one plane, a block of `C0` channels of all filters. Zeros stand where there
/// is no such channel or filter. Only on a2a3.
///
/// The device needs `tmp`, a scratch tile of any shape that is twice as large as `dst`: a smaller one fails the build.
///
/// # Errors
///
/// Where the valid columns of `src` are no whole channels, or `dst` has no room for the filters, the kernel stops with a
/// [`Fault`](crate::Fault).
pub fn ttrans_fractal_z_3d<'k, D, S, X>(
    dst: D,
    src: &S,
    tmp: &mut X,
    planes: usize,
    pixels: usize,
) -> RecordEvent<TTrans, Live<D::Tile>>
where
    D: Write<
            'k,
            TTrans,
            Tile: VectorTile<'k, TTrans> + AnyTile<'k, Chip: TransposesBack> + RowMajorTile,
        >,
    S: Read<'k, TTrans, Tile: AnyTile<'k, Elem = ElemOf<'k, D>> + RowMajorTile>,
    X: Scratch<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
{
    const {
        assert!(
            takes_rows::<X::Tile, D::Tile>(2 * D::Tile::TYPE.shape().0),
            "the scratch tile of `ttrans_fractal_z_3d` is too small"
        );
    }
    let (images, cols) = src.data_of(INNER).valid();
    let (c0, width) = (block::<ElemOf<'k, D>>(), D::Tile::TYPE.shape().1);
    let of_channel = planes * pixels;
    let channels = cols / of_channel.max(1);
    let fits = channels * of_channel == cols && images <= width / c0;
    let region = (channels.div_ceil(c0) * of_channel, width);
    let imm = counts(planes, pixels);
    rearrange::<Fractals3d<ElemOf<'k, D>>, _, _, _>(
        dst,
        src,
        tmp,
        (region, fits),
        imm,
        Location::caller(),
    )
}
