//! Clusters whose vector cores share messages in every way: two blocks that copy 32 x 32 tiles, one below the other, from the vector side to the
//! cube side.
#![allow(dead_code, reason = "not all of them are used by each test")]

use tilesync::prelude::*;

pub(crate) const BLOCKS: usize = 2;
pub(crate) const TILES: usize = 3;
pub(crate) const N: usize = 32;

macro_rules! copies {
    ($($name:ident $split:ident $rows:literal $cols:literal $chip:ident;)*) => {$(
        pub(crate) mod $name {
            use super::*;

            #[derive(Buffers)]
            pub(crate) struct L1<'k> {
                x: MatTile<'k, f32, N, N, Full, Nz, $chip>,
                left: LeftTile<'k, f32, N, N, Full, $chip>,
                one: MatTile<'k, f32, N, N, Full, Nz, $chip>,
                right: RightTile<'k, f32, N, N, Full, $chip>,
                acc: AccTile<'k, f32, N, N, Full, $chip>,
            }

            #[derive(Buffers)]
            pub(crate) struct Ub<'k> {
                x: VecTile<'k, f32, $rows, $cols, Full, $chip>,
            }

            #[derive(Fifos)]
            pub(crate) struct Links<'k, R> {
                xs: V2C<'k, R, usize, f32, N, N, 2, $chip>,
            }

            pub(crate) struct Copies;

            #[cluster(split = $split)]
            impl Copies {
                fn schedule(_block: usize) -> Vec<usize> {
                    (0..TILES).collect()
                }

                fn cube<'k>(
                    l1: L1<'k>,
                    links: Links<'k, OnCube>,
                    one: GlobalIn<'k, f32>,
                    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
                ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
                    let one = tload(l1.one, &one.at(0, 0)).record::<TMovM2R>();
                    let right = tmov(l1.right, &one).record::<TMatmul>();
                    let mut free = l1.x.prime::<TMovM2L, TLoad>();
                    let mut left = l1.left.prime::<TMatmul, TMovM2L>();
                    let mut acc = l1.acc.prime::<TStoreAcc, TMatmul>();
                    let mut xs = links.xs;
                    let xs = loop {
                        match xs.next() {
                            Next::End(end) => break end,
                            Next::Step(step) => {
                                let tile = *step;
                                let (x, end) = tpop(step, free);
                                xs = end;
                                let x = x.record::<TMovM2L>();
                                let factor = tmov(left, &x).record::<TMatmul>();
                                free = x.release();
                                let sum = tmatmul(acc, &factor, &right).record::<TStoreAcc>();
                                left = factor.release();
                                acc = tstore(&out.tile(tile, 0), sum).release();
                            }
                        }
                    };
                    L1::retire(L1Tokens { x: free, left, one, right, acc })
                        .and(Links::retire(LinksTokens { xs }))
                }

                fn vector<'k>(
                    core: Core<'k, $chip>,
                    ub: Ub<'k>,
                    links: Links<'k, OnVector>,
                    x: GlobalIn<'k, f32>,
                ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
                    let (row, col) = if $rows < N { ($rows, 0) } else { (0, $cols % N) };
                    let (row, col) = (row * core.subblock_idx(), col * core.subblock_idx());
                    let first = core.block_idx() * TILES * N;
                    let (mut free, mut xs) = (ub.x.prime::<TStoreVec, TLoad>(), links.xs);
                    let xs = loop {
                        match xs.next() {
                            Next::End(end) => break end,
                            Next::Step(step) => {
                                let region = x.at(first + *step * N + row, col).sized($rows, $cols);
                                let x = tload(free, &region).record::<TStoreVec>();
                                let (stored, end) = tpush(step, x);
                                xs = end;
                                free = stored.release();
                            }
                        }
                    };
                    Ub::retire(UbTokens { x: free }).and(Links::retire(LinksTokens { xs }))
                }
            }
        }

    )*};
}

copies! {
    halves_of_rows ByRows 16 32 A2A3;
    halves_of_columns ByCols 32 16 A2A3;
    one_vector_core OneVector 32 32 A2A3;
    halves_of_rows_on_a5 ByRows 16 32 A5;
    one_vector_core_on_a5 OneVector 32 32 A5;
}

/// The copies are of a cluster like these.
pub(crate) trait Copying:
    Cluster<
        CubeArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32, RowMajor, PipeFix>),
        VectorArgs = (GlobalIn<'static, f32>,),
    >
{
}

impl<C> Copying for C where
    C: Cluster<
            CubeArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32, RowMajor, PipeFix>),
            VectorArgs = (GlobalIn<'static, f32>,),
        >
{
}

/// What is copied, and the factor that changes nothing.
pub(crate) fn inputs() -> [Vec<f32>; 2] {
    let x = (0..BLOCKS * TILES * N * N).map(|i| (i % 1000) as f32).collect();
    let one = (0..N * N).map(|i| f32::from(u8::from(i / N == i % N))).collect();
    [x, one]
}
