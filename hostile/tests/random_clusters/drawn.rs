//! The clusters: what is drawn of one, and its two sides.

use tilesync::cluster::When;
use tilesync::prelude::*;

/// Rows and columns of a tile.
pub(crate) const N: usize = 32;

/// A tile: which, and what happens to it.
pub(crate) struct Tile {
    pub(crate) tile: usize,
    /// The vector cores add a second message.
    pub(crate) more: bool,
    /// What the cube computes goes back to the vector cores, and not to its own output.
    pub(crate) back: bool,
}

pub(crate) enum More {}

impl When<Tile> for More {
    fn when(step: &Tile) -> bool {
        step.more
    }
}

pub(crate) enum Back {}

impl When<Tile> for Back {
    fn when(step: &Tile) -> bool {
        step.back
    }
}

type Up<'k, R, const SLOTS: usize> = V2C<'k, R, Tile, f32, N, N, SLOTS>;
type MoreUp<'k, R> = V2C<'k, R, Tile, f32, N, N, 2, A2A3, More>;
type Down<'k, R, const SLOTS: usize> = C2V<'k, R, Tile, f32, N, N, SLOTS, A2A3, Back>;

#[derive(Fifos)]
pub(crate) struct Links<'k, R, const UP: usize, const DOWN: usize> {
    up: V2C<'k, R, Tile, f32, N, N, UP>,
    more: V2C<'k, R, Tile, f32, N, N, 2, A2A3, More>,
    down: C2V<'k, R, Tile, f32, N, N, DOWN, A2A3, Back>,
}

#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    x: [MatTile<'k, f32, N, N>; 2],
    b: MatTile<'k, f32, N, N>,
    left: LeftTile<'k, f32, N, N>,
    right: RightTile<'k, f32, N, N>,
    acc: AccTile<'k, f32, N, N>,
}

#[derive(Buffers)]
pub(crate) struct Vectors<'k, const R: usize, const C: usize> {
    x: [VecTile<'k, f32, R, C>; 2],
    y: VecTile<'k, f32, R, C>,
}

/// What is drawn of a cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) seed: u64,
    /// How many steps the vector cores push before they pop.
    pub(crate) ahead: usize,
}

impl Drawn {
    pub(crate) fn random(self, block: usize, role: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed((self.seed ^ role << 40).wrapping_mul(0x9E37_79B9) + block as u64)
    }

    /// How often a message on the chip may be stored again: the C++ has no such stores, so that half of the clusters do without.
    pub(crate) fn more_stores(self) -> u8 {
        if self.seed.is_multiple_of(2) { 0 } else { 2 }
    }

    pub(crate) fn steps(self, block: usize) -> Vec<Tile> {
        let mut random = self.random(block, 0);
        let count = random.usize(..9);
        let step = |tile| Tile { tile, more: random.u8(..3) == 0, back: random.u8(..3) > 0 };
        (0..count).map(step).collect()
    }
}

/// The most steps of a block.
pub(crate) const TILES: usize = 8;

/// Pops a message in one of the forms.
macro_rules! pop {
    ($random:ident, $step:expr, $free:expr) => {
        if $random.bool() {
            tpop($step, $free)
        } else {
            let message = tpop_slot($step);
            let loaded = tload($free, &message.at(0, 0));
            (loaded, tfree(message))
        }
    };
}

/// Pushes a message in one of the forms, with so many further stores at the most.
macro_rules! push {
    ($random:ident, $step:expr, $tile:expr, $more:expr) => {
        if $random.bool() {
            tpush($step, $tile)
        } else {
            let message = talloc($step);
            let mut stored = tstore(&message.at(0, 0), $tile);
            for _ in 0..$random.u8(..=$more) {
                stored = tstore(&message.at(0, 0), stored);
            }
            (stored, tpush_slot(message))
        }
    };
}

