//! Attention on one core: two products with a softmax between them, on five pipes at once.
//!
//! ```text
//! cargo run --release --example attention_one_core
//! ```
//!
//! For each query, `out = softmax(q · keyᵀ / sqrt(dim)) · value`. A block has a tile of queries and takes the keys tile by tile, so
//! that the scores of all keys never exist at once. M multiplies, and what it has summed FIX hands to the vector pipe (A2V); V scales the
//! scores and turns them into weights, and FIX hands those back to L1 (V2M), where MTE1 fetches them for the second product. These two
//! ways exist on a5.
//!
//! The softmax is *online*: with each tile of keys the greatest score of a row may grow, and then what was summed so far shrinks by
//! the exponential of the difference. The keys are loaded as columns, which is how a row-major tensor becomes its own
//! transpose at no cost.
//!
//! Factors are f16; sums and the softmax are f32. A tile that the causal mask hides is left out; the mask of one that it cuts is a
//! window of a small table, loaded where the diagonal lies.
//!
//! What odd input gives:
//!
//! * A query that may see no key at all becomes 0.
//! * A NaN in a query makes that query's row NaN. So does an infinity, but where it makes all scores −∞ the row is 0.
//! * A NaN in a key makes the rows of all queries NaN whose tile takes the key's tile. That may be queries that the mask hides it from:
//!   a mask is added, and a sum with NaN is NaN. An infinity does the same where the score is NaN or +∞; a score of −∞ weighs nothing.
//! * A NaN in a value makes that element NaN for the same queries: hidden is what has the weight 0, and 0 · NaN is NaN. An infinity
//!   gives an infinity, or NaN where the weight is 0.
//!
//! Scores may be as large as f16 makes them: their exponentials are taken of the distance to the greatest.

use std::error::Error;

use half::f16;
use tilesync::exec::Report;
use tilesync::prelude::*;
use tilesync::tile::space;

/// Queries, and keys, of a tile.
pub(crate) const QUERIES: usize = 64;
const KEYS: usize = 128;
/// The most elements that a query, a key and a value may have.
const DIM: usize = 128;
/// Columns of the mask table.
pub(crate) const TABLE: usize = 2 * KEYS + QUERIES;

type Factor<'k, L> = MatTile<'k, f16, KEYS, DIM, Dyn, L, A5>;
type Left<'k> = LeftTile<'k, f16, QUERIES, DIM, Dyn, A5>;
type Acc<'k> = AccTile<'k, f32, QUERIES, DIM, Dyn, A5>;
type Rows<'k> = VecTile<'k, f32, QUERIES, DIM, Dyn, A5>;
type Column<'k> = VecCol<'k, f32, QUERIES, Dyn, A5>;

