//! Time said in advance for blocks on several cores: FIFOs between them, and `SYNCALL`.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "clusters/relay.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod relay;

use relay::{N, Relay};
use tilesync::chip::ChipId;
use tilesync::exec::simulate::{Forecast, Profile, SimulateError, Simulated};
use tilesync::op::OpCode::{TEXP, TLOAD, TSTORE_ACC};
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, Core, Direction, Fifo, Participants, Program};
use tilesync::raw::{Block, Fifos};
use tilesync::tile::{DtypeId, Space};

const F32: DtypeId = DtypeId::F32;

/// The profile with a memory that has enough for all.
fn wide() -> Profile {
    let mut profile = Profile::a2a3();
    *profile.number_mut("hbm").unwrap() = 1e12;
    *profile.number_mut("l2").unwrap() = 1e12;
    profile
}

/// The cube pushes `messages` accumulators of `size` x `size`, and each vector core loads its half of each. Further slots are free.
fn pushed(messages: u32, slots: u32, size: u32, drains: bool) -> ClusterProgram {
    let mut fifos = Fifos::new();
    let qk = fifos.add("qk", Direction::CubeToVector, slots, size * size * 4, 0);
    let mut cube = Block::on_core(ChipId::A2A3, Core::Cube, &fifos);
    let acc = cube.tile("acc", Space::Acc, 0x0, F32, size, size);
    cube.filled(acc);
    for message in 0..messages {
        cube.talloc(qk);
        cube.op(TSTORE_ACC, [cube.slot(qk, message)], [acc]);
        cube.tpush(qk);
    }
    if drains {
        cube.drain(qk);
    }
    let vector = |core: Core| {
        let mut k = Block::on_core(ChipId::A2A3, core, &fifos);
        let tile = k.tile("a", Space::Vec, 0x0, F32, size / 2, size);
        for message in 0..messages {
            k.tpop(qk);
            k.op(TLOAD, [tile], [k.half_slot(qk, message, core.sub_block())]);
            k.tfree(qk);
        }
        k.finish()
    };
    ClusterProgram::of_block([cube.finish(), vector(Core::Vector0), vector(Core::Vector1)])
}

fn run(launch: &ClusterProgram) -> Forecast {
    Simulated::new(wide()).run_cluster(launch).unwrap()
}

/// One message, added up by hand: the drain of the accumulator, a flag to the other core, the load of half of it.
#[test]
fn the_time_of_a_message_is_the_sum_of_what_it_goes_through() {
    let profile = wide();
    let forecast = run(&pushed(1, 2, 64, false));
    let bytes = 64.0 * 64.0 * 4.0;
    let drained = profile.issue + profile.fix_start + bytes / profile.fix_gm;
    // The flag is set and seen, and the scalar pipe passes it and issues the load.
    let told = profile.flag + profile.cross_token + profile.flag + profile.issue;
    let loaded = profile.gm_ub_start + bytes / 2.0 / profile.gm_ub;
    let expected = drained + told + loaded;
    // A credit is for two messages, so that none is given.
    assert!((forecast.cycles() - expected).abs() < 0.02, "{} {expected}", forecast.cycles());
}

/// With a slot more the producer waits less; with all messages in flight, for nothing.
#[test]
fn more_slots_are_never_slower() {
    let of = |slots| run(&pushed(16, slots, 64, true)).cycles();
    let times: Vec<f64> = [2, 4, 8, 16].map(of).into();
    println!("{times:?}");
    assert!(times.is_sorted_by(|few, many| few >= many), "{times:?}");
    assert!(times[0] > times[3]);
}

fn relay(tiles: usize, blocks: usize, cores: usize) -> Forecast {
    let (b, x) = (vec![1.0; N * N], vec![0.5; blocks * tiles * N * N]);
    let mut y = x.clone();
    let shape = [blocks * tiles * N, N];
    let (b, x) = (GlobalTensor::new(&b, &[N, N]).unwrap(), GlobalTensor::new(&x, &shape).unwrap());
    let mut y = GlobalTensorMut::new(&mut y, &shape).unwrap();
    let parts = (x.whole(), y.parts(tiles * N, N).unwrap());
    let cluster = Relay::<2> { tiles, ahead: 1 };
    Simulated::new(wide())
        .cores(cores)
        .launch_cluster(&cluster, blocks, (b.whole(),), parts)
        .unwrap()
}

