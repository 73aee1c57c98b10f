//! A cluster whose two sides wait for each other: the vector cores add 1, the cube core multiplies by `b`, the vector cores add 2.

use tilesync::LaunchError;
use tilesync::prelude::*;
use tilesync::program::ClusterProgram;

pub(crate) const N: usize = 16;

/// A tile of 16 x 16, one below the other.
pub(crate) struct Tile(usize);

type Factors<'k> = V2C<'k, OnVector, Tile, f32, N, N, 2>;

#[derive(Fifos)]
pub(crate) struct Links<'k, R, const SLOTS: usize> {
    factors: V2C<'k, R, Tile, f32, N, N, 2>,
    products: C2V<'k, R, Tile, f32, N, N, SLOTS>,
}

#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    x: MatTile<'k, f32, N, N>,
    b: MatTile<'k, f32, N, N>,
    left: LeftTile<'k, f32, N, N>,
    right: RightTile<'k, f32, N, N>,
    acc: AccTile<'k, f32, N, N>,
}

#[derive(Buffers)]
pub(crate) struct Vectors<'k> {
    x: VecTile<'k, f32, 8, N>,
    y: VecTile<'k, f32, 8, N>,
}

/// How many tiles a block has, and how many the vector cores push before they pop the first; `SLOTS` products are under way at most.
pub(crate) struct Relay<const SLOTS: usize> {
    pub(crate) tiles: usize,
    pub(crate) ahead: usize,
}

#[cluster]
impl<const SLOTS: usize> Relay<SLOTS> {
    fn schedule(&self, _block: usize) -> Vec<Tile> {
        (0..self.tiles).map(Tile).collect()
    }

    fn cube<'k>(
        cube: Cube<'k>,
        links: Links<'k, OnCube, SLOTS>,
        b: GlobalIn<'k, f32>,
    ) -> Retired<(Cube<'k>, Links<'k, OnCube, SLOTS>)> {
        let b = tload(cube.b, &b.at(0, 0)).record::<TMovM2R>();
        let right = tmov(cube.right, &b).record::<TMatmul>();
        let mut free_x = cube.x.prime::<TMovM2L, TLoad>();
        let mut free_left = cube.left.prime::<TMatmul, TMovM2L>();
        let mut free_acc = cube.acc.prime::<TStoreAcc, TMatmul>();
        let (mut factors, mut products) = (links.factors, links.products);
        let (factors, products) = loop {
            match (factors, products).next() {
                Next::End(ends) => break ends,
                Next::Step((factor, product)) => {
                    let (x, end) = tpop(factor, free_x);
                    factors = end;
                    let x = x.record::<TMovM2L>();
                    let left = tmov(free_left, &x).record::<TMatmul>();
                    free_x = x.release();
                    let acc = tmatmul(free_acc, &left, &right).record::<TStoreAcc>();
                    free_left = left.release();
                    let (stored, end) = tpush(product, acc);
                    products = end;
                    free_acc = stored.release();
                }
            }
        };
        let cube = CubeTokens { x: free_x, b, left: free_left, right, acc: free_acc };
        Cube::retire(cube).and(Links::retire(LinksTokens { factors, products }))
    }

    fn vector<'k>(
        &self,
        core: Core<'k>,
        vectors: Vectors<'k>,
        links: Links<'k, OnVector, SLOTS>,
        x: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<(Vectors<'k>, Links<'k, OnVector, SLOTS>)> {
        let mut free_x = vectors.x.prime::<TStoreVec, TLoad>();
        let mut free_y = vectors.y.prime::<TStoreVec, TLoad>();
        // `x` is whole: each vector core finds its rows.
        let row =
            |tile: usize| core.block_idx() * self.tiles * N + tile * N + core.subblock_idx() * 8;
        // One tile more, if there is one.
        let push =
            |next: Next<Step<Factors<'k>>, Retired<Factors<'k>>>,
             free: Event<TStoreVec, TLoad, VecTile<'k, f32, 8, N>>| match next {
                Next::End(end) => (Next::End(end), free),
                Next::Step(step) => {
                    let loaded = tload(free, &x.at(row(step.0), 0)).record::<TAddS>();
                    let sum = tadds_assign(loaded, 1.0).record::<TStoreVec>();
                    let (stored, factors) = tpush(step, sum);
                    (factors.next(), stored.release())
                }
            };
        let (mut factors, mut products) = (links.factors.next(), links.products);
        for _ in 0..self.ahead {
            (factors, free_x) = push(factors, free_x);
        }
        let products = loop {
            (factors, free_x) = push(factors, free_x);
            match products.next() {
                Next::End(end) => break end,
                Next::Step(step) => {
                    let tile = step.0;
                    let (loaded, end) = tpop(step, free_y);
                    products = end;
                    let sum = tadds_assign(loaded.record::<TAddS>(), 2.0).record::<TStoreVec>();
                    free_y = tstore(&y.at(tile * 8, 0), sum).release();
                }
            }
        };
        let Next::End(factors) = factors else { panic!("a factor for each product") };
        let vectors = VectorsTokens { x: free_x, y: free_y };
        Vectors::retire(vectors).and(Links::retire(LinksTokens { factors, products }))
    }
}

