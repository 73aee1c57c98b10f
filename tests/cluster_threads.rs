//! Public bug threads about several cores as raw launches: each found by `check_cluster` and shown by a schedule, each next to its
//! repaired twin.

mod cores;

use cores::{SLOT, cube, demonstrate, receive, send, vector};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::{ClusterProgram, Core, CrossMode, Direction, Participants, Program};
use tilesync::raw::{Block, Fifos};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// The destructor of `TPipe` drains too few credits, and too many.
#[test]
fn the_destructor_miscounts_the_credits() {
    let launch = |credits: u32| {
        let mut fifos = Fifos::new();
        let qk = fifos.add("qk", Direction::CubeToVector, 4, SLOT, 0);
        let (mut c, acc) = cube(ChipId::A2A3, &fifos);
        for message in 0..4 {
            send(&mut c, qk, message, acc);
        }
        let drain = tilesync::program::Cross::Drain { fifo: 0, credits };
        c.cross(S, drain);
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
        for message in 0..4 {
            receive(&mut v, qk, message, a);
        }
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    let thread = "https://github.com/hw-native-sys/pto-isa/issues/127, /188, /248";
    let too_few = |broken| launch(if broken { 1 } else { 2 });
    demonstrate(thread, too_few, Code::CreditLeak, FailureKind::Raised);
    let too_many = |broken| launch(if broken { 3 } else { 2 });
    demonstrate(thread, too_many, Code::CreditLeak, FailureKind::Stuck);
}

/// One pipe in both directions has one cursor: the push of one direction moves the slot of the other.
#[test]
fn both_directions_share_a_cursor() {
    let thread = "https://github.com/hw-native-sys/pto-isa/issues/195";
    let launch = |broken: bool| {
        let mut fifos = Fifos::new();
        let down = fifos.add("c2v", Direction::CubeToVector, 2, SLOT, 0);
        let up = fifos.add("v2c", Direction::VectorToCube, 2, SLOT, 2);
        let (mut c, acc) = cube(ChipId::A2A3, &fifos);
        let b = c.tile("b", Space::Mat, 0x0, F32, 16, 16);
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
        for message in 0..2 {
            send(&mut c, down, message, acc);
            c.tpop(up);
            c.op(TLOAD, [b], [c.slot(up, message)]);
            c.tfree(up);

            // The vector core has popped once and pushed once: to a common cursor that makes two.
            let cursor = if broken { 2 * message + 1 } else { message };
            v.tpop(down);
            v.op(TLOAD, [a], [v.slot(down, message)]);
            v.tfree(down);
            v.set_flag(Mte2, Mte3, 0);
            v.wait_flag(Mte2, Mte3, 0);
            v.talloc(up);
            v.op(TSTORE_VEC, [v.slot(up, cursor)], [a]);
            v.tpush(up);
            v.set_flag(Mte3, Mte2, 0);
            v.wait_flag(Mte3, Mte2, 0);
        }
        c.drain(down);
        v.drain(up);
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    let broken = check_cluster(&launch(true));
    // The cube reads a slot that nobody has written; nothing races, so every schedule is equally wrong.
    assert!(broken.has(Code::NeverWritten), "{thread}: {broken}");
    let right = check_cluster(&launch(false));
    assert_eq!(right.findings, [], "{thread}: {right}");
}

/// The flag of a reduction has the id that says that QK is ready.
#[test]
fn two_protocols_share_a_flag() {
    let thread = "https://github.com/hw-native-sys/simpler/issues/1070";
    let launch = |broken: bool| {
        let id = if broken { 3 } else { 5 };
        let mut fifos = Fifos::new();
        let qk = fifos.add("qk", Direction::CubeToVector, 2, SLOT, 3);
        let (mut c, acc) = cube(ChipId::A2A3, &fifos);
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
        c.ffts_cross_core_sync(Mte2, CrossMode::Cluster, id);
        send(&mut c, qk, 0, acc);
        receive(&mut v, qk, 0, a);
        v.wait_flag_dev(id);
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    demonstrate(thread, launch, Code::FlagCollision, FailureKind::Differs);
}

/// `SYNCALL` needs every core of the launch: with more blocks than run at a time, none comes through.
#[test]
fn not_every_core_comes_to_the_meeting() {
    let thread = "https://github.com/hw-native-sys/pypto/issues/1931";
    let blocks = |resident: Option<u32>, early: bool| {
        let block = |number: u32| {
            let core = |core: Core| {
                let mut k = Block::on_core(ChipId::A2A3, core, &Fifos::new());
                if !(early && number == 1 && core == Core::Cube) {
                    k.syncall(Participants::All);
                }
                k.finish()
            };
            vec![core(Core::Cube), core(Core::Vector0)]
        };
        ClusterProgram { blocks: (0..2).map(block).collect(), resident }
    };
    let occupancy = |broken: bool| blocks(Some(if broken { 1 } else { 2 }), false);
    demonstrate(thread, occupancy, Code::ParticipantMismatch, FailureKind::Stuck);
    let early_return = |broken: bool| blocks(None, broken);
    demonstrate(thread, early_return, Code::ParticipantMismatch, FailureKind::Stuck);
}

/// Set and wait stand in loops of different lengths on the two sides.
#[test]
fn loops_of_two_lengths() {
    let thread = "https://github.com/tile-ai/tilelang-ascend/pull/596";
    let launch = |waits: u32| {
        let (mut c, _) = cube(ChipId::A2A3, &Fifos::new());
        for _ in 0..2 {
            c.ffts_cross_core_sync(Fix, CrossMode::Cluster, 4);
        }
        let (mut v, _) = vector(ChipId::A2A3, Core::Vector0, &Fifos::new());
        for _ in 0..waits {
            v.wait_flag_dev(4);
        }
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    let more = |broken: bool| launch(if broken { 3 } else { 2 });
    demonstrate(thread, more, Code::CountMismatch, FailureKind::Stuck);
    let fewer = |broken: bool| launch(if broken { 1 } else { 2 });
    demonstrate(thread, fewer, Code::CountMismatch, FailureKind::Raised);
}

/// a5: the cube waits for the flag of vector core 0, and not for that of vector core 1.
#[test]
fn a_wait_for_one_of_two_cores() {
    let thread = "https://gitcode.com/cann/asc-devkit/issues/1723";
    let launch = |broken: bool| {
        let half = |core: Core| -> Program {
            let (mut v, a) = vector(ChipId::A5, core, &Fifos::new());
            v.filled(a);
            let out = v.global_out(F32, 32, 16);
            let row = 16 * u32::from(core.sub_block());
            v.op(TSTORE_VEC, [out.window(row, 0, 16, 16)], [a]);
            v.set_intra_block(Mte3, 8);
            v.finish()
        };
        let (mut c, _) = cube(ChipId::A5, &Fifos::new());
        let x = c.global_in(F32, 32, 16);
        let l1 = c.tile("l1", Space::Mat, 0x0, F32, 32, 16);
        c.wait_intra_block(Mte2, 8);
        if !broken {
            c.wait_intra_block(Mte2, 8 + 16);
        }
        c.op(TLOAD, [l1], [x]);
        ClusterProgram::of_block([c.finish(), half(Core::Vector0), half(Core::Vector1)])
    };
    demonstrate(thread, launch, Code::IncompleteWait, FailureKind::Differs);
    assert!(check_cluster(&launch(true)).has(Code::CoresRace));
}

/// The circle names its lines, and the FIFO that is too shallow.
#[test]
fn a_preload_deeper_than_the_fifo() {
    for (slots, preload) in [(2, 2), (2, 3), (4, 6), (3, 3)] {
        let launch = |slots: u32| {
            let mut fifos = Fifos::new();
            let qk = fifos.add("qk", Direction::CubeToVector, slots, SLOT, 0);
            let p = fifos.add("p", Direction::VectorToCube, 2, SLOT, 2);
            let (mut c, acc) = cube(ChipId::A2A3, &fifos);
            let b = c.tile("b", Space::Mat, 0x0, F32, 16, 16);
            let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
            let steps = 9;
            for step in 0..steps + preload {
                if step < steps {
                    send(&mut c, qk, step, acc);
                }
                if step >= preload {
                    receive(&mut c, p, step - preload, b);
                }
            }
            c.drain(qk);
            for step in 0..steps {
                receive(&mut v, qk, step, a);
                v.set_flag(Mte2, Mte3, 0);
                v.wait_flag(Mte2, Mte3, 0);
                v.talloc(p);
                v.op(TSTORE_VEC, [v.slot(p, step)], [a]);
                v.tpush(p);
                v.set_flag(Mte3, Mte2, 0);
                v.wait_flag(Mte3, Mte2, 0);
            }
            v.drain(p);
            ClusterProgram::of_block([c.finish(), v.finish()])
        };
        let verdict = check_cluster(&launch(slots));
        let stuck = explore_cluster(&launch(slots), 1).has(FailureKind::Stuck);
        assert_eq!(verdict.has(Code::CyclicWait), stuck, "{slots} {preload}: {verdict}");
        if !stuck {
            assert_eq!(verdict.findings, [], "{slots} {preload}: {verdict}");
            continue;
        }
        println!("{verdict}");
        let circle = verdict.findings.iter().find(|finding| finding.code == Code::CyclicWait);
        let circle = circle.expect("the circle");
        let more =
            (1..).find(|more| !explore_cluster(&launch(slots + more), 1).has(FailureKind::Stuck));
        let more = more.expect("some depth is enough");
        let text = format!("FIFO qk is too shallow by {more}: give it {} slots", slots + more);
        assert!(circle.repair.starts_with(&text), "{circle}");
        assert!(circle.sites.len() >= 2, "{circle}");
    }
}