/// As many keys in a tile as a key has elements, so that both products have one shape.
#[derive(Buffers)]
pub(crate) struct Tiles<'k> {
    queries: MatTile<'k, f16, QUERIES, DIM, Dyn, Nz, A5>,
    keys: [Factor<'k, Zn>; 2],
    values: [Factor<'k, Nz>; 2],
    weights: MatTile<'k, f16, QUERIES, KEYS, Dyn, Nz, A5>,
    left: Left<'k>,
    left_weights: Left<'k>,
    right: [RightTile<'k, f16, DIM, KEYS, Dyn, A5>; 2],
    score_acc: Acc<'k>,
    part_acc: Acc<'k>,
    scores: Rows<'k>,
    mask: Rows<'k>,
    rounded: VecTile<'k, f16, QUERIES, KEYS, Dyn, A5>,
    fractals: Tile<'k, space::Vec, f16, QUERIES, KEYS, Nz, Dyn, A5>,
    part: Rows<'k>,
    sums: Rows<'k>,
    greatest: Column<'k>,
    total: Column<'k>,
    spare: [Column<'k>; 2],
    tmp: Rows<'k>,
}

/// A block for each tile of queries. `keys` has a column for each key. With `causal`, the last query sees all keys, and each one before
/// it one less; `table` is what [`mask_table`] makes.
#[kernel]
#[allow(clippy::too_many_arguments, reason = "the operands of attention")]
pub(crate) fn attention<'k>(
    core: Core<'k, A5>,
    tiles: Tiles<'k>,
    queries: GlobalIn<'k, f16>,
    keys: GlobalIn<'k, f16, ColMajor>,
    values: GlobalIn<'k, f16>,
    table: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
    causal: bool,
) -> Retired<Tiles<'k>> {
    let first = core.block_idx() * QUERIES;
    let scale = (queries.cols() as f32).sqrt().recip();

    let mut free_keys = tiles.keys.map(|tile| tile.prime::<TMovM2R, TLoad>());
    let mut free_values = tiles.values.map(|tile| tile.prime::<TMovM2R, TLoad>());
    let mut free_weights = tiles.weights.prime::<TMovM2L, TMovV2M>();
    let mut free_left = tiles.left_weights.prime::<TMatmul, TMovM2L>();
    let mut free_right = tiles.right.map(|tile| tile.prime::<TMatmul, TMovM2R>());
    let mut free_score_acc = tiles.score_acc.prime::<TMovA2V, TMatmul>();
    let mut free_part_acc = tiles.part_acc.prime::<TMovA2V, TMatmul>();
    let mut free_scores = tiles.scores.prime::<Vector, TMovA2V>();
    let mut free_part = tiles.part.prime::<Vector, TMovA2V>();
    let mut free_fractals = tiles.fractals.prime::<TMovV2M, Vector>();
    let mut free_mask = tiles.mask.prime::<Vector, TLoad>();
    let mut spare = tiles.spare.map(Tile::on::<Vector>);
    let mut free_rounded = tiles.rounded.on::<Vector>();
    let mut tmp = tiles.tmp.on::<Vector>();
    // Of each query: the sum of weighted values, the greatest score, the sum of the weights.
    let mut state = Turn::First((
        tiles.sums.on::<Vector>(),
        [tiles.greatest.on::<Vector>(), tiles.total.on::<Vector>()],
    ));

    let in_l1 = tload(tiles.queries, &queries.at(first, 0).sized(QUERIES, DIM)).record::<TMovM2L>();
    let query = tmov(tiles.left, &in_l1).record::<TMatmul>();

    // Key `j + c` is seen by query `first + r` where `c <= r + seen`, with `seen` the last key that the first query sees less `j`.
    let diagonal = (first + keys.cols()) as isize - queries.rows() as isize;
    for j in (0..keys.cols()).step_by(KEYS) {
        let seen = diagonal - j as isize;
        // The first tile is taken even where nothing of it is seen, to find the sums of no values.
        if causal && j > 0 && seen + QUERIES as isize <= 0 {
            break;
        }

        let (slot, open) = free_keys.take();
        let key = tload(slot, &keys.at(0, j)).record::<TMovM2R>();
        let (slot, open_right) = free_right.take();
        let right = tmov(slot, &key).record::<TMatmul>();
        free_keys = open.put(key.release::<TLoad>());
        let acc = tmatmul(free_score_acc, &query, &right).record::<TMovA2V>();
        free_right = open_right.put(right.release::<TMovM2R>());
        let moved = tmov(free_scores, &acc).record::<Vector>();
        let mut scores = tmuls_assign(moved, scale).on::<Vector>();
        free_score_acc = acc.release::<TMatmul>();

        if causal && seen < KEYS as isize - 1 {
            let start = KEYS as isize - seen.max(-(QUERIES as isize));
            let window = table.at(0, start as usize).sized(out.rows(), keys.cols() - j);
            let mask = tload(free_mask, &window).record::<Vector>();
            scores = tadd_assign(scores, &mask).on();
            free_mask = mask.release::<TLoad>();
        }

        // A row of which nothing is seen has a greatest score too, so that its weights are 0.
        let [column, weights_column] = spare;
        let greatest = tmaxs_assign(trowmax(column, &scores, &mut tmp), f32::MIN);
        let (greatest, before) = match state {
            Turn::First(free) => (greatest.on::<Vector>(), Turn::First(free)),
            Turn::Later((sums, before, total)) => {
                let greatest = tmax_assign(greatest, &before).on();
                let shrink = texp_assign(tsub_assign(before, &greatest));
                let sums = trowexpandmul_assign(sums, &shrink, &mut tmp);
                let total = tmul_assign(total, &shrink);
                (greatest, Turn::Later((sums, shrink, total)))
            }
        };
        let weights = trowexpandexpdif_assign(scores, &greatest, &mut tmp);
        let weight = trowsum(weights_column, &weights, &mut tmp);
        let rounded = tcvt(free_rounded, &weights, RoundMode::Rint);
        free_scores = weights.on::<Vector>().release::<TMovA2V>();

        // A factor of a product lies in fractals, and only the vector pipe cuts rows up.
        let fractals = tmov(free_fractals, &rounded).record::<TMovV2M>();
        free_rounded = rounded.on().discard();
        let in_l1 = tmov(free_weights, &fractals).record::<TMovM2L>();
        free_fractals = fractals.release::<Vector>();
        let left = tmov(free_left, &in_l1).record::<TMatmul>();
        free_weights = in_l1.release::<TMovV2M>();
        let (slot, open) = free_values.take();
        let value = tload(slot, &values.at(j, 0)).record::<TMovM2R>();
        let (slot, open_right) = free_right.take();
        let right = tmov(slot, &value).record::<TMatmul>();
        free_values = open.put(value.release::<TLoad>());
        let acc = tmatmul(free_part_acc, &left, &right).record::<TMovA2V>();
        free_left = left.release::<TMovM2L>();
        free_right = open_right.put(right.release::<TMovM2R>());
        let part = tmov(free_part, &acc).record::<Vector>();
        free_part_acc = acc.release::<TMatmul>();

        let (sums, total);
        (sums, total, spare) = match before {
            Turn::First((free, columns)) => {
                (tmov(free, &part).on::<Vector>(), weight.on(), columns)
            }
            Turn::Later((sums, shrink, total)) => {
                let total = tadd_assign(total, &weight).on::<Vector>();
                let columns = [shrink.on().discard(), weight.on().discard()];
                (tadd_assign(sums, &part).on(), total, columns)
            }
        };
        free_part = part.release::<TMovA2V>();
        state = Turn::Later((sums, greatest, total));
    }

    let (sums, greatest, total) = match state {
        Turn::First((sums, [greatest, total])) => (Turn::First(sums), greatest, total),
        Turn::Later((sums, greatest, total)) => {
            // Where nothing was seen, 0 by the least number is 0; any other total is 1 at least.
            let total = tmaxs_assign(total, f32::MIN_POSITIVE);
            let mean = trowexpanddiv_assign(sums, &total, &mut tmp).record::<TStoreVec>();
            (Turn::Later(tstore(&out.at(0, 0), mean)), greatest.discard(), total.on().discard())
        }
    };
    Tiles::retire(TilesTokens {
        queries: in_l1,
        keys: free_keys,
        values: free_values,
        weights: free_weights,
        left: query,
        left_weights: free_left,
        right: free_right,
        score_acc: free_score_acc,
        part_acc: free_part_acc,
        scores: free_scores,
        mask: free_mask,
        rounded: free_rounded,
        fractals: free_fractals,
        part: free_part,
        sums,
        greatest,
        total,
        spare,
        tmp,
    })
}

/// `[r, x]` is 0 where `x <= r + KEYS`, and otherwise what hides a score: from column `KEYS - seen` on, the mask of a tile.
pub(crate) fn mask_table() -> Vec<f32> {
    let hidden = |(row, x): (usize, usize)| if x <= row + KEYS { 0.0 } else { f32::NEG_INFINITY };
    (0..QUERIES * TABLE).map(|at| hidden((at / TABLE, at % TABLE))).collect()
}

/// Queries, keys and values.
pub(crate) struct Input {
    pub(crate) dim: usize,
    pub(crate) queries: Vec<f16>,
    pub(crate) keys: Vec<f16>,
    pub(crate) values: Vec<f16>,
}

impl Input {
    pub(crate) fn random(queries: usize, keys: usize, dim: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut draw = |rows: usize| {
            (0..rows * dim).map(|_| f16::from_f32(random.f32() * 4.0 - 2.0)).collect()
        };
        Input { dim, queries: draw(queries), keys: draw(keys), values: draw(keys) }
    }

    /// Runs the kernel: eagerly, or as `pipelined` says, which then reports.
    pub(crate) fn run(
        &self,
        causal: bool,
        pipelined: Option<Pipelined>,
    ) -> Result<(Vec<f32>, Option<Report>), Box<dyn Error>> {
        let (dim, table) = (self.dim, mask_table());
        if dim > DIM {
            return Err(format!("{dim} elements, where a tile has room for {DIM}").into());
        }
        let (rows, keys) = (self.queries.len() / dim, self.keys.len() / dim);
        let mut out = vec![f32::NAN; rows * dim];
        let mut result = GlobalTensorMut::new(&mut out, &[rows, dim])?;
        let args = (
            GlobalTensor::new(&self.queries, &[rows, dim])?.whole(),
            GlobalTensor::new(&self.keys, &[dim, keys])?.whole(),
            GlobalTensor::new(&self.values, &[keys, dim])?.whole(),
            GlobalTensor::new(&table, &[QUERIES, TABLE])?.whole(),
            result.parts(QUERIES, dim)?,
            causal,
        );
        let blocks = rows.div_ceil(QUERIES);
        let report = match pipelined {
            None => Eager::new().launch(&attention, blocks, args).map(|()| None)?,
            Some(pipelined) => Some(pipelined.launch(&attention, blocks, args)?),
        };
        Ok((out, report))
    }

    /// A row of the result in `f64`, all scores at once.
    pub(crate) fn exact(&self, row: usize, causal: bool) -> Vec<f64> {
        let (dim, wide) = (self.dim, |x: &[f16], at: usize| x[at].to_f64());
        let (rows, keys) = (self.queries.len() / dim, self.keys.len() / dim);
        let seen = if causal { (row + 1 + keys).saturating_sub(rows) } else { keys };
        let scores: Vec<f64> = (0..seen)
            .map(|key| {
                let terms = (0..dim)
                    .map(|i| wide(&self.queries, row * dim + i) * wide(&self.keys, key * dim + i));
                terms.sum::<f64>() / (dim as f64).sqrt()
            })
            .collect();
        let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - greatest).exp()).collect();
        let total = weights.iter().sum::<f64>();
        let column = |i: usize| {
            let terms =
                weights.iter().enumerate().map(|(key, w)| w * wide(&self.values, key * dim + i));
            if seen == 0 { 0.0 } else { terms.sum::<f64>() / total }
        };
        (0..dim).map(column).collect()
    }
}

