//! Attention on several cores: the cube core multiplies, its vector cores do the softmax, and three FIFOs are between them.
//!
//! ```text
//! cargo run --release --example attention
//! ```
//!
//! For each query and head, `out = softmax(q · keyᵀ / sqrt(dim)) · value`, on a2a3. A block has a tile of queries and takes the keys tile by
//! tile. For each tile of keys:
//!
//! ```text
//! cube    scores = q · keyᵀ ──C2V──┐                      ┌─V2C──> part = weights · value ──C2V──┐
//! vector                           └─> softmax, weights ──┘                                      └─> sums += part
//! ```
//!
//! The cube core runs ahead: it has the scores of the next tiles pushed before it asks for the weights of this one (`AHEAD`), so that it
//! multiplies while the vector cores work on the softmax. How far it may run ahead the FIFOs' slots say: further, and both sides would
//! wait for each other, which the launch finds before anything runs.
//!
//! Both sides walk one schedule, the tiles of keys that a block sees. With `causal`, the last query sees all keys and each one before it
//! one less; a tile that no query of the block sees is not in the schedule, and so it is skipped on both sides.
//!
//! The softmax is *online*: with each tile of keys the greatest score of a row may grow, and then what was summed so far shrinks by the
//! exponential of the difference. Each vector core has half of the queries. Factors are f16; sums and the softmax are f32.
//!
//! One file of some length: both sides, what they carry from tile to tile, and an oracle.

use std::error::Error;

use half::f16;
use tilesync::exec::ClusterReport;
use tilesync::prelude::*;

/// Queries, and keys, of a tile.
pub(crate) const QUERIES: usize = 64;
const KEYS: usize = 128;
/// Queries of a vector core.
pub(crate) const HALF: usize = QUERIES / 2;
/// The most elements that a query, a key and a value may have.
const DIM: usize = 128;
/// By how many tiles the cube core runs ahead, and how many messages each FIFO holds.
const AHEAD: usize = 2;
const SLOTS: usize = 4;
/// Columns of the mask table.
pub(crate) const TABLE: usize = 2 * KEYS + HALF;

/// A tile of keys: the first one of its head, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    first: usize,
    count: usize,
}

#[derive(Fifos)]
pub(crate) struct Links<'k, R> {
    scores: C2V<'k, R, Keys, f32, QUERIES, KEYS, SLOTS>,
    weights: V2C<'k, R, Keys, f16, QUERIES, KEYS, SLOTS>,
    parts: C2V<'k, R, Keys, f32, QUERIES, DIM, SLOTS>,
}

type Factor<'k, L> = MatTile<'k, f16, KEYS, DIM, Dyn, L>;
type Acc<'k> = AccTile<'k, f32, QUERIES, DIM, Dyn>;
type Rows<'k> = VecTile<'k, f32, HALF, DIM, Dyn>;
type Column<'k> = VecCol<'k, f32, HALF, Dyn>;

