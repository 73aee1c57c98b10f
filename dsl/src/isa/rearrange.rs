//! The same elements elsewhere, or seen differently: TTRANS, TRESHAPE.

use std::marker::PhantomData;
use std::panic::Location;

use half::{bf16, f16};

use super::issuing::take_region;
use super::operand::{ElemOf, TransposeOf, VectorTile};
use crate::chip::Chip;
use crate::compute::wide::Wide;
use crate::event::{Live, Modify, Read, RecordEvent, Scratch, Write};
use crate::memory::{Dst, Semantics, Src, Unseen};
use crate::op::{Op, SamePipe, TTrans};
use crate::sealed::INNER;
use crate::tile::layout::Undivided;
use crate::tile::{AnyTile, Dtype, F8E4M3, F8E5M2, F8E8M0, Full, HiF8, SpaceType, Tile};

/// Whether tile `X` is large enough as the scratch of a transposition of `S`: PTO's formula.
const fn scratch_suffices<'k, X: AnyTile<'k>, S: AnyTile<'k>>() -> bool {
    let size = S::TYPE.dtype.size();
    let block = if size == 1 { 32 } else { 16 };
    X::TYPE.bytes() >= S::TYPE.shape().1 * S::TYPE.shape().0.next_multiple_of(block) * size
}

#[tilesync_macros::op(TTrans("TTRANS") "dst[j,i] = src[i,j]" a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 u8 i16 u16 i32 u32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0])]
/// `dst` takes the transposed valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault). The device
/// needs `tmp`, a scratch tile of any shape that holds `src` with its rows rounded up to 16 (to 32 for 8-bit elements): a
/// smaller one fails the build.
pub fn ttrans<'k, D, S, X>(dst: D, src: &S, tmp: &mut X) -> RecordEvent<TTrans, Live<D::Tile>>
where
    D: Write<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
    S: Read<'k, TTrans, Tile: TransposeOf<D::Tile>>,
    X: Scratch<'k, TTrans, Tile: VectorTile<'k, TTrans>>,
{
    const { assert!(scratch_suffices::<X::Tile, S::Tile>(), "the scratch tile of `ttrans` is too small") }
    let (mut dst, src) = (dst.into_tile(INNER), src.data_of(INNER));
    let (rows, cols) = src.valid();
    take_region::<TTrans>(&mut dst, (cols, rows), Location::caller());
    let operands = [dst.operand(), tmp.scratch(INNER).operand(), src.operand()];
    let unit = dst.core().unit();
    unit.issue::<TTrans, Wide<Transposed<ElemOf<'k, D>>>>(&operands, 2, 0, Location::caller());
    RecordEvent::new(Live(dst))
}

/// `dst[j,i] = src[i,j]`. The second operand is the device's scratch tile.
pub(super) struct Transposed<T>(PhantomData<T>);

impl<T: Dtype> Semantics for Transposed<T> {
    type Views<'a> = (Dst<'a, T>, Unseen, Src<'a, T>);

    #[inline(always)]
    fn run((dst, _, src): Self::Views<'_>, _: u64) {
        // In squares, so that the lines of both tiles stay in the cache.
        const SIDE: usize = 16;
        let (rows, cols) = src.valid;
        for top in (0..rows).step_by(SIDE) {
            for left in (0..cols).step_by(SIDE) {
                for col in left..cols.min(left + SIDE) {
                    for row in top..rows.min(top + SIDE) {
                        dst.data[col * dst.shape.1 + row] = src.data[row * src.shape.1 + col];
                    }
                }
            }
        }
    }
}

/// Fails the build where `A` and `B` differ in size, or `B` is not aligned.
const fn same_bytes<'k, A: AnyTile<'k>, B: AnyTile<'k>>() {
    assert!(
        A::TYPE.bytes() == B::TYPE.bytes(),
        "`treshape` keeps the bytes: the two tiles must have the same size"
    );
    assert!(
        B::TYPE.layout.aligned(B::TYPE.shape().0, B::TYPE.shape().1, B::TYPE.dtype.size()),
        "the result of `treshape` is not aligned: its rows (columns of a column-major tile) must fill whole blocks of 32 bytes"
    );
}

macro_rules! treshape {
    ($(
        $(#[$doc:meta])*
        $payload:ty => $result:ty, $take:ident, |$tile:ident| $wrap:expr;
    )*) => {$(
        impl<'k, Src, S, T, const R: usize, const C: usize, L, Ch> RecordEvent<Src, $payload>
        where
            Src: Op<Pipe: SamePipe<Src::Pipe>>,
            S: SpaceType,
            T: Dtype,
            L: Undivided,
            Ch: Chip,
        {
            $(#[$doc])*
            #[doc(alias = "TRESHAPE")]
            #[inline(always)]
            pub fn treshape<T2, const R2: usize, const C2: usize, L2>(self) -> RecordEvent<Src, $result>
            where
                T2: Dtype,
                L2: Undivided,
            {
                const { same_bytes::<Tile<'k, S, T, R, C, L, Full, Ch>, Tile<'k, S, T2, R2, C2, L2, Full, Ch>>() }
                let $tile = $take::<Src>::into_tile(self, INNER).retyped(Full);
                RecordEvent::new($wrap)
            }
        }
    )*};
}

treshape! {
    /// The same bytes as a tile of another shape, plain layout or element type (TRESHAPE); no instruction runs.
    ///
    /// The result is the type that the context asks for, or `.treshape::<f32, 1, 64, RowMajor>()`. Both tiles are valid as a
    /// whole; a difference in size, or a result that is not aligned, fails the build. The plan takes the tile back in any shape.
    Live<Tile<'k, S, T, R, C, L, Full, Ch>> => Live<Tile<'k, S, T2, R2, C2, L2, Full, Ch>>,
        Modify, |tile| Live(tile);
    /// As `treshape` of a tile with data: the same bytes, still without data.
    Tile<'k, S, T, R, C, L, Full, Ch> => Tile<'k, S, T2, R2, C2, L2, Full, Ch>,
        Write, |tile| tile;
}