/// Runs it on every executor, and compares with `f64`.
fn verify(queries: usize, keys: usize, dim: usize, causal: bool) -> Result<(), Box<dyn Error>> {
    let input = Input::random(queries, keys, dim);
    let (out, _) = input.run(causal, None)?;
    for order in [Order::Early, Order::Late, Order::Random(1)] {
        let (other, _) = input.run(causal, Some(Pipelined::new().order(order)))?;
        let same = other.iter().zip(&out).all(|(x, y)| x.to_bits() == y.to_bits());
        if !same {
            return Err(format!("{order:?} computes other bits").into());
        }
    }
    let mut worst: f64 = 0.0;
    for row in 0..queries {
        for (i, expected) in input.exact(row, causal).into_iter().enumerate() {
            let got = f64::from(out[row * dim + i]);
            // Each weight is rounded to f16, by 2^-11 of it; the values are smaller than 2.
            let error = (got - expected).abs();
            if error > 2.0 * 2.0_f64.powi(-11) + 1e-5 || got.is_nan() {
                return Err(format!("out[{row}, {i}] is {got}, expected {expected}").into());
            }
            worst = worst.max(error);
        }
    }
    let mask = if causal { ", causal" } else { "" };
    println!(
        "verified: {queries} queries, {keys} keys of {dim}{mask}: error {worst:.1e} at most, the same bits on every schedule"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    verify(256, 256, 128, false)?;
    verify(256, 256, 128, true)?;
    verify(100, 333, 80, true)?;
    // The first 60 queries see no key at all.
    verify(190, 130, 128, true)?;
    verify(1, 1, 1, false)
}
