//! A block of 32 bytes for each row of a tile, in place of a column.

use crate::chip::Chip;
use crate::sealed::Sealed;
use crate::tile::layout::InOrder;
use crate::tile::{Dtype, Dyn, Full, RowMajor, Static, Tile, Valid, space};
use half::{bf16, f16};

/// `Self` has a block of 32 bytes for each row of `D`, which is repeated along the row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} has not one block of 32 bytes for each row of {D}",
    label = "expected a row-major tile of the tile's height and 32 bytes wide",
    note = "for a `VecTile<f32, R, C>` that is a `VecTile<f32, R, 8>`, for 16-bit elements `R` x 16, for 8-bit elements `R` x 32; of the same kind of valid region"
)]
pub trait BlocksOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, const B: usize, L, LB, V: Valid, VB, Ch: Chip>
    BlocksOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, R, B, LB, VB, Ch>
where
    T: InBlocks<B>,
    L: InOrder<RowMajor>,
    LB: InOrder<RowMajor>,
    VB: BlockEach<V, B>,
{
}

/// A block of 32 bytes has so many elements of this type.
pub trait InBlocks<const B: usize>: Dtype {}

macro_rules! in_blocks {
    ($($count:literal: $($t:ty)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl InBlocks<$count> for $t {}
    )*)*};
}

in_blocks! { 32: i8 u8; 16: i16 u16 f16 bf16; 8: i32 u32 f32; }

/// Blocks of `B` elements with the valid region `Self` are one for each row of a tile with the valid region `V`.
pub trait BlockEach<V, const B: usize>: Valid {}
impl<const B: usize> BlockEach<Full, B> for Full {}
impl<const B: usize> BlockEach<Dyn, B> for Dyn {}
impl<const B: usize, const ROWS: usize, const COLS: usize> BlockEach<Static<ROWS, COLS>, B>
    for Static<ROWS, B>
{
}