#[test]
fn what_holds_of_one_core_holds_of_several() {
    for tiles in [1, 2, 5, 9] {
        let forecast = relay(tiles, 1, 1);
        let cycles = forecast.cycles();
        for pipe in Pipe::ALL {
            let load = forecast.load(pipe);
            let sum = load.ops + load.sync + load.waiting + load.idle;
            let cores = (sum / cycles).round();
            assert!((1.0..=3.0).contains(&cores), "{pipe}: {sum} of {cycles}");
            assert!((sum - cores * cycles).abs() < 1e-6, "{pipe}: {sum} of {cycles}");
            assert!(load.idle >= 0.0);
            assert!(forecast.busy(pipe) <= 1.0);
        }
        let path: f64 = forecast.critical_path().iter().map(|stretch| stretch.cycles).sum();
        assert!((path - cycles).abs() < 1.0, "{tiles} tiles: a path of {path} in {cycles} cycles");
        let cores: std::collections::HashSet<_> =
            forecast.critical_path().into_iter().map(|stretch| stretch.core).collect();
        assert!(cores.contains(&Some(Core::Cube)) && cores.len() > 1, "{cores:?}");
        let across = |wait: &tilesync::exec::simulate::Wait| wait.core != wait.on_core;
        assert!(forecast.waits().iter().any(across));
        for answer in forecast.what_if() {
            assert!(answer.gain_us >= -1e-9, "{} loses {}", answer.change, answer.gain_us);
        }
        let (text, page) = (forecast.to_string(), forecast.timeline().html());
        assert!(text.contains("1 block on 1 cluster of 3 cores"), "{text}");
        assert!(page.contains("cube") && page.contains("waits for TPOP(products, 0)"));
    }
}

/// Four alike on two clusters are two waves of the same, as many as one after the other.
#[test]
fn blocks_are_dealt_to_clusters() {
    let (one, four) = (relay(3, 1, 1), relay(3, 4, 2));
    assert_eq!(four.waves(), 2);
    assert!((four.cycles() - 2.0 * one.cycles()).abs() < 0.01);
}

/// A program saved and loaded has the time that it had.
#[cfg(feature = "serde")]
#[test]
fn a_loaded_launch_takes_as_long() {
    let launch = pushed(5, 2, 32, true);
    let mut file = Vec::new();
    launch.save(&mut file).unwrap();
    let loaded = ClusterProgram::load(file.as_slice()).unwrap();
    assert_eq!(run(&launch).cycles(), run(&loaded).cycles());
}

