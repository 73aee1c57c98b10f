//! The attention of the PTO library's `flash_atten`, on a cube core and two vector cores: tiles of 128 queries, steps of 256 keys of which
//! the cube core takes half at a time, FIFOs of eight messages, and the scores four steps ahead.
//!
//! One file of some length: both sides, and what they carry from step to step.

use tilesync::exec::simulate::Forecast;
use tilesync::op::{OpCode, Pipe};
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, InstrKind, Program};

use super::{Failure, Keys};

/// Queries of a block, keys of a product, keys of a step, elements of a query.
const QUERIES: usize = 128;
const KEYS: usize = 128;
const STEP: usize = 2 * KEYS;
const DIM: usize = 128;
/// Queries that a vector core has, and those that it takes at a time.
const OWN: usize = QUERIES / 2;
const BAND: usize = OWN / 2;
/// By how many steps the scores are ahead, and how many messages a FIFO has room for.
const AHEAD: usize = 4;
const SLOTS: usize = 8;

#[derive(Fifos)]
struct Links<'k, R> {
    scores: C2V<'k, R, usize, f32, QUERIES, STEP, SLOTS>,
    weights: V2C<'k, R, usize, f16, QUERIES, STEP, SLOTS>,
    parts: C2V<'k, R, usize, f32, QUERIES, DIM, SLOTS>,
}

type Left<'k> = MatTile<'k, f16, QUERIES, KEYS>;
type Factors<'k> = (LeftTile<'k, f16, QUERIES, KEYS>, RightTile<'k, f16, KEYS, DIM>);