/// Which executor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Eager(Eager),
    Pipelined(Order),
}

impl How {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = How> {
        let eager = [Eager::new(), Eager::sequential()].map(How::Eager);
        let orders = [Order::Early, Order::Late].into_iter().chain((1..5).map(Order::Random));
        eager.into_iter().chain(orders.map(How::Pipelined))
    }
}

impl<const SLOTS: usize> Relay<SLOTS> {
    /// Runs `blocks` blocks, and says how the launch ended and what came out.
    pub(crate) fn launch(&self, how: How, blocks: usize) -> (Result<(), LaunchError>, Vec<f32>) {
        let (x, b) = self.inputs(blocks);
        let mut out = vec![f32::NAN; x.len()];
        let shape = [blocks * self.tiles * N, N];
        let outcome = (|| {
            let b = GlobalTensor::new(&b, &[N, N])?;
            let x = GlobalTensor::new(&x, &shape)?;
            let mut out = GlobalTensorMut::new(&mut out, &shape)?;
            // The upper half of a block's rows is the first vector core's.
            let vector = (x.whole(), out.parts(self.tiles * N, N)?);
            match how {
                How::Eager(eager) => eager.launch_cluster(self, blocks, (b.whole(),), vector),
                How::Pipelined(order) => {
                    let pipelined = Pipelined::new().order(order);
                    pipelined.launch_cluster(self, blocks, (b.whole(),), vector).map(drop)
                }
            }
        })();
        (outcome, out)
    }

    /// What the cores of `blocks` blocks issue.
    pub(crate) fn program(&self, blocks: usize) -> ClusterProgram {
        let (x, b) = self.inputs(blocks);
        let mut out = vec![f32::NAN; x.len()];
        let shape = [blocks * self.tiles * N, N];
        let report = (|| -> Result<_, LaunchError> {
            let b = GlobalTensor::new(&b, &[N, N])?;
            let x = GlobalTensor::new(&x, &shape)?;
            let mut out = GlobalTensorMut::new(&mut out, &shape)?;
            let vector = (x.whole(), out.parts(self.tiles * N, N)?);
            Pipelined::new().launch_cluster(self, blocks, (b.whole(),), vector)
        })();
        report.expect("runs").program
    }

    /// Small whole numbers, so that sums in f32 are exact.
    pub(crate) fn inputs(&self, blocks: usize) -> (Vec<f32>, Vec<f32>) {
        let x = (0..blocks * self.tiles * N * N).map(|i| (i * 7 % 23) as f32 - 11.0);
        (x.collect(), (0..N * N).map(|i| (i * 5 % 17) as f32 - 8.0).collect())
    }

    /// What must come out.
    pub(crate) fn expected(&self, blocks: usize) -> Vec<f32> {
        let (x, b) = self.inputs(blocks);
        let mut out = vec![0.0; x.len()];
        for row in 0..x.len() / N {
            // Where the vector core of this row of a tile puts it: in its own half of the block's rows.
            let (block, in_block) = (row / (self.tiles * N), row % (self.tiles * N));
            let (tile, in_tile) = (in_block / N, in_block % N);
            let to = block * self.tiles * N + in_tile / 8 * self.tiles * 8 + tile * 8 + in_tile % 8;
            for col in 0..N {
                let terms = (0..N).map(|k| (x[row * N + k] + 1.0) * b[k * N + col]);
                out[to * N + col] = terms.sum::<f32>() + 2.0;
            }
        }
        out
    }
}
