//! Time said in advance: what holds of every forecast, and what is known of single ones.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::chip::ChipId;
use tilesync::exec::simulate::{Change, Forecast, Profile, SimulateError, Simulated};
use tilesync::op::OpCode;
use tilesync::op::OpCode::{TADD, TEXP, TLOAD, TMULS, TSTORE_VEC};
use tilesync::op::Pipe::{self, Mte2, Mte3, V};
use tilesync::program::{Core, InstrKind, Program};
use tilesync::raw::{Block, Fifos};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// `turns` turns of load, add or exponential, store, in a ring of `slots`; what a turn does is drawn.
fn ring(turns: usize, slots: u8, seed: u64) -> Program {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut k = Block::new(ChipId::A2A3);
    let x = k.global_in(F32, 64 * turns as u32, 64);
    let y = k.global_out(F32, 64 * turns as u32, 64);
    let tiles: Vec<_> = (0..slots)
        .map(|slot| k.tile("t", Space::Vec, 0x4000 * u32::from(slot), F32, 64, 64))
        .collect();
    for slot in 0..slots {
        k.set_flag(Mte3, Mte2, slot);
    }
    for turn in 0..turns {
        let slot = (turn % usize::from(slots)) as u8;
        let rows = random.u32(1..=64);
        let tile = tiles[usize::from(slot)].window(0, 0, rows, 64);
        k.wait_flag(Mte3, Mte2, slot);
        k.op(TLOAD, [tile], [x.window(64 * turn as u32, 0, rows, 64)]);
        k.set_flag(Mte2, V, slot);
        k.wait_flag(Mte2, V, slot);
        for _ in 0..random.u32(1..4) {
            k.op([TADD, TEXP, TMULS][random.usize(..3)], [tile], [tile]);
            k.pipe_barrier(V);
        }
        k.set_flag(V, Mte3, slot);
        k.wait_flag(V, Mte3, slot);
        k.op(TSTORE_VEC, [y.window(64 * turn as u32, 0, rows, 64)], [tile]);
        k.set_flag(Mte3, Mte2, slot);
    }
    for slot in 0..slots {
        k.wait_flag(Mte3, Mte2, slot);
    }
    k.finish()
}

fn forecast(program: &Program) -> Forecast {
    Simulated::new(Profile::a2a3()).run(program).unwrap()
}

fn pipes(forecast: &Forecast) -> impl Iterator<Item = Pipe> {
    Pipe::ALL.into_iter().filter(|&pipe| forecast.load(pipe).ops > 0.0)
}

const SEEDS: std::ops::Range<u64> = 0..40;

#[test]
fn the_time_is_not_less_than_the_busiest_pipe_nor_than_the_critical_path() {
    for seed in SEEDS {
        let forecast = forecast(&ring(20, 2, seed));
        for pipe in pipes(&forecast) {
            let load = forecast.load(pipe);
            assert!(load.ops <= forecast.cycles(), "seed {seed}, {pipe}");
            let sum = load.ops + load.sync + load.waiting + load.idle;
            assert!((sum - forecast.cycles()).abs() < 1e-6, "seed {seed}, {pipe}: {load:?}");
            assert!(load.idle >= 0.0, "seed {seed}, {pipe}: {load:?}");
        }
        let path: f64 = forecast.critical_path().iter().map(|stretch| stretch.cycles).sum();
        assert!(
            (path - forecast.cycles()).abs() < 1e-6,
            "seed {seed}: {path}, {}",
            forecast.cycles()
        );
    }
}

/// Two times the work on one pipe is not the same as another order: each op alone is taken away in turn.
#[test]
fn less_work_is_never_slower() {
    for seed in SEEDS {
        let program = ring(8, 2, seed);
        let all = forecast(&program).cycles();
        for index in 0..program.instrs.len() {
            if matches!(program.instrs[index].kind, InstrKind::Op(_) | InstrKind::Barrier) {
                let mut less = program.clone();
                less.instrs.remove(index);
                let less = forecast(&less).cycles();
                assert!(less <= all, "seed {seed}, without instruction {index}: {less}, not {all}");
            }
        }
    }
}

#[test]
fn a_change_that_takes_a_wait_away_is_never_slower() {
    for seed in SEEDS {
        let forecast = forecast(&ring(12, 2, seed));
        let answers = forecast.what_if();
        assert!(!answers.is_empty());
        for answer in &answers {
            assert!(answer.gain_us >= 0.0, "seed {seed}: {answer:?}");
            assert!((forecast.us() - answer.gain_us - answer.us).abs() < 1e-9);
        }
        assert!(answers.is_sorted_by(|a, b| a.gain_us >= b.gain_us));
    }
}