#[derive(Buffers)]
struct Cube<'k> {
    queries: Left<'k>,
    keys: [MatTile<'k, f16, DIM, KEYS, Full, Zn>; 2],
    others: [(Left<'k>, MatTile<'k, f16, KEYS, DIM>); 2],
    l0: [Factors<'k>; 2],
    accs: [AccTile<'k, f32, QUERIES, DIM>; 2],
}

/// Scores of a band of queries, in the place of what is added to the sums.
type Scores<'k> = VecParts<'k, f32, BAND, STEP, [Cols<KEYS>; 2]>;
type Rounded<'k> = VecParts<'k, f16, BAND, STEP, [Cols<KEYS>; 2]>;
type Part<'k> = VecParts<'k, f32, OWN, DIM, [Rows<BAND>; 2]>;
type Sums<'k> = VecTile<'k, f32, BAND, DIM>;
type Column<'k> = VecCol<'k, f32, BAND>;

#[derive(Buffers)]
struct Vectors<'k> {
    places: [Union<Scores<'k>, Part<'k>>; 2],
    rounded: [Rounded<'k>; 2],
    tmp: (Scores<'k>, Sums<'k>),
    /// Of each band.
    sums: [Sums<'k>; 2],
    bands: [[Column<'k>; 2]; 2],
    spare: [Column<'k>; 2],
    shrinks: [[Column<'k>; 2]; AHEAD + 1],
}

/// The kernel.
struct Attention {
    /// How many.
    keys: usize,
    causal: bool,
}

impl Attention {
    /// Whether a query of block `block` sees a key of the step that begins with key `first`.
    fn sees(&self, block: usize, first: usize) -> bool {
        !self.causal || first <= block * QUERIES
    }
}

#[cluster]
impl Attention {
    /// The first key of each step.
    fn schedule(&self, _block: usize) -> Vec<usize> {
        (0..self.keys).step_by(STEP).collect()
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
        let mut free_keys = tiles.keys.map(|tile| tile.prime::<TExtractM2LR, TLoad>());
        let mut others = tiles.others.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
        let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
        let mut accs = tiles.accs.map(|tile| tile.prime::<TStoreAcc, TMatmul>());
        let queries = tload(tiles.queries, &queries.tile(0, 0)).record::<TExtractM2LR>();

        let mut scores = links.scores.next();
        let mut rest = (links.weights, links.parts);
        // A half of a step's scores.
        macro_rules! scores {
            ($first:expr, $acc:expr, $slot:expr, $half:expr) => {{
                let (slot, open) = free_keys.take();
                let key = tload(slot, &keys.at(0, $first + $half * KEYS)).record();
                let (slot, open_l0) = l0.take();
                let (left, right) = slot.split();
                let left = textract(left, &queries, 0, 0);
                let right = textract(right, &key, 0, 0);
                free_keys = open.put(key.release());
                let (left, right) = left.join(right).record::<TMatmul>().split();
                let acc = tmatmul($acc, &left, &right).record::<TStoreAcc>();
                l0 = open_l0.put(left.join(right).release());
                tstore(&$slot.at(0, $half * KEYS), acc).release()
            }};
        }
        // Weights and values of a half of a step.
        macro_rules! factors {
            ($message:expr, $first:expr, $half:expr) => {{
                let (slot, open) = others.take();
                let (weight, value) = slot.split();
                let value = tload(value, &values.at($first + $half * KEYS, 0));
                let weight = tload(weight, &$message.at(0, $half * KEYS));
                let (weight, value) = weight.join(value).record::<TExtractM2LR>().split();
                let (slot, open_l0) = l0.take();
                let (left, right) = slot.split();
                let left = textract(left, &weight, 0, 0);
                let right = textract(right, &value, 0, 0);
                others = open.put(weight.join(value).release());
                (left.join(right).record::<TMatmul>().split(), open_l0)
            }};
        }
        for _ in 0..AHEAD {
            scores = match scores {
                Next::End(end) => Next::End(end),
                Next::Step(step) => {
                    let first = *step;
                    let slot = talloc(step);
                    if self.sees(core.block_idx(), first) {
                        for half in 0..2 {
                            let (acc, open) = accs.take();
                            accs = open.put(scores!(first, acc, slot, half));
                        }
                    }
                    tpush_slot(slot).next()
                }
            };
        }
        let (weights, parts) = loop {
            let (weight, part) = match rest.next() {
                Next::Step(steps) => steps,
                Next::End(ends) => break ends,
            };
            let first = *weight;
            let mut next = match scores {
                Next::Step(step) => Next::Step((*step, talloc(step))),
                Next::End(end) => Next::End(end),
            };
            let [mut of_scores, acc] = accs;
            if let Next::Step((first, slot)) = &mut next
                && self.sees(core.block_idx(), *first)
            {
                of_scores = scores!(*first, of_scores, slot, 0);
            }
            // Asked for behind the scores: the scalar pipe waits for it.
            let message = tpop_slot(weight);
            let ((left, right), open) = factors!(message, first, 0);
            let acc = tmatmul(acc, &left, &right);
            l0 = open.put(left.join(right).release());
            if let Next::Step((first, slot)) = &mut next
                && self.sees(core.block_idx(), *first)
            {
                of_scores = scores!(*first, of_scores, slot, 1);
            }
            let ((left, right), open) = factors!(message, first, 1);
            let sum = tmatmul_acc(acc, &left, &right).record::<TStoreAcc>();
            l0 = open.put(left.join(right).release());
            let weights = tfree(message);
            scores = match next {
                Next::Step((_, slot)) => tpush_slot(slot).next(),
                Next::End(end) => Next::End(end),
            };
            let (stored, parts) = tpush(part, sum);
            accs = [of_scores, stored.release()];
            rest = (weights, parts);
        };
        let cube = CubeTokens { queries, keys: free_keys, others, l0, accs };
        let links = LinksTokens { scores: scores.end(), weights, parts };
        Cube::retire(cube).and(Links::retire(links))
    }

    fn vector<'k>(
        &self,
        core: Core<'k>,
        tiles: Vectors<'k>,
        links: Links<'k, OnVector>,
        out: GlobalOut<'k, f32>,
    ) -> Retired<(Vectors<'k>, Links<'k, OnVector>)> {
        let mut softmax = Softmax {
            places: tiles.places.map(|place| place.prime::<Vector, TLoad>()),
            rounded: tiles.rounded.map(|tile| tile.prime::<TStoreVec, Vector>()),
            tmp: tiles.tmp.0.on::<Vector>(),
            bands: tiles.bands.map(|columns| Turn::First(columns.map(Tile::on::<Vector>))),
            spare: tiles.spare.map(Tile::on::<Vector>),
            shrinks: tiles
                .shrinks
                .map(|columns| columns.map(|one| Turn::First(one.on::<Vector>()))),
        };
        let mut sums = tiles.sums.map(|tile| Turn::First(tile.on::<Vector>()));
        let mut tmp = tiles.tmp.1.on::<Vector>();
        let mut ahead = (links.scores, links.weights).next();
        let mut parts = links.parts;
        let mut lead = 0;
        macro_rules! added {
            ($sums:expr, $shrink:expr, $part:expr) => {
                Turn::Later(match $sums {
                    Turn::First(free) => tmov(free, $part).on::<Vector>(),
                    Turn::Later(sums) => {
                        let sums = match $shrink {
                            Turn::Later(shrink) => {
                                trowexpandmul_assign(sums, shrink, &mut tmp).on::<Vector>()
                            }
                            Turn::First(_) => sums,
                        };
                        tadd_assign(sums, $part).on::<Vector>()
                    }
                })
            };
        }
        let parts = loop {
            while lead <= AHEAD
                && let Next::Step((score, weight)) = ahead
            {
                let ends;
                let (block, sees) = (core.block_idx(), self.sees(core.block_idx(), *score));
                let first = block * QUERIES + core.subblock_idx() * OWN;
                let queries = self.causal.then_some(first);
                (softmax, ends) = softmax.next(score, weight, queries, sees);
                ahead = ends.next();
                lead += 1;
            }
            let step = match parts.next() {
                Next::Step(step) => step,
                Next::End(end) => break end,
            };
            let (place, open) = softmax.places.take();
            let (slot, union) = place.second();
            let message = tpop_slot(step);
            let loaded = tload(slot, &message.at(0, 0)).record::<Vector>();
            parts = tfree(message);
            let loaded = loaded.parts().split();
            let shrinks = &softmax.shrinks[AHEAD + 1 - lead];
            let [first, second] = sums;
            sums =
                [added!(first, &shrinks[0], &loaded[0]), added!(second, &shrinks[1], &loaded[1])];
            let free = union.close(Event::all(loaded).whole().release());
            softmax.places = open.put(free);
            lead -= 1;
        };
        let Softmax { places, rounded, tmp: tmp_of_scores, bands, spare, shrinks } = softmax;
        let mut row = 0;
        let stored = sums.into_iter().zip(&bands).map(|(sums, band)| {
            let (Turn::Later(sums), Turn::Later([_, total])) = (sums, band) else {
                unreachable!("there is a step")
            };
            let mean = trowexpanddiv_assign(sums, total, &mut tmp).record::<TStoreVec>();
            row += BAND;
            tstore(&out.at(row - BAND, 0), mean)
        });
        let sums: Vec<_> = stored.collect();
        let Ok(sums) = <[_; 2]>::try_from(sums) else { unreachable!("there are two bands") };
        let (scores, weights) = ahead.end();
        let tmp = (tmp_of_scores, tmp);
        let vectors = VectorsTokens { places, rounded, tmp, sums, bands, spare, shrinks };
        Vectors::retire(vectors).and(Links::retire(LinksTokens { scores, weights, parts }))
    }
}

type Held<'k> = Turn<RecordEvent<Vector, Column<'k>>, Resident<Vector, Column<'k>>>;

/// What the softmax carries from step to step.
struct Softmax<'k> {
    places: [Free<Vector, TLoad, Union<Scores<'k>, Part<'k>>>; 2],
    rounded: [Free<TStoreVec, Vector, Rounded<'k>>; 2],
    tmp: RecordEvent<Vector, Scores<'k>>,
    /// Of each band the greatest scores so far, and the sums of the weights.
    bands: [Turn<[RecordEvent<Vector, Column<'k>>; 2], [Resident<Vector, Column<'k>>; 2]>; 2],
    spare: [RecordEvent<Vector, Column<'k>>; 2],
    /// By how much each step shrinks what was summed before it, the newest last.
    shrinks: [[Held<'k>; 2]; AHEAD + 1],
}

type ScoresEnd<'k> = C2V<'k, OnVector, usize, f32, QUERIES, STEP, SLOTS>;
type WeightsEnd<'k> = V2C<'k, OnVector, usize, f16, QUERIES, STEP, SLOTS>;

impl<'k> Softmax<'k> {
    /// Makes weights of the scores of a step, band by band; where keys are masked, `queries` is the first of this core's queries.
    fn next(
        self,
        score: Step<ScoresEnd<'k>>,
        weight: Step<WeightsEnd<'k>>,
        queries: Option<usize>,
        sees: bool,
    ) -> (Self, (ScoresEnd<'k>, WeightsEnd<'k>)) {
        let scale = (DIM as f32).sqrt().recip();
        let first = *score;
        let message = tpop_slot(score);
        let slot = talloc(weight);
        let Softmax { mut places, mut rounded, mut tmp, bands, mut spare, shrinks } = self;
        macro_rules! stored {
            ($row:expr, $half:expr) => {{
                let [left, right] = $half.parts().split();
                let left = tstore(&slot.at($row, 0), left);
                let right = tstore(&slot.at($row, KEYS), right);
                RecordEvent::all([left, right]).whole().release()
            }};
        }
        // Of keys that are not seen the weights are 0.
        macro_rules! hidden {
            ($row:expr, $oldest:expr) => {{
                let (free, open) = rounded.take();
                let half = texpands(free, f16::ZERO).record::<TStoreVec>();
                rounded = open.put(stored!($row, half));
                let oldest = match $oldest {
                    Turn::First(free) => free,
                    Turn::Later(shrink) => shrink.discard(),
                };
                Turn::Later(texpands(oldest, 1.0).on::<Vector>())
            }};
        }
        macro_rules! band {
            ($row:expr, $state:expr, $oldest:expr) => {{
                let (place, open) = places.take();
                let (tile, union) = place.first();
                let [left, right] = tile.parts().split();
                let left = tload(left, &message.at($row, 0));
                let right = tload(right, &message.at($row, KEYS));
                let loaded = RecordEvent::all([left, right]).whole().record::<Vector>();
                let mut scores = loaded.on::<Vector>();
                // The step on the diagonal.
                if let Some(query) = queries.map(|first| first + $row)
                    && query / STEP == first / STEP
                {
                    let diagonal = (1 + query % STEP) as i32;
                    let mask = ttri(tmp, Triangle::Upper, diagonal).on::<Vector>();
                    let mask = tmuls_assign(mask, f32::MIN).on::<Vector>();
                    scores = tadd_assign(scores, &mask).on::<Vector>();
                    tmp = mask.discard();
                }
                let [column, other] = spare;
                let greatest = trowmax(column, &scores, &mut tmp).on::<Vector>();
                let oldest = match $oldest {
                    Turn::First(free) => free,
                    Turn::Later(shrink) => shrink.discard(),
                };
                let (greatest, known, shrink, total) = match $state {
                    Turn::First([old, total]) => {
                        let known = tmuls(old, &greatest, 1.0).on::<Vector>();
                        (greatest, known, Turn::First(oldest), Turn::First(total))
                    }
                    Turn::Later([before, total]) => {
                        let greatest = tmax_assign(greatest, &before).on::<Vector>();
                        let shrink = tsub(oldest, &before, &greatest).on::<Vector>();
                        let known = tmuls(before.discard(), &greatest, 1.0).on::<Vector>();
                        (greatest, known, Turn::Later(shrink), Turn::Later(total))
                    }
                };
                let scores = trowexpandsub_assign(scores, &greatest, &mut tmp).on::<Vector>();
                let shrink = match shrink {
                    Turn::Later(shrink) => Turn::Later(tmuls_assign(shrink, scale).on::<Vector>()),
                    free => free,
                };
                let scores = tmuls_assign(scores, scale).on::<Vector>();
                let shrink = match shrink {
                    Turn::Later(shrink) => Turn::Later(texp_assign(shrink).on::<Vector>()),
                    free => free,
                };
                let weights = texp_assign(scores).on::<Vector>();
                let (free, open_rounded) = rounded.take();
                let half = tcvt(free, &weights, RoundMode::Round).record::<TStoreVec>();
                let sum = trowsum(other, &weights, &mut tmp).on::<Vector>();
                places = open.put(union.close(weights.record::<Vector>().release()));
                rounded = open_rounded.put(stored!($row, half));
                let (total, other) = match (total, &shrink) {
                    (Turn::Later(total), Turn::Later(shrink)) => {
                        let total = tmul_assign(total, shrink).on::<Vector>();
                        (tadd_assign(total, &sum).on::<Vector>(), sum.discard())
                    }
                    (Turn::Later(total), Turn::First(_)) => (total, sum.discard()),
                    (Turn::First(free), _) => (sum, free),
                };
                spare = [greatest.discard(), other];
                (Turn::Later([known, total]), shrink)
            }};
        }
        let [[oldest, other], second, third, fourth, fifth] = shrinks;
        let [upper, lower] = bands;
        let (upper, shrink, lower, other) = if sees {
            let (upper, shrink) = band!(0, upper, oldest);
            let (lower, other) = band!(BAND, lower, other);
            (upper, shrink, lower, other)
        } else {
            let (shrink, other) = (hidden!(0, oldest), hidden!(BAND, other));
            (upper, shrink, lower, other)
        };
        let softmax = Softmax {
            places,
            rounded,
            tmp,
            bands: [upper, lower],
            spare,
            shrinks: [second, third, fourth, fifth, [shrink, other]],
        };
        (softmax, (tfree(message), tpush_slot(slot)))
    }
}

/// `attention s0= s1= head=128 cores= [causal]`.
pub(crate) fn forecast(keys: &Keys) -> Result<Forecast, Failure> {
    let (queries, seen) = (keys.number("s0", None)?, keys.number("s1", None)?);
    let head = keys.number("head", Some(DIM))?;
    if head != DIM || queries % QUERIES != 0 || seen % STEP != 0 {
        let text =
            format!("this kernel has head={DIM}, s0 in tiles of {QUERIES}, s1 in steps of {STEP}");
        return Err(text.into());
    }
    let attention = Attention { keys: seen, causal: keys.text("causal", Some("no"))?.is_empty() };
    // Without a mask all blocks are alike.
    let recorded = if attention.causal { queries } else { QUERIES };
    let (q, kv) = (vec![f16::ZERO; recorded * DIM], vec![f16::ZERO; seen * DIM]);
    let mut out = vec![0.0; recorded * DIM];
    let q = GlobalTensor::new(&q, &[recorded, DIM])?;
    let k = GlobalTensor::new(&kv, &[DIM, seen])?;
    let v = GlobalTensor::new(&kv, &[seen, DIM])?;
    let mut out = GlobalTensorMut::new(&mut out, &[recorded, DIM])?;
    let cube = (q.parts(QUERIES, DIM)?, k.whole(), v.whole());
    let vector = (out.parts(QUERIES, DIM)?,);
    let report = Pipelined::new().launch_cluster(&attention, recorded / QUERIES, cube, vector)?;
    let blocks = report.program.blocks.into_iter();
    let blocks = blocks.map(|cores| cores.into_iter().map(as_measured).collect()).cycle();
    let blocks = blocks.take(queries / QUERIES).collect();
    let simulated = keys.simulated(keys.number("cores", Some(24))?)?.queued();
    Ok(simulated.run_cluster(&ClusterProgram { blocks, resident: None })?)
}

/// The measured kernel has no barrier behind ops that go through a tile from its first element to its last, and are followed by another
/// such op.
fn as_measured(mut program: Program) -> Program {
    let mut last = None;
    let ops: Vec<_> = program
        .instrs
        .iter()
        .map(|instr| {
            if let (Pipe::V, InstrKind::Op(op)) = (instr.pipe, &instr.kind) {
                last = op.code;
            }
            last
        })
        .collect();
    let mut before = ops.into_iter();
    program.instrs.retain(|instr| {
        let in_order = [OpCode::TROWEXPANDSUB, OpCode::TMULS, OpCode::TEXP, OpCode::TROWEXPANDMUL];
        let last = before.next().flatten();
        let is_barrier = instr.pipe == Pipe::V && matches!(instr.kind, InstrKind::Barrier);
        !(is_barrier && last.is_some_and(|last| in_order.contains(&last)))
    });
    program
}
