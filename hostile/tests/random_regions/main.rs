//! Random kernels on memory that they store to and load again: cells that move between pipes with tiles, are cut, kept and dropped; parts,
//! places that were read in memory, sums of all blocks. Whatever compiles is clean, and every executor leaves the same bits.

mod token;

use std::collections::BTreeMap;
use std::sync::Mutex;

use tilesync::exec::check::check;
use tilesync::exec::explore::explore;
use tilesync::prelude::*;
use tilesync_hostile::{cases, seed};
use token::{CELLS, Inputs, N, Region, T, Tile, alone, step, together};

const TILES: usize = 3;
const BLOCKS: usize = 2;

#[derive(Buffers)]
struct Ub<'k> {
    tiles: [T<'k>; TILES],
    ones: VecTile<'k, i32, N, N>,
}

#[derive(Args)]
struct Tensors<'k> {
    inputs: Inputs<'k>,
    work: GlobalInOut<'k, f32>,
    out: Parts<GlobalOut<'k, f32>>,
    sum: GlobalSum<'k, i32>,
}

/// How often a kernel came to each state.
static SEEN: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());

fn see(state: &'static str) {
    *SEEN.lock().expect("no kernel panics").entry(state).or_default() += 1;
}

#[kernel]
fn drawn<'k>(core: Core<'k>, ub: Ub<'k>, seed: u64, tensors: Tensors<'k>) -> Retired<Ub<'k>> {
    let random = &mut fastrand::Rng::with_seed(seed << 8 | core.block_idx() as u64);
    let Tensors { inputs, work, out, sum } = tensors;
    let out: Vec<_> = out.strided().collect();
    let mut regions: Vec<Option<Region<'k>>> = if random.bool() {
        work.cells(2 * N, N)
            .flat_map(|half| half.cells(N, N))
            .map(|r| Some(Region::Free(r)))
            .collect()
    } else {
        work.cells(N, N).map(|r| Some(Region::Free(r))).collect()
    };
    let mut tiles = ub.tiles.map(|tile| Some(Tile::Free(tile)));
    let mut ones = texpands(ub.ones, 1 + core.block_idx() as i32).record::<TStoreVec>().wait();
    for _ in 0..random.usize(20..80) {
        let (at, with) = (random.usize(..TILES), random.usize(..CELLS));
        let Some(mut tile) = tiles[at].take() else { continue };
        match (random.u8(..8), regions[with].take()) {
            (0..2, region) => {
                tile = step(tile, &inputs, &out[random.usize(..out.len())], random);
                regions[with] = region;
            }
            (2, Some(region)) => regions[with] = Some(alone(region, random)),
            (3, Some(_dropped)) if random.u8(..8) == 0 => {}
            (4, region) if random.u8(..4) == 0 => {
                ones = tstore_add(&sum.at(random.usize(..2) * N, 0), ones);
                regions[with] = region;
            }
            (_, Some(region)) => {
                let both = together(tile, region, random);
                (tile, regions[with]) = (both.0, Some(both.1));
            }
            (_, None) => {}
        }
        see(tile.state());
        if let Some(region) = &regions[with] {
            see(region.state());
        }
        tiles[at] = Some(tile);
    }
    Ub::retire(UbTokens { tiles: tiles.map(|tile| tile.expect("each step gives it back")), ones })
}

/// What a launch left in the memory that it may store to.
type Left = (Vec<u32>, Vec<u32>, Vec<i32>);

/// Rows of each kind of tensor.
const ROWS: usize = BLOCKS * CELLS * N;
const PARTS: usize = 5;

/// Runs one kernel; on an executor of a program, gives that of block 0 as well.
fn run(
    seed: u64,
    order: Option<Order>,
    parallel: bool,
) -> (Left, Option<tilesync::program::Program>) {
    let x: Vec<f32> = (0..ROWS * N).map(|i| (i % 997) as f32 - 300.0).collect();
    let places: Vec<i32> = (0..CELLS as i32).map(|i| (i * 7 + 3) % CELLS as i32).collect();
    let mut work: Vec<f32> = (0..ROWS * N).map(|i| i as f32 + 0.25).collect();
    let mut out = vec![-7.0; PARTS * N * N];
    let mut sum = vec![0; 2 * N * N];
    let input = GlobalTensor::new(&x, &[ROWS, N]).expect("a shape");
    let places = GlobalTensor::new(&places, &[1, CELLS]).expect("a shape");
    let mut work_tensor = GlobalTensorMut::new(&mut work, &[ROWS, N]).expect("a shape");
    let mut out_tensor = GlobalTensorMut::new(&mut out, &[PARTS * N, N]).expect("a shape");
    let mut sum_tensor = GlobalTensorMut::new(&mut sum, &[2 * N, N]).expect("a shape");
    let inputs = (input.parts(CELLS * N, N).expect("parts"), places.whole());
    let work_parts = work_tensor.parts(CELLS * N, N).expect("parts");
    let args = (inputs, work_parts, out_tensor.parts(N, N).expect("parts"), sum_tensor.whole());
    let program = match order {
        None => {
            let eager = if parallel { Eager::new() } else { Eager::sequential() };
            eager.launch(&drawn, BLOCKS, (seed, args)).expect("nothing stops it");
            None
        }
        Some(order) => {
            let report = Pipelined::new().order(order).launch(&drawn, BLOCKS, (seed, args));
            Some(report.expect("nothing stops it").program)
        }
    };
    let bits = |data: &[f32]| data.iter().map(|value| value.to_bits()).collect();
    ((bits(&work), bits(&out), sum), program)
}

#[test]
fn kernels_on_memory_in_and_out_do_the_same_on_every_executor() {
    let (first, cases) = (seed(), cases(300));
    let (mut ops, mut changed) = (0, 0);
    let before: Vec<u32> = (0..ROWS * N).map(|i| (i as f32 + 0.25).to_bits()).collect();
    for case in 0..u64::from(cases) {
        let seed = first.wrapping_add(case);
        let (wanted, _) = run(seed, None, false);
        assert!(run(seed, None, true).0 == wanted, "seed {seed}: in parallel");
        changed += usize::from(wanted.0 != before);
        for order in [Order::Early, Order::Late, Order::Random(seed)] {
            let (left, program) = run(seed, Some(order), false);
            assert!(left == wanted, "seed {seed}: {order:?}");
            let Some(program) = program.filter(|_| order == Order::Late) else { continue };
            let verdict = check(&program);
            assert_eq!(verdict.findings, [], "seed {seed}: {verdict}\n{program}");
            ops += program.ops().count();
            if case % 20 == 0 {
                let exploration = explore(&program, 100);
                assert!(exploration.is_clean(), "seed {seed}: {exploration}");
                assert_eq!(exploration.schedules, 1, "seed {seed}: no race, no choice");
            }
        }
    }
    let seen = SEEN.lock().expect("no kernel panics").clone();
    println!("{cases} kernels, {ops} ops, {changed} changed the memory; {seen:?}");
    assert!(changed > cases as usize / 2, "most kernels do something");
    if cases >= 200 {
        assert_eq!(seen.len(), 20, "each tile and each region was in each of ten states: {seen:?}");
    }
}