pub(crate) use push;

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
                core: Core<'k>,
                cube: Cube<'k>,
                links: Links<'k, OnCube, UP, DOWN>,
                b: GlobalIn<'k, f32>,
                out: GlobalOut<'k, f32, RowMajor, PipeFix>,
            ) -> Retired<(Cube<'k>, Links<'k, OnCube, UP, DOWN>)> {
                let mut random = self.0.random(core.block_idx(), 1);
                let b = tload(cube.b, &b.at(0, 0)).record::<TMovM2R>();
                let right = tmov(cube.right, &b).record::<TMatmul>();
                let mut free_x = cube.x.map(|x| x.prime::<TMovM2L, TLoad>());
                let mut free_left = cube.left.prime::<TMatmul, TMovM2L>();
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
                    let (slot, open) = free_x.take();
                    let (x, end) = pop!(random, step, slot);
                    ups = end.next();
                    let x = x.record::<TMovM2L>();
                    let left = tmov(free_left, &x).record::<TMatmul>();
                    free_x = open.put(x.release());
                    let mut acc = tmatmul(free_acc, &left, &right);
                    free_left = left.release();
                    if more {
                        let Next::Step(step) = mores else { panic!("a second message is due") };
                        let (slot, open) = free_x.take();
                        let (x, end) = pop!(random, step, slot);
                        mores = end.next();
                        let x = x.record::<TMovM2L>();
                        let left = tmov(free_left, &x).record::<TMatmul>();
                        free_x = open.put(x.release());
                        acc = tmatmul_acc(acc, &left, &right);
                        free_left = left.release();
                    }
                    let acc = acc.record::<TStoreAcc>();
                    free_acc = if back {
                        let Next::Step(step) = downs else { panic!("a message goes back") };
                        let (stored, end) = push!(random, step, acc, 2);
                        downs = end.next();
                        stored.release()
                    } else {
                        tstore(&out.at(tile * N, 0), acc).release()
                    };
                };
                let ends = LinksTokens { up, more: mores.end(), down: downs.end() };
                let cube = CubeTokens { x: free_x, b, left: free_left, right, acc: free_acc };
                Cube::retire(cube).and(Links::retire(ends))
            }

            fn vector<'k>(
                &self,
                core: Core<'k>,
                vectors: Vectors<'k, $rows, $cols>,
                links: Links<'k, OnVector, UP, DOWN>,
                x: GlobalIn<'k, f32>,
                y: GlobalOut<'k, f32>,
            ) -> Retired<(Vectors<'k, $rows, $cols>, Links<'k, OnVector, UP, DOWN>)> {
                // Two vector cores may push and pop one message in two forms.
                let mut random = self.0.random(core.block_idx(), 2 + core.subblock_idx() as u64);
                let mut free_x = vectors.x.map(|x| x.prime::<TStoreVec, TLoad>());
                let mut free_y = vectors.y.prime::<TStoreVec, TLoad>();
                let (mut ups, mut mores, mut downs) =
                    (links.up.next(), links.more.next(), links.down.next());
                let mut pushed = 0;
                loop {
                    if let Next::Step(step) = ups {
                        let (tile, more) = (step.tile, step.more);
                        let (slot, open) = free_x.take();
                        let sum = tload(slot, &x.at(tile * $rows, 0)).record::<TAddS>();
                        let sum = tadds_assign(sum, 1.0).record::<TStoreVec>();
                        let (stored, end) = push!(random, step, sum, 2);
                        ups = end.next();
                        free_x = open.put(stored.release());
                        if more {
                            let Next::Step(step) = mores else { panic!("a second message is due") };
                            let (slot, open) = free_x.take();
                            let sum = tload(slot, &x.at(tile * $rows, 0)).record::<TAddS>();
                            let sum = tadds_assign(sum, -3.0).record::<TStoreVec>();
                            let (stored, end) = push!(random, step, sum, 2);
                            mores = end.next();
                            free_x = open.put(stored.release());
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
                        let (loaded, end) = pop!(random, step, free_y);
                        downs = end.next();
                        let sum = tadds_assign(loaded.record::<TAddS>(), 2.0).record::<TStoreVec>();
                        free_y = tstore(&y.at(tile * $rows, 0), sum).release();
                    }
                    if all {
                        break;
                    }
                }
                let ends = LinksTokens { up: ups.end(), more: mores.end(), down: downs.end() };
                let vectors = VectorsTokens { x: free_x, y: free_y };
                Vectors::retire(vectors).and(Links::retire(ends))
            }
        }

        impl<const UP: usize, const DOWN: usize> Shares for $name<UP, DOWN> {
            const ROWS: usize = $rows;
        }
    )*};
}

/// How vector cores share a block.
pub(crate) trait Shares {
    /// How many rows of a message a vector core has.
    const ROWS: usize;

    /// Where in a block's part an element lies that is at a row and a column of the tiles, one below the other: a vector core has half of
    /// the rows, or of the columns, all at once.
    fn half(row: usize, col: usize) -> (usize, usize) {
        let (tile, row) = (row / N, row % N);
        (row / Self::ROWS * (TILES * Self::ROWS) + tile * Self::ROWS + row % Self::ROWS, col)
    }
}

clusters! {
    ByRow: ByRows, 16, 32;
    ByCol: ByCols, 32, 16;
    Alone: OneVector, 32, 32;
}