/// Both sides wait for a message of the other one before they push.
#[test]
fn a_circle_of_cores_is_an_error_with_its_lines() {
    let mut fifos = Fifos::new();
    let down = fifos.add("down", Direction::CubeToVector, 2, 1024, 0);
    let up = fifos.add("up", Direction::VectorToCube, 2, 1024, 2);
    let side = |core: Core, first, then| {
        let mut k = Block::on_core(ChipId::A2A3, core, &fifos);
        k.at("side.cpp", if core == Core::Cube { 10 } else { 20 }).tpop(first);
        k.tfree(first);
        k.talloc(then);
        k.tpush(then);
        k.finish()
    };
    let cube = side(Core::Cube, up, down);
    let vectors = [Core::Vector0, Core::Vector1].map(|core| side(core, down, up));
    let [first, second] = vectors;
    let launch = ClusterProgram::of_block([cube, first, second]);
    let error = Simulated::new(wide()).run_cluster(&launch).unwrap_err();
    assert!(matches!(error, SimulateError::Stuck { block: 0, .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("side.cpp:10") && text.contains("side.cpp:20"), "{text}");
}

/// A vector core that computes for a while, and then meets all others.
fn meets(exponentials: usize) -> Program {
    let mut k = Block::on_core(ChipId::A2A3, Core::Vector0, &Fifos::new());
    let tile = k.tile("a", Space::Vec, 0x0, F32, 64, 64);
    k.filled(tile);
    for _ in 0..exponentials {
        k.op(TEXP, [tile], [tile]);
    }
    k.syncall(Participants::Vectors);
    k.op(TEXP, [tile], [tile]);
    k.finish()
}

/// All go on when the last one has come.
#[test]
fn cores_that_meet_wait_for_the_last_one() {
    let of = |blocks: &[usize]| {
        let blocks = blocks.iter().map(|&exponentials| vec![meets(exponentials)]).collect();
        let launch = ClusterProgram { blocks, resident: None };
        Simulated::new(wide()).cores(4).run_cluster(&launch)
    };
    let long = of(&[9]).unwrap().cycles();
    assert_eq!(of(&[1, 9, 3]).unwrap().cycles(), long);
    assert_eq!(of(&[9, 9, 9, 9]).unwrap().cycles(), long);
    let error = of(&[1, 2, 3, 4, 5]).unwrap_err();
    assert!(matches!(error, SimulateError::Meeting { blocks: 5, cores: 4 }), "{error}");
}

/// A message that lies where it is read takes nothing of global memory: it is drained at the rate of the chip's own.
#[test]
fn a_message_from_core_to_core_is_in_no_global_memory() {
    let profile = Profile::a5();
    let launch = |direct: bool| {
        let mut fifos = Fifos::new();
        let fifo = fifos.add_fifo(Fifo {
            name: "sums".to_owned(),
            direction: Direction::CubeToVector,
            slots: 2,
            slot_bytes: 64 * 64 * 4,
            period: 2,
            ready: 0,
            free: 1,
            split: false,
            memory: 0,
            direct,
        });
        let mut cube = Block::on_core(ChipId::A5, Core::Cube, &fifos);
        let acc = cube.tile("acc", Space::Acc, 0x0, F32, 64, 64);
        cube.filled(acc);
        cube.talloc(fifo);
        cube.op(TSTORE_ACC, [cube.slot(fifo, 0)], [acc]);
        cube.tpush(fifo);
        let mut v = Block::on_core(ChipId::A5, Core::Vector0, &fifos);
        v.tpop(fifo);
        v.tfree(fifo);
        let program = ClusterProgram::of_block([cube.finish(), v.finish()]);
        Simulated::new(profile.clone()).run_cluster(&program).unwrap().load(Pipe::Fix).ops
    };
    let bytes = 64.0 * 64.0 * 4.0;
    let (direct, through) = (launch(true), launch(false));
    assert!((direct - profile.fix_start - bytes / profile.fix_tile).abs() < 1.0, "{direct}");
    assert!((through - profile.fix_start - bytes / profile.fix_gm).abs() < 1.0, "{through}");
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// The first block alone has much to do before all of them meet.
struct Uneven;

#[phases]
impl Uneven {
    fn first<'k>(ub: Ub<'k>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let mut x = texpands(ub.x, 1.0).on::<Vector>();
        for _ in 0..if seen.part().0 == 0 { 100 } else { 1 } {
            x = texp_assign(x).on();
        }
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x.record::<TStoreVec>()) })
    }

    fn second<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &seen.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

/// What is forecast is what the pipelined executor runs, and nothing of it is computed.
#[test]
fn phases_are_forecast_without_being_run() {
    let mut y = vec![7.0; 4 * 64];
    let profile = wide();
    let simulated = Simulated::new(profile);
    let mut seen = Workspace::new(&[32, 8]).unwrap();
    let mut out = GlobalTensorMut::new(&mut y, &[32, 8]).unwrap();
    let args = (seen.parts(8, 8).unwrap(), out.parts(8, 8).unwrap());
    let forecast = simulated.launch_phases(&Uneven, 4, args).unwrap();
    assert!(y.iter().all(|&y| y == 7.0));

    let mut out = GlobalTensorMut::new(&mut y, &[32, 8]).unwrap();
    let args = (seen.parts(8, 8).unwrap(), out.parts(8, 8).unwrap());
    let report = Pipelined::new().launch_phases(&Uneven, 4, args).unwrap();
    let of_run = simulated.run_cluster(&report.program).unwrap();
    assert_eq!(forecast.cycles(), of_run.cycles());
    assert!(
        forecast.waits().iter().any(|wait| wait.cycles > 1000.0),
        "nobody waits for the first block"
    );
}
