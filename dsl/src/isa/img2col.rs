//! A convolution as a product: TIMG2COL.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use crate::chip::Chip;
pub use crate::compute::img2col::Geometry;
use crate::compute::img2col::Unrolled;
use crate::event::{Live, Read, RecordEvent, Write};
use crate::isa::operand::{DtypeOf, ElemOf, TileOf};
use crate::op::{Op, TImg2col};
use crate::sealed::INNER;
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS};
use crate::tile::{AnyTile, Dtype, Nc1hwc0, Tile, Valid, space};
use crate::unit::Trouble;

/// How an image is unrolled: the [`Geometry`] `G`, and what is around the image.
#[doc(alias = "SETFMATRIX")]
#[doc(alias = "SET_IMG2COL_PADDING")]
#[derive(Debug)]
pub struct Img2col<G, T> {
    pad: T,
    geometry: PhantomData<fn() -> G>,
}

impl<G, T: Copy> Clone for Img2col<G, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G, T: Copy> Copy for Img2col<G, T> {}

impl<G: Geometry, T: Dtype> Img2col<G, T> {
    /// With zeros around the image.
    #[must_use]
    pub const fn new() -> Self {
        Img2col { pad: T::ZERO, geometry: PhantomData }
    }

    /// With `pad` around the image.
    #[must_use]
    pub const fn pad_with(self, pad: T) -> Self {
        Img2col { pad, ..self }
    }
}

impl<G: Geometry, T: Dtype> Default for Img2col<G, T> {
    fn default() -> Self {
        Img2col::new()
    }
}

/// TIMG2COL takes windows of the image `Self` to a left factor `D`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {D} is not filled with windows of {Self} by `timg2col`",
    label = "expected an image, and a left factor of its dtype",
    note = "`timg2col` takes a `Mat` tile in `Nc1hwc0`, `Tile<'k, space::Mat, T, PIXELS, CHANNELS, Nc1hwc0>`, to a `LeftTile`"
)]
pub trait Img2colTo<'k, D>: AnyTile<'k> {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const P: usize, const CS: usize, V: Valid, VS: Valid, Ch: Chip>
    Img2colTo<'k, Tile<'k, space::Left, T, R, C, Ch::Left, V, Ch>> for Tile<'k, space::Mat, T, P, CS, Nc1hwc0, VS, Ch>
where
    T: DtypeOf<TImg2col, Ch>,
{
}

#[tilesync_macros::op(TImg2col("TIMG2COL") "dst[i,j] = image[pixel(m + i, k + j), channel(k + j)]" a2a3 [i8 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32])]
/// Windows of an image as the rows of a left factor, so that their product with the filters is the convolution.
///
/// Row `m` is the window of the result's pixel `m`, counted line after line. Its elements are ordered as the filters in
/// [`Zn`](crate::tile::Zn) (`FRACTAL_Z`) are: blocks of 32 bytes of channels, of each the taps of the filter line after line, of each
/// the channels. A tap outside of the image finds what [`Img2col`] says is there.
///
/// `src` holds a whole image in [`Nc1hwc0`](crate::tile::Nc1hwc0), a row for each pixel. From (`m`, `k`) on as much as there is moves,
/// at most the tile: `dst` takes that as its valid region.
///
/// PTO's op reads registers that SETFMATRIX, SET_IMG2COL_RPT and SET_IMG2COL_PADDING set. This one sets them itself, as in PTO's mode
/// `FMATRIX_A_AUTO`: the geometry is a type, and a kernel can neither forget the registers nor set them under an op that still runs.
///
/// ```
/// # use tilesync::prelude::*;
/// # use tilesync::tile::space;
/// # struct Three;
/// # impl Geometry for Three {
/// #     const IMAGE: (usize, usize) = (8, 8);
/// #     const FILTER: (usize, usize) = (3, 3);
/// # }
/// # fn k<'k>(
/// #     left: LeftTile<'k, f16, 48, 144, Dyn>,
/// #     image: Event<TLoad, TImg2col, Live<Tile<'k, space::Mat, f16, 64, 16, Nc1hwc0>>>,
/// # ) {
/// let windows = timg2col(left, &image, Img2col::<Three, f16>::new(), 0, 0); // 36 windows of 144 elements
/// # let _ = (windows, image);
/// # }
/// ```
///
/// # Errors
///
/// Where less remains than a tile with a fixed valid region takes, (`m`, `k`) lies beyond the windows, `m` is no multiple of 16 or `k`
/// none of a block's elements, or the image is not whole, the kernel stops with a [`Fault`](crate::Fault) that names this line. A
/// geometry whose image is not that of the tile, or whose filter is larger than the image, fails the build.
pub fn timg2col<'k, D, S, G>(
    dst: D,
    src: &S,
    how: Img2col<G, ElemOf<'k, D>>,
    m: usize,
    k: usize,
) -> RecordEvent<TImg2col, Live<TileOf<'k, D>>>
where
    D: Write<'k, TImg2col>,
    S: Read<'k, TImg2col, Tile: Img2colTo<'k, TileOf<'k, D>>>,
    G: Geometry,
{
    const {
        assert!(
            TileOf::<'k, S>::TYPE.shape().0 == G::IMAGE.0 * G::IMAGE.1,
            "the tile of `timg2col` has a row for each pixel of the geometry's image"
        );
        assert!(
            G::OUT.0 * G::OUT.1 <= 1 << 16
                && TileOf::<'k, S>::TYPE.shape().1 * G::FILTER.0 * G::FILTER.1 <= 1 << 16,
            "`timg2col` counts up to 65536 windows, and elements of one"
        );
    }
    let at = Location::caller();
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let unit = src.core().unit();
    let c0 = BLOCK_BYTES / size_of::<ElemOf<'k, D>>();
    let (pixels, channels) = src.valid();
    let all = (G::OUT.0 * G::OUT.1, channels * G::FILTER.0 * G::FILTER.1);
    let shape = TileOf::<'k, D>::TYPE.shape();
    let remain = (all.0.saturating_sub(m).min(shape.0), all.1.saturating_sub(k).min(shape.1));
    let fits = dst.set_valid(remain) || dst.valid().0 <= remain.0 && dst.valid().1 <= remain.1;
    if pixels < G::IMAGE.0 * G::IMAGE.1 || !channels.is_multiple_of(c0) {
        let left = (G::IMAGE.0 * G::IMAGE.1, channels.next_multiple_of(c0));
        unit.fail(Trouble::ValidMismatch { code: TImg2col::CODE, left, right: src.valid() }, at);
    } else if m >= all.0 || k >= all.1 {
        unit.fail(Trouble::Element { at: (m, k), valid: all }, at);
    } else if !m.is_multiple_of(FRACTAL_ROWS) || !k.is_multiple_of(c0) {
        let grain = (FRACTAL_ROWS, c0);
        unit.fail(Trouble::Corner { code: TImg2col::CODE, corner: (m, k), grain }, at);
    } else if !fits {
        let tile = dst.valid();
        unit.fail(Trouble::Edge { code: TImg2col::CODE, remain, tile }, at);
    } else {
        let imm = Unrolled::<ElemOf<'k, D>, G>::imm((m, k), how.pad);
        let operands = [dst.operand(), src.operand()];
        unit.issue::<TImg2col, Unrolled<ElemOf<'k, D>, G>>(&operands, 1, imm, at);
    }
    RecordEvent::new(Live(dst))
}
