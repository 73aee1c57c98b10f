//! The same on a5, with FIFOs that go straight from core to core: a message is read where it lies, any number of times.

use tilesync::prelude::*;
use tilesync::tile::{Full, Nz, Tile as TileOf, space};

use crate::drawn::{Back, Drawn, More, N, Shares, Tile, push};

type Up<'k, R, const SLOTS: usize> = V2M<'k, R, Tile, f32, N, N, SLOTS>;
type MoreUp<'k, R> = V2M<'k, R, Tile, f32, N, N, 2, A5, More>;
type Down<'k, R, const SLOTS: usize> = A2V<'k, R, Tile, f32, N, N, SLOTS, A5, Back>;

#[derive(Fifos)]
pub(crate) struct Links<'k, R, const UP: usize, const DOWN: usize> {
    up: V2M<'k, R, Tile, f32, N, N, UP>,
    more: V2M<'k, R, Tile, f32, N, N, 2, A5, More>,
    down: A2V<'k, R, Tile, f32, N, N, DOWN, A5, Back>,
}

#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    b: MatTile<'k, f32, N, N, Full, Nz, A5>,
    left: LeftTile<'k, f32, N, N, Full, A5>,
    right: RightTile<'k, f32, N, N, Full, A5>,
    acc: AccTile<'k, f32, N, N, Full, A5>,
}

#[derive(Buffers)]
pub(crate) struct Vectors<'k, const R: usize, const C: usize> {
    x: VecTile<'k, f32, R, C, Full, A5>,
    fractals: [TileOf<'k, space::Vec, f32, R, C, Nz, Full, A5>; 2],
    y: VecTile<'k, f32, R, C, Full, A5>,
}

/// The next left factor, out of a message where it lies.
macro_rules! pop_left {
    ($random:ident, $step:expr, $free:expr) => {{
        let message = tpop_slot($step);
        let mut left = tmov($free, &message.as_tile::<N, N>());
        for _ in 0..$random.u8(..3) {
            left = tmov(left.discard().on::<Mte1>(), &message.as_tile::<N, N>());
        }
        (left, tfree(message))
    }};
}