/// What the question says of a ring of three slots is what a ring of three slots takes.
#[test]
fn one_more_slot_is_as_good_as_a_program_with_one_more_slot() {
    for seed in SEEDS {
        let (two, three) = (forecast(&ring(30, 2, seed)), forecast(&ring(30, 3, seed)));
        let waits = two.waits();
        let wait = waits.iter().find(|wait| (wait.pipe, wait.on) == (Mte2, Mte3)).unwrap();
        let answer = two.answer(Change::OneMoreSlot(Box::new(wait.clone()))).unwrap();
        // The two flags before the loop, and the two after it, cost some cycles.
        let off = answer.us - three.us();
        assert!(off.abs() < 0.05, "seed {seed}: {} and {}", answer.us, three.us());
    }
}

#[test]
fn the_same_program_has_the_same_forecast() {
    for seed in SEEDS {
        let [one, other] = [(); 2].map(|()| forecast(&ring(20, 3, seed)));
        assert_eq!(one.cycles(), other.cycles());
        assert_eq!(one.critical_path(), other.critical_path());
        assert_eq!(one.waits(), other.waits());
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_program_that_was_saved_and_loaded_has_the_same_forecast() {
    for seed in SEEDS {
        let program = ring(20, 3, seed);
        let mut file = Vec::new();
        program.save(&mut file).unwrap();
        let loaded = Program::load(&file[..]).unwrap();
        let (one, other) = (forecast(&program), forecast(&loaded));
        assert_eq!(one.cycles(), other.cycles());
        assert_eq!(one.to_string(), other.to_string());
    }
}

/// An op that costs `start` and `repeat` cycles a repeat, by hand: 264 and a byte of 128 a cycle; 24 and 2.11 a repeat of 64 numbers.
#[test]
fn a_chain_of_three_ops_takes_what_is_counted_by_hand() {
    let mut k = Block::new(ChipId::A2A3);
    let (x, y) = (k.global_in(F32, 64, 64), k.global_out(F32, 64, 64));
    let [a, b] = [0, 0x4000].map(|at| k.tile("t", Space::Vec, at, F32, 64, 64));
    k.op(TLOAD, [a], [x]);
    k.set_flag(Mte2, V, 0);
    k.wait_flag(Mte2, V, 0);
    k.op(TADD, [b], [a, a]);
    k.set_flag(V, Mte3, 0);
    k.wait_flag(V, Mte3, 0);
    k.op(TSTORE_VEC, [y], [b]);
    let mut profile = Profile::a2a3();
    *profile.number_mut("hbm").unwrap() = 1e12;
    let cycles = Simulated::new(profile.clone()).run(&k.finish()).unwrap().cycles();
    let ops =
        (264.0 + 128.0) + (24.0 + 2.11 * 64.0) + (profile.ub_gm_start + 16384.0 / profile.ub_gm);
    // Two flags that are set, seen, and passed; the first op is issued.
    let flags = 2.0 * (profile.flag + profile.token + profile.flag) + profile.issue;
    assert!((cycles - ops - flags).abs() < 0.01, "{cycles}, expected {}", ops + flags);
}

/// Two pipes that wait for each other have no time.
#[test]
fn a_deadlock_is_an_error_with_the_lines_of_its_circle() {
    let mut k = Block::new(ChipId::A2A3);
    k.at("kernel.cpp", 10).wait_flag(V, Mte2, 0);
    k.at("kernel.cpp", 11).set_flag(Mte2, V, 0);
    k.at("kernel.cpp", 20).wait_flag(Mte2, V, 0);
    k.at("kernel.cpp", 21).set_flag(V, Mte2, 0);
    let error = Simulated::new(Profile::a2a3()).run(&k.finish()).unwrap_err();
    assert!(matches!(error, SimulateError::Stuck { block: 0, .. }));
    let text = error.to_string();
    assert!(text.contains("kernel.cpp:10") && text.contains("kernel.cpp:20"), "{text}");
}

/// Cores that share a memory which has not enough for all are slower together than alone, and the more the slower.
#[test]
fn cores_that_share_a_bandwidth_slow_each_other_down() {
    let program = ring(10, 2, 1);
    let mut profile = Profile::a2a3();
    *profile.number_mut("l2").unwrap() = 150.0;
    let of = |blocks: usize| {
        let simulated = Simulated::new(profile.clone()).cores(blocks);
        simulated.run_all(vec![&program; blocks]).unwrap().cycles()
    };
    let (one, two, eight) = (of(1), of(2), of(8));
    assert!(one < two && two < eight, "{one}, {two}, {eight}");
    assert!(eight < 8.0 * one);
}

/// Where cores share a bandwidth, less work of one core may make the launch slower: its transfers come earlier, and at a worse time for
/// another core. The forecast shows it as it is.
#[test]
fn with_a_shared_bandwidth_less_work_may_be_slower() {
    let mut profile = Profile::a2a3();
    *profile.number_mut("l2").unwrap() = 100.0;
    *profile.number_mut("hbm").unwrap() = 1e12;
    let mut anomalies = 0;
    for seed in 0..30 {
        let blocks = [ring(6, 2, seed), ring(6, 2, seed + 100)];
        let of = |blocks: &[Program; 2]| {
            Simulated::new(profile.clone()).cores(2).run_all(blocks).unwrap().cycles()
        };
        let all = of(&blocks);
        for index in 0..blocks[0].instrs.len() {
            if matches!(blocks[0].instrs[index].kind, InstrKind::Op(_)) {
                let mut less = blocks.clone();
                less[0].instrs.remove(index);
                anomalies += usize::from(of(&less) > all + 0.01);
            }
        }
    }
    println!("{anomalies} launches are slower with an op less");
    assert!(anomalies > 0);
}

/// Where all blocks are alike, one stands for all; each on its own says the same.
#[test]
fn equal_blocks_are_simulated_once_and_that_is_exact() {
    let (program, other) = (ring(10, 2, 1), ring(1, 2, 2));
    let mut profile = Profile::a2a3();
    *profile.number_mut("l2").unwrap() = 300.0;
    // Nothing is fresh to one of them that is not to the other, so that the short block changes nothing of that.
    *profile.number_mut("hbm").unwrap() = 1e12;
    let simulated = Simulated::new(profile).cores(4);
    let alike = simulated.run_all(vec![&program; 8]).unwrap();
    // The ninth block is short: it makes the launch one of unequal blocks, and ends before any other would in a third wave.
    let mut blocks = vec![&program; 8];
    blocks.push(&other);
    let unlike = simulated.run_all(blocks).unwrap();
    let short = simulated.run(&other).unwrap().cycles();
    assert!(
        (unlike.cycles() - alike.cycles() - short).abs() < 1.0,
        "{} and {}",
        unlike.cycles(),
        alike.cycles()
    );
}

/// No number of a program is too large to be forecast.
#[test]
fn a_program_of_the_largest_sizes_has_a_forecast() {
    const MOST: u32 = u32::MAX;
    let mut k = Block::new(ChipId::A2A3);
    let (x, y) = (k.global_in(F32, MOST, MOST), k.global_out(F32, MOST, MOST));
    let tile = k.tile("t", Space::Vec, 0, F32, MOST, MOST);
    let [left, right, acc] =
        [Space::Left, Space::Right, Space::Acc].map(|space| k.tile("t", space, 0, F32, MOST, MOST));
    for _ in 0..3 {
        k.op(TLOAD, [tile], [x]);
        for code in [TADD, OpCode::TROWSUM, OpCode::TCOLMAX, OpCode::TSORT32, OpCode::TMOV_V2V] {
            k.op(code, [tile], [tile, tile]);
        }
        k.op(OpCode::TMATMUL, [acc], [left, right]);
        k.op(TSTORE_VEC, [y], [tile]);
        k.op(OpCode::TSTORE_ACC, [y], [acc]);
    }
    let forecast = forecast(&k.finish());
    assert!(forecast.us().is_finite());
    assert!(!forecast.what_if().is_empty() && !forecast.timeline().svg().is_empty());
}

#[test]
fn a_profile_of_another_chip_is_refused() {
    let error = Simulated::new(Profile::a5()).run(&ring(1, 1, 0)).unwrap_err();
    assert!(matches!(error, SimulateError::Chip { .. }), "{error}");
}

/// What a side of a cluster waits for takes the time of the other side, which is not in its program.
#[test]
fn what_waits_for_a_core_that_is_not_there_is_refused() {
    let mut k = Block::on_core(ChipId::A2A3, Core::Vector0, &Fifos::new());
    k.wait_flag_dev(3);
    let error = Simulated::new(Profile::a2a3()).run(&k.finish()).unwrap_err();
    assert!(matches!(error, SimulateError::Unheard { .. }), "{error}");
    assert!(error.to_string().starts_with("`wait_flag_dev(3)` at tests/simulated.rs:"), "{error}");
}
