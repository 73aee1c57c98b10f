//! What the types of clusters and phases reject, written without types: each is found by `check_cluster`, and a schedule shows what goes
//! wrong. The names are those of the rules in `ui-tests`.

mod cores;

use cores::{SLOT, cube, demonstrate, receive, send, vector};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::{ClusterProgram, Core, CrossMode, Direction, Participants};
use tilesync::raw::{Block, FifoId, Fifos, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// A cube core and a vector core with a FIFO of so many slots, each with its tile.
fn launch(
    slots: u32,
    cube_side: impl Fn(&mut Block, FifoId, Operand),
    vector_side: impl Fn(&mut Block, FifoId, Operand),
) -> ClusterProgram {
    let mut fifos = Fifos::new();
    let qk = fifos.add("qk", Direction::CubeToVector, slots, SLOT, 0);
    let (mut c, acc) = cube(ChipId::A2A3, &fifos);
    cube_side(&mut c, qk, acc);
    let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
    vector_side(&mut v, qk, a);
    ClusterProgram::of_block([c.finish(), v.finish()])
}

fn sends(k: &mut Block, fifo: FifoId, acc: Operand, count: u32) {
    (0..count).for_each(|message| send(k, fifo, message, acc));
    k.drain(fifo);
}

fn receives(k: &mut Block, fifo: FifoId, tile: Operand, count: u32) {
    (0..count).for_each(|message| receive(k, fifo, message, tile));
}

/// The producer walks a step less than the consumer.
#[test]
fn a_step_is_pushed() {
    let run = |broken: bool| {
        let pushed = if broken { 2 } else { 3 };
        launch(4, |k, fifo, acc| sends(k, fifo, acc, pushed), |k, fifo, a| receives(k, fifo, a, 3))
    };
    demonstrate("a_step_is_pushed", run, Code::CountMismatch, FailureKind::Stuck);
}

/// The consumer returns before its last step.
#[test]
fn a_role_walks_its_schedule_to_the_end() {
    let run = |broken: bool| {
        let popped = if broken { 2 } else { 3 };
        launch(4, |k, fifo, acc| sends(k, fifo, acc, 3), |k, fifo, a| receives(k, fifo, a, popped))
    };
    demonstrate("a_step_is_popped", run, Code::CountMismatch, FailureKind::Raised);
}

/// The consumer keeps each slot.
#[test]
fn a_slot_is_freed() {
    let run = |broken: bool| {
        let pops = move |k: &mut Block, fifo: FifoId, a: Operand| {
            for message in 0..4 {
                k.tpop(fifo);
                k.op(TLOAD, [a], [k.slot(fifo, message)]);
                if !broken {
                    k.tfree(fifo);
                }
            }
        };
        launch(2, |k, fifo, acc| sends(k, fifo, acc, 4), pops)
    };
    demonstrate("a_slot_is_freed", run, Code::CountMismatch, FailureKind::Stuck);
}

/// The consumer loads once more from a slot that it has given back.
#[test]
fn a_freed_slot_is_not_read() {
    let run = |broken: bool| {
        let pops = move |k: &mut Block, fifo: FifoId, a: Operand| {
            for message in 0..2 {
                k.tpop(fifo);
                k.op(TLOAD, [a], [k.slot(fifo, message)]);
                if !broken {
                    k.op(TLOAD, [a], [k.slot(fifo, message)]);
                }
                k.tfree(fifo);
                if broken {
                    k.op(TLOAD, [a], [k.slot(fifo, message)]);
                }
            }
        };
        launch(1, |k, fifo, acc| sends(k, fifo, acc, 2), pops)
    };
    demonstrate("a_freed_slot_is_not_read", run, Code::CoresRace, FailureKind::Differs);
}

/// The producer stores to a slot that it has pushed.
#[test]
fn a_pushed_slot_is_not_written() {
    let run = |broken: bool| {
        let pushes = move |k: &mut Block, fifo: FifoId, acc: Operand| {
            k.talloc(fifo);
            k.op(TSTORE_ACC, [k.slot(fifo, 0)], [acc]);
            if broken {
                k.tpush(fifo);
            }
            k.op(TSTORE_ACC, [k.slot(fifo, 0)], [acc]);
            if !broken {
                k.tpush(fifo);
            }
            k.drain(fifo);
        };
        launch(1, pushes, |k, fifo, a| receives(k, fifo, a, 1))
    };
    demonstrate("a_pushed_slot_is_not_written", run, Code::CoresRace, FailureKind::Differs);
}

/// The sixth FIFO's flags are those of `SYNCALL`.
#[test]
fn a_cluster_has_flags_for_five_fifos() {
    let run = |broken: bool| {
        let mut fifos = Fifos::new();
        let first = if broken { 11 } else { 8 };
        let qk = fifos.add("f", Direction::CubeToVector, 2, SLOT, first);
        let (mut c, acc) = cube(ChipId::A2A3, &fifos);
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &fifos);
        send(&mut c, qk, 0, acc);
        receive(&mut v, qk, 0, a);
        c.drain(qk);
        for k in [&mut c, &mut v] {
            k.syncall(Participants::All);
        }
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    let verdict = check_cluster(&run(true));
    assert!(verdict.has(Code::FlagCollision), "{verdict}");
    assert!(check_cluster(&run(false)).is_clean());
}

/// Both sides store to one tensor.
#[test]
fn a_tensor_belongs_to_one_side() {
    let run = |broken: bool| {
        let (mut c, acc) = cube(ChipId::A2A3, &Fifos::new());
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &Fifos::new());
        v.filled(a);
        let [theirs, own] = [&mut c, &mut v].map(|k| k.global_out(F32, 32, 16));
        c.op(TSTORE_ACC, [theirs.window(0, 0, 16, 16)], [acc]);
        let row = if broken { 0 } else { 16 };
        v.op(TSTORE_VEC, [own.window(row, 0, 16, 16)], [a]);
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    demonstrate("a_tensor_belongs_to_one_side", run, Code::CoresRace, FailureKind::Differs);
}

/// Two blocks that store a part each and load the other one's, with a meeting at these places in the two.
fn two_blocks(meets: [bool; 2]) -> ClusterProgram {
    let block = |number: u32| {
        let mut k = Block::on_core(ChipId::A2A3, Core::Vector0, &Fifos::new());
        let a = k.tile("a", Space::Vec, 0x0, F32, 16, 16);
        let b = k.tile("b", Space::Vec, 0x400, F32, 16, 16);
        k.filled(a);
        let seen = k.global_out(F32, 32, 16);
        k.op(TSTORE_VEC, [seen.window(16 * number, 0, 16, 16)], [a]);
        if meets[number as usize] {
            k.syncall(Participants::All);
        }
        k.op(TLOAD, [b], [seen.window(16 - 16 * number, 0, 16, 16)]);
        vec![k.finish()]
    };
    ClusterProgram { blocks: vec![block(0), block(1)], resident: None }
}

#[test]
fn a_phase_does_not_load_what_it_stores() {
    let run = |broken: bool| two_blocks([!broken; 2]);
    demonstrate("a_phase_does_not_load", run, Code::CoresRace, FailureKind::Differs);
}

#[test]
fn all_blocks_meet_by_themselves() {
    let run = |broken: bool| two_blocks([true, !broken]);
    demonstrate("all_blocks_meet", run, Code::ParticipantMismatch, FailureKind::Stuck);
}

/// A cube core that is told to go on sets the flag before its store; in a FIFO the push comes behind it.
#[test]
fn a_slot_is_pushed() {
    let run = |broken: bool| {
        let (mut c, acc) = cube(ChipId::A2A3, &Fifos::new());
        let (mut v, a) = vector(ChipId::A2A3, Core::Vector0, &Fifos::new());
        let [theirs, own] = [&mut c, &mut v].map(|k| k.global_out(F32, 16, 16));
        if broken {
            c.ffts_cross_core_sync(Fix, CrossMode::Cluster, 4);
        }
        c.op(TSTORE_ACC, [theirs], [acc]);
        if !broken {
            c.ffts_cross_core_sync(Fix, CrossMode::Cluster, 4);
        }
        v.wait_flag_dev(4);
        v.op(TLOAD, [a], [own]);
        ClusterProgram::of_block([c.finish(), v.finish()])
    };
    demonstrate("a_slot_is_pushed", run, Code::CoresRace, FailureKind::Differs);
}

/// Two pipes of a vector core wait for one flag: whichever takes it, the other waits for ever. Who looks ahead sees both go on.
#[test]
fn two_pipes_may_not_wait_for_one_flag() {
    let fifos = Fifos::new();
    let (mut c, _) = cube(ChipId::A5, &fifos);
    c.set_intra_block(Fix, 0);
    let (mut v, a) = vector(ChipId::A5, Core::Vector0, &fifos);
    let [x, y] = [v.global_in(F32, 16, 16), v.global_out(F32, 16, 16)];
    v.op(TLOAD, [a], [x]);
    v.wait_intra_block(V, 0);
    v.wait_intra_block(Mte3, 0);
    v.set_flag(Mte2, Mte3, 0);
    v.wait_flag(Mte2, Mte3, 0);
    v.op(TSTORE_VEC, [y], [a]);
    c.global_in(F32, 16, 16);
    c.global_out(F32, 16, 16);
    let launch = ClusterProgram::of_block([c.finish(), v.finish()]);
    assert!(!check_cluster(&launch).is_clean());
    assert!(explore_cluster(&launch, 100).has(FailureKind::Stuck));
}