/// Declares a cluster whose vector cores share a block so, and have so many rows and columns of a message.
macro_rules! clusters {
    ($($name:ident: $split:ident, $rows:literal, $cols:literal;)*) => {$(
        pub(crate) struct $name<const UP: usize, const DOWN: usize>(pub(crate) Drawn);

        #[cluster(split = $split)]
        impl<const UP: usize, const DOWN: usize> $name<UP, DOWN> {
            fn schedule(&self, block: usize) -> Vec<Tile> {
                self.0.steps(block)
            }

            fn cube<'k>(
                &self,
                core: Core<'k, A5>,
                cube: Cube<'k>,
                links: Links<'k, OnCube, UP, DOWN>,
                b: GlobalIn<'k, f32>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<(Cube<'k>, Links<'k, OnCube, UP, DOWN>)> {
                let mut random = self.0.random(core.block_idx(), 1);
                let more_stores = self.0.more_stores();
                let b = tload(cube.b, &b.at(0, 0)).record::<TMovM2R>();
                let right = tmov(cube.right, &b).record::<TMatmul>();
                let mut free_left = cube.left.prime::<TMatmul, Mte1>();
                let mut free_acc = cube.acc.prime::<TStoreAcc, TMatmul>();
                let mut ups = links.up.next();
                let mut mores: Next<Step<MoreUp<'k, OnCube>>, _> = links.more.next();
                let mut downs: Next<Step<Down<'k, OnCube, DOWN>>, _> = links.down.next();
                let up: Retired<Up<'k, OnCube, UP>> = loop {
                    let step = match ups {
                        Next::Step(step) => step,
                        Next::End(end) => break end,
                    };
                    let (tile, more, back) = (step.tile, step.more, step.back);
                    let (left, end) = pop_left!(random, step, free_left);
                    ups = end.next();
                    let left = left.record::<TMatmul>();
                    let mut acc = tmatmul(free_acc, &left, &right);
                    free_left = left.release();
                    if more {
                        let Next::Step(step) = mores else { panic!("a second message is due") };
                        let (left, end) = pop_left!(random, step, free_left);
                        mores = end.next();
                        let left = left.record::<TMatmul>();
                        acc = tmatmul_acc(acc, &left, &right);
                        free_left = left.release();
                    }
                    let acc = acc.record::<TStoreAcc>();
                    free_acc = if back {
                        let Next::Step(step) = downs else { panic!("a message goes back") };
                        let (stored, end) = push!(random, step, acc, more_stores);
                        downs = end.next();
                        stored.release()
                    } else {
                        tstore(&out.at(tile * N, 0), acc).release()
                    };
                };
                let ends = LinksTokens { up, more: mores.end(), down: downs.end() };
                let cube = CubeTokens { b, left: free_left, right, acc: free_acc };
                Cube::retire(cube).and(Links::retire(ends))
            }

            fn vector<'k>(
                &self,
                core: Core<'k, A5>,
                vectors: Vectors<'k, $rows, $cols>,
                links: Links<'k, OnVector, UP, DOWN>,
                x: GlobalIn<'k, f32>,
                y: GlobalOut<'k, f32>,
            ) -> Retired<(Vectors<'k, $rows, $cols>, Links<'k, OnVector, UP, DOWN>)> {
                let mut random = self.0.random(core.block_idx(), 2 + core.subblock_idx() as u64);
                let more_stores = self.0.more_stores();
                let mut free_x = vectors.x.prime::<Vector, TLoad>();
                let mut free_fractals = vectors.fractals.map(|tile| tile.prime::<TStoreVec, Vector>());
                let mut free_y = vectors.y.prime::<TStoreVec, Vector>();
                let (mut ups, mut mores, mut downs) =
                    (links.up.next(), links.more.next(), links.down.next());
                let mut pushed = 0;
                loop {
                    if let Next::Step(step) = ups {
                        let (tile, more) = (step.tile, step.more);
                        let sum = tload(free_x, &x.at(tile * $rows, 0)).record::<Vector>();
                        let sum = tadds_assign(sum, 1.0).on::<Vector>();
                        let (slot, open) = free_fractals.take();
                        let fractals = tmov(slot, &sum).record::<TStoreVec>();
                        free_x = sum.release();
                        let (stored, end) = push!(random, step, fractals, more_stores);
                        ups = end.next();
                        free_fractals = open.put(stored.release());
                        if more {
                            let Next::Step(step) = mores else { panic!("a second message is due") };
                            let sum = tload(free_x, &x.at(tile * $rows, 0)).record::<Vector>();
                            let sum = tadds_assign(sum, -3.0).on::<Vector>();
                            let (slot, open) = free_fractals.take();
                            let fractals = tmov(slot, &sum).record::<TStoreVec>();
                            free_x = sum.release();
                            let (stored, end) = push!(random, step, fractals, more_stores);
                            mores = end.next();
                            free_fractals = open.put(stored.release());
                        }
                        pushed = tile + 1;
                        if pushed <= self.0.ahead && matches!(ups, Next::Step(_)) {
                            continue;
                        }
                    }
                    let all = matches!(ups, Next::End(_));
                    while let Next::Step(step) = downs {
                        let tile = step.tile;
                        if !all && tile + self.0.ahead >= pushed {
                            downs = Next::Step(step);
                            break;
                        }
                        let message = tpop_slot(step);
                        let mut sum = tadds(free_y, &message.as_tile::<$rows, $cols>(), 2.0).on::<Vector>();
                        for _ in 0..random.u8(..3) {
                            sum = tmax_assign(sum, &message.as_tile::<$rows, $cols>()).on();
                        }
                        downs = tfree(message).next();
                        free_y = tstore(&y.at(tile * $rows, 0), sum.record::<TStoreVec>()).release();
                    }
                    if all {
                        break;
                    }
                }
                let ends = LinksTokens { up: ups.end(), more: mores.end(), down: downs.end() };
                let vectors = VectorsTokens { x: free_x, fractals: free_fractals, y: free_y };
                Vectors::retire(vectors).and(Links::retire(ends))
            }
        }

        impl<const UP: usize, const DOWN: usize> Shares for $name<UP, DOWN> {
            const ROWS: usize = $rows;
        }
    )*};
}

clusters! {
    DirectByRow: ByRows, 16, 32;
    DirectByCol: ByCols, 32, 16;
    DirectAlone: OneVector, 32, 32;
}