/// As many keys in a tile as a key has elements, so that both products have one shape.
#[derive(Buffers)]
pub(crate) struct Cube<'k> {
    queries: MatTile<'k, f16, QUERIES, DIM, Dyn>,
    keys: [Factor<'k, Zn>; 2],
    values: [Factor<'k, Nz>; 2],
    weights: [MatTile<'k, f16, QUERIES, KEYS, Dyn>; 2],
    query: LeftTile<'k, f16, QUERIES, DIM, Dyn>,
    left: LeftTile<'k, f16, QUERIES, KEYS, Dyn>,
    right: [RightTile<'k, f16, DIM, KEYS, Dyn>; 2],
    accs: [Acc<'k>; 2],
}

/// The plan of each vector core: half of the queries are its own.
#[derive(Buffers)]
pub(crate) struct Vectors<'k> {
    scores: [Rows<'k>; 2],
    mask: Rows<'k>,
    rounded: [VecTile<'k, f16, HALF, KEYS, Dyn>; 2],
    parts: [Rows<'k>; 2],
    sums: Rows<'k>,
    tmp: Rows<'k>,
    /// The greatest score of each query, and the sum of its weights.
    greatest: Column<'k>,
    total: Column<'k>,
    spare: [Column<'k>; 2],
    /// By how much the sums shrink with each tile that the softmax is ahead.
    shrinks: [Column<'k>; AHEAD + 1],
}

/// The kernel: the numbers that the schedule is made of.
pub(crate) struct Attention {
    /// Queries, and keys, of a head.
    pub(crate) queries: usize,
    pub(crate) keys: usize,
    pub(crate) causal: bool,
}

impl Attention {
    /// The head of a block, and its first query in it.
    fn place(&self, block: usize) -> (usize, usize) {
        let tiles = self.queries.div_ceil(QUERIES);
        (block / tiles, block % tiles * QUERIES)
    }

    /// The last key that query `query` sees, counted from 0; below 0, if it sees none.
    fn last_seen(&self, query: usize) -> isize {
        (query + self.keys) as isize - self.queries as isize
    }
}

#[cluster]
impl Attention {
    /// The tiles of keys that a query of the block sees; the first one in any case, to find the sums of no values.
    fn schedule(&self, block: usize) -> Vec<Keys> {
        let (_, first) = self.place(block);
        let last = self.last_seen(first + QUERIES - 1);
        let seen = |&key: &usize| !self.causal || key == 0 || key as isize <= last;
        let tile = |first| Keys { first, count: KEYS.min(self.keys - first) };
        (0..self.keys).step_by(KEYS).filter(seen).map(tile).collect()
    }

    fn cube<'k>(
        &self,
        core: Core<'k>,
        tiles: Cube<'k>,
        links: Links<'k, OnCube>,
        queries: GlobalIn<'k, f16>,
        keys: GlobalIn<'k, f16, ColMajor>,
        values: GlobalIn<'k, f16>,
    ) -> Retired<(Cube<'k>, Links<'k, OnCube>)> {
        let dim = queries.cols();
        let of_head = self.place(core.block_idx()).0 * self.keys;
        let rows = queries.rows();

        let mut free_keys = tiles.keys.map(|tile| tile.prime::<TMovM2R, TLoad>());
        let mut free_values = tiles.values.map(|tile| tile.prime::<TMovM2R, TLoad>());
        let mut free_weights = tiles.weights.map(|tile| tile.prime::<TMovM2L, TLoad>());
        let mut free_left = tiles.left.prime::<TMatmul, TMovM2L>();
        let mut free_right = tiles.right.map(|tile| tile.prime::<TMatmul, TMovM2R>());
        let mut free_accs = tiles.accs.map(|tile| tile.prime::<TStoreAcc, TMatmul>());
        let in_l1 = tload(tiles.queries, &queries.at(0, 0)).record::<TMovM2L>();
        let query = tmov(tiles.query, &in_l1).record::<TMatmul>();

        let mut scores = links.scores.next();
        let mut rest = (links.weights, links.parts);
        let mut lead = 0;
        let (weights, parts) = loop {
            // The scores of the next tiles, as far as it may run ahead.
            while lead <= AHEAD
                && let Next::Step(step) = scores
            {
                let (slot, open) = free_keys.take();
                let region = keys.at(0, of_head + step.first).sized(dim, step.count);
                let key = tload(slot, &region).record::<TMovM2R>();
                let (slot, open_right) = free_right.take();
                let right = tmov(slot, &key).record::<TMatmul>();
                free_keys = open.put(key.release());
                let (slot, open_acc) = free_accs.take();
                let acc = tmatmul(slot, &query, &right).record::<TStoreAcc>();
                free_right = open_right.put(right.release());
                let (stored, end) = tpush(step, acc);
                scores = end.next();
                free_accs = open_acc.put(stored.release());
                lead += 1;
            }
            let (weight, part) = match rest.next() {
                Next::Step(steps) => steps,
                Next::End(ends) => break ends,
            };
            lead -= 1;
            let Keys { first, count } = *weight;
            let (slot, open) = free_weights.take();
            let message = tpop_slot(weight);
            let in_l1 = tload(slot, &message.at(0, 0).sized(rows, count)).record::<TMovM2L>();
            let weights = tfree(message);
            let left = tmov(free_left, &in_l1).record::<TMatmul>();
            free_weights = open.put(in_l1.release());
            let (slot, open) = free_values.take();
            let region = values.at(of_head + first, 0).sized(count, dim);
            let value = tload(slot, &region).record::<TMovM2R>();
            let (slot, open_right) = free_right.take();
            let right = tmov(slot, &value).record::<TMatmul>();
            free_values = open.put(value.release());
            let (slot, open_acc) = free_accs.take();
            let acc = tmatmul(slot, &left, &right).record::<TStoreAcc>();
            free_left = left.release();
            free_right = open_right.put(right.release());
            let (stored, parts) = tpush(part, acc);
            free_accs = open_acc.put(stored.release());
            rest = (weights, parts);
        };
        let cube = CubeTokens {
            queries: in_l1,
            keys: free_keys,
            values: free_values,
            weights: free_weights,
            query,
            left: free_left,
            right: free_right,
            accs: free_accs,
        };
        let links = LinksTokens { scores: scores.end(), weights, parts };
        Cube::retire(cube).and(Links::retire(links))
    }

    fn vector<'k>(
        &self,
        core: Core<'k>,
        tiles: Vectors<'k>,
        links: Links<'k, OnVector>,
        table: GlobalIn<'k, f32>,
        out: GlobalOut<'k, f32>,
    ) -> Retired<(Vectors<'k>, Links<'k, OnVector>)> {
        let first = self.place(core.block_idx()).1 + core.subblock_idx() * HALF;
        let (rows, dim) = (out.rows(), out.cols());
        if rows == 0 {
            return idle(tiles, links);
        }
        let mut free_parts = tiles.parts.map(|tile| tile.prime::<Vector, TLoad>());
        let mut sums = Turn::First(tiles.sums.on::<Vector>());
        let mut tmp = tiles.tmp.on::<Vector>();
        let mut softmax = Softmax {
            scale: (dim as f32).sqrt().recip(),
            scores: tiles.scores.map(|tile| tile.prime::<Vector, TLoad>()),
            mask: tiles.mask.prime::<Vector, TLoad>(),
            rounded: tiles.rounded.map(|tile| tile.prime::<TStoreVec, Vector>()),
            state: Turn::First([tiles.greatest.on::<Vector>(), tiles.total.on::<Vector>()]),
            spare: tiles.spare.map(Tile::on::<Vector>),
            shrinks: tiles.shrinks.map(|tile| Turn::First(tile.on::<Vector>())),
        };

        let mut ahead = (links.scores, links.weights).next();
        let mut parts = links.parts;
        let mut lead = 0;
        let parts = loop {
            while lead <= AHEAD
                && let Next::Step((score, weight)) = ahead
            {
                let seen = self.last_seen(first) - score.first as isize;
                let table = self.causal.then_some((&table, seen));
                let ends;
                (softmax, ends) = softmax.next(score, weight, rows, table, &mut tmp);
                ahead = ends.next();
                lead += 1;
            }
            let step = match parts.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            lead -= 1;
            let (slot, open) = free_parts.take();
            let message = tpop_slot(step);
            let part = tload(slot, &message.at(0, 0).sized(rows, dim)).record::<Vector>();
            parts = tfree(message);
            sums = Turn::Later(match sums {
                Turn::First(free) => tmov(free, &part).on::<Vector>(),
                Turn::Later(sums) => {
                    let sums = match &softmax.shrinks[AHEAD - lead] {
                        Turn::Later(shrink) => {
                            trowexpandmul_assign(sums, shrink, &mut tmp).on::<Vector>()
                        }
                        Turn::First(_) => sums,
                    };
                    tadd_assign(sums, &part).on::<Vector>()
                }
            });
            free_parts = open.put(part.release());
        };

        let Softmax { scores, mask, rounded, state, spare, shrinks, .. } = softmax;
        let (sums, greatest, total) = match (sums, state) {
            (Turn::Later(sums), Turn::Later([greatest, total])) => {
                // Where nothing was seen, 0 by the least number is 0; any other total is 1 at least.
                let total = tmaxs_assign(total, f32::MIN_POSITIVE).on::<Vector>();
                let mean = trowexpanddiv_assign(sums, &total, &mut tmp).record::<TStoreVec>();
                (tstore(&out.at(0, 0), mean), greatest.discard(), total.discard())
            }
            _ => unreachable!("there is a tile of keys"),
        };
        let (scores_end, weights_end) = ahead.end();
        let vectors = VectorsTokens {
            scores,
            mask,
            rounded,
            parts: free_parts,
            sums,
            tmp,
            greatest,
            total,
            spare,
            shrinks,
        };
        let links = LinksTokens { scores: scores_end, weights: weights_end, parts };
        Vectors::retire(vectors).and(Links::retire(links))
    }
}

type Scores<'k> = C2V<'k, OnVector, Keys, f32, QUERIES, KEYS, SLOTS>;
type Weights<'k> = V2C<'k, OnVector, Keys, f16, QUERIES, KEYS, SLOTS>;

/// A column that holds nothing yet, or something.
type Held<'k> = Turn<RecordEvent<Vector, Column<'k>>, Resident<Vector, Column<'k>>>;

/// What the softmax carries from tile to tile.
struct Softmax<'k> {
    scale: f32,
    scores: [Free<Vector, TLoad, Rows<'k>>; 2],
    mask: Free<Vector, TLoad, Rows<'k>>,
    rounded: [Free<TStoreVec, Vector, VecTile<'k, f16, HALF, KEYS, Dyn>>; 2],
    /// The greatest scores so far, and the sums of the weights.
    state: Turn<[RecordEvent<Vector, Column<'k>>; 2], [Resident<Vector, Column<'k>>; 2]>,
    spare: [RecordEvent<Vector, Column<'k>>; 2],
    /// By how much each tile shrinks what was summed before it, the newest last.
    shrinks: [Held<'k>; AHEAD + 1],
}

impl<'k> Softmax<'k> {
    /// Makes weights of the scores of a tile of keys. `table` has the mask, and which key the first query sees last, counted from the
    /// tile's first.
    fn next(
        self,
        score: Step<Scores<'k>>,
        weight: Step<Weights<'k>>,
        rows: usize,
        table: Option<(&GlobalIn<'k, f32>, isize)>,
        tmp: &mut RecordEvent<Vector, Rows<'k>>,
    ) -> (Self, (Scores<'k>, Weights<'k>)) {
        let count = score.count;
        let (slot, open) = self.scores.take();
        let message = tpop_slot(score);
        let mut scores =
            tload(slot, &message.at(0, 0).sized(rows, count)).record::<Vector>().on::<Vector>();
        let scores_end = tfree(message);
        scores = tmuls_assign(scores, self.scale).on();

        let mut mask = self.mask;
        if let Some((table, seen)) = table.filter(|(_, seen)| *seen < KEYS as isize - 1) {
            let start = KEYS as isize - seen.max(-(HALF as isize));
            let window = table.at(0, start as usize).sized(rows, count);
            let hidden = tload(mask, &window).record::<Vector>();
            scores = tadd_assign(scores, &hidden).on();
            mask = hidden.release();
        }

        // A row of which nothing is seen has a greatest score too, so that its weights are 0.
        let [column, weights_column] = self.spare;
        let greatest = tmaxs_assign(trowmax(column, &scores, tmp), f32::MIN).on::<Vector>();
        let [oldest, shrinks @ ..] = self.shrinks;
        let oldest = match oldest {
            Turn::First(free) => free,
            Turn::Later(shrink) => shrink.discard(),
        };
        let (greatest, before, shrink, old) = match self.state {
            Turn::First([old, total]) => (greatest, Turn::First(total), Turn::First(oldest), old),
            Turn::Later([before, total]) => {
                let greatest = tmax_assign(greatest, &before).on::<Vector>();
                let difference = tsub(oldest, &before, &greatest);
                let shrink = texp_assign(difference).on::<Vector>();
                let total = tmul_assign(total, &shrink).on::<Vector>();
                (greatest, Turn::Later(total), Turn::Later(shrink), before.discard())
            }
        };
        let weights = trowexpandexpdif_assign(scores, &greatest, tmp).on::<Vector>();
        let sum = trowsum(weights_column, &weights, tmp).on::<Vector>();
        let (slot, open_rounded) = self.rounded.take();
        let rounded = tcvt(slot, &weights, RoundMode::Rint).record::<TStoreVec>();
        let scores = open.put(weights.record::<Vector>().release());
        let slot = talloc(weight);
        let stored = tstore(&slot.at(0, 0), rounded);
        let weights_end = tpush_slot(slot);

        let (total, spare) = match before {
            Turn::First(free) => (sum, [old, free]),
            Turn::Later(total) => (tadd_assign(total, &sum).on::<Vector>(), [old, sum.discard()]),
        };
        let [second, third] = shrinks;
        let softmax = Softmax {
            scale: self.scale,
            scores,
            mask,
            rounded: open_rounded.put(stored.release()),
            state: Turn::Later([greatest, total]),
            spare,
            shrinks: [second, third, shrink],
        };
        (softmax, (scores_end, weights_end))
    }
}

/// A vector core without queries takes every message and pushes empty ones.
fn idle<'k>(
    tiles: Vectors<'k>,
    links: Links<'k, OnVector>,
) -> Retired<(Vectors<'k>, Links<'k, OnVector>)> {
    let mut ends = (links.scores, links.weights, links.parts);
    let (scores, weights, parts) = loop {
        ends = match ends.next() {
            Next::End(ends) => break ends,
            Next::Step((score, weight, part)) => {
                (tfree(tpop_slot(score)), tpush_slot(talloc(weight)), tfree(tpop_slot(part)))
            }
        };
    };
    let vectors = VectorsTokens {
        scores: tiles.scores,
        mask: tiles.mask,
        rounded: tiles.rounded,
        parts: tiles.parts,
        sums: tiles.sums,
        tmp: tiles.tmp,
        greatest: tiles.greatest,
        total: tiles.total,
        spare: tiles.spare,
        shrinks: tiles.shrinks,
    };
    Vectors::retire(vectors).and(Links::retire(LinksTokens { scores, weights, parts }))
}

/// `[r, x]` is 0 where `x <= r + KEYS`, and otherwise what hides a score: from column `KEYS - seen` on, the mask of a tile.
pub(crate) fn mask_table() -> Vec<f32> {
    let hidden = |(row, x): (usize, usize)| if x <= row + KEYS { 0.0 } else { f32::NEG_INFINITY };
    (0..HALF * TABLE).map(|at| hidden((at / TABLE, at % TABLE))).collect()
}

/// Queries, keys and values of some heads.
pub(crate) struct Input {
    heads: usize,
    kernel: Attention,
    dim: usize,
    queries: Vec<f16>,
    keys: Vec<f16>,
    values: Vec<f16>,
}

impl Input {
    pub(crate) fn random(
        heads: usize,
        queries: usize,
        keys: usize,
        dim: usize,
        causal: bool,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut draw = |rows: usize| {
            (0..heads * rows * dim).map(|_| f16::from_f32(random.f32() * 4.0 - 2.0)).collect()
        };
        let kernel = Attention { queries, keys, causal };
        Input { heads, kernel, dim, queries: draw(queries), keys: draw(keys), values: draw(keys) }
    }

    /// Runs the kernel into `out`: eagerly, or in an order of the pipelined executor, which then reports.
    pub(crate) fn run(
        &self,
        out: &mut [f32],
        order: Option<Order>,
    ) -> Result<Option<ClusterReport>, Box<dyn Error>> {
        let Input { heads, kernel, dim, .. } = self;
        let (heads, dim, table) = (*heads, *dim, mask_table());
        if dim > DIM {
            return Err(format!("{dim} elements, where a tile has room for {DIM}").into());
        }
        let queries = GlobalTensor::new(&self.queries, &[heads, kernel.queries, dim])?;
        let keys = GlobalTensor::new(&self.keys, &[dim, heads * kernel.keys])?;
        let values = GlobalTensor::new(&self.values, &[heads * kernel.keys, dim])?;
        let table = GlobalTensor::new(&table, &[HALF, TABLE])?;
        let mut result = GlobalTensorMut::new(out, &[heads, kernel.queries, dim])?;
        let cube = (queries.batched_parts(QUERIES, dim)?, keys.whole(), values.whole());
        let vector = (table.whole(), result.batched_parts(QUERIES, dim)?);
        let blocks = heads * kernel.queries.div_ceil(QUERIES);
        Ok(match order {
            None => Eager::new().launch_cluster(kernel, blocks, cube, vector).map(|()| None)?,
            Some(order) => {
                Some(Pipelined::new().order(order).launch_cluster(kernel, blocks, cube, vector)?)
            }
        })
    }

    /// A result that nothing was stored to.
    pub(crate) fn result(&self) -> Vec<f32> {
        vec![f32::NAN; self.queries.len()]
    }

    /// A query's result in `f64`, all scores at once.
    pub(crate) fn exact(&self, head: usize, query: usize) -> Vec<f64> {
        let Input { kernel, dim, .. } = self;
        let wide = |x: &[f16], row: usize, i: usize| x[row * dim + i].to_f64();
        let seen = kernel.last_seen(query) + 1;
        let seen = if kernel.causal { seen.max(0) as usize } else { kernel.keys };
        let (query, first) = (head * kernel.queries + query, head * kernel.keys);
        let score = |key: usize| {
            let terms =
                (0..*dim).map(|i| wide(&self.queries, query, i) * wide(&self.keys, first + key, i));
            terms.sum::<f64>() / (*dim as f64).sqrt()
        };
        let scores: Vec<f64> = (0..seen).map(score).collect();
        let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - greatest).exp()).collect();
        let total = weights.iter().sum::<f64>();
        let column = |i: usize| {
            let weighted = |(key, w): (usize, &f64)| w * wide(&self.values, first + key, i);
            let sum: f64 = weights.iter().enumerate().map(weighted).sum();
            if seen == 0 { 0.0 } else { sum / total }
        };
        (0..*dim).map(column).collect()
    }
}

/// Runs it on every executor, and compares with `f64`.
fn verify(
    heads: usize,
    queries: usize,
    keys: usize,
    dim: usize,
    causal: bool,
) -> Result<(), Box<dyn Error>> {
    let input = Input::random(heads, queries, keys, dim, causal);
    let mut out = input.result();
    input.run(&mut out, None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let mut other = input.result();
        input.run(&mut other, Some(order))?;
        let same = other.iter().zip(&out).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
    }
    let mut worst: f64 = 0.0;
    for (head, query) in (0..heads).flat_map(|head| (0..queries).map(move |query| (head, query))) {
        for (i, expected) in input.exact(head, query).into_iter().enumerate() {
            let got = f64::from(out[(head * queries + query) * dim + i]);
            // Each weight is rounded to f16, by 2^-11 of it; the values are smaller than 2.
            let error = (got - expected).abs();
            if error > 2.0 * 2.0_f64.powi(-11) + 1e-5 || got.is_nan() {
                return Err(format!(
                    "head {head}, query {query}: element {i} is {got}, expected {expected}"
                )
                .into());
            }
            worst = worst.max(error);
        }
    }
    let mask = if causal { ", causal" } else { "" };
    println!(
        "verified: {heads} heads of {queries} queries, {keys} keys of {dim}{mask}: error {worst:.1e} at most, the same bits on every schedule"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(2, 256, 256, 128, false)?;
    verify(1, 256, 512, 128, true)?;
    verify(3, 100, 333, 80, true)?;
    // The first 60 queries see no key at all.
    verify(1, 190, 130, 128, true)?;
    verify(1, 1, 1, 1, false)
}
