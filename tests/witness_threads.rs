//! Public bug threads as raw programs, each found by `check`, each next to a typed kernel of the same shape in which the bug
//! does not compile.
//!
//! The programs are the threads' synchronisation, written anew. Where a thread is about a kernel on the matrix pipe, the
//! typed kernel has the same shape on the vector pipe.

#[path = "witness/typed.rs"]
mod typed;
mod witness;

use tilesync::chip::ChipId;
use tilesync::exec::check::Code;
use tilesync::exec::explore::FailureKind::{self, Differs, SetTwice, Stuck};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::Program;
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;
use witness::{demonstrate, right};

/// A thread, its bug, and the typed kernel and the rule that rule it out.
struct Thread {
    link: &'static str,
    code: Code,
    shown: Option<FailureKind>,
    /// A file of `ui-tests/fail`: how the compiler rejects the bug. None where the library does the step itself.
    rule: Option<&'static str>,
    typed: fn() -> Program,
    record: fn(&mut Block, &Memory),
}

struct Memory {
    x: Operand,
    y: Operand,
    l1: Operand,
    l0: Operand,
    acc: Operand,
    a: Operand,
    b: Operand,
}

const THREADS: &[Thread] = &[
    // The loop waits at its head, and nothing has set the flag before the first turn.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/428",
        code: Code::Deadlock,
        shown: Some(Stuck),
        rule: Some("a_ring_is_primed"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.op(TLOAD, [m.l1], [m.x]);
            k.set_flag(Mte2, Mte1, 0);
            k.wait_flag(Mte2, Mte1, 0);
            for _ in 0..2 {
                k.wait_flag(M, Mte1, 0);
                k.op(TEXTRACT_M2LR, [m.l0], [m.l1]);
                k.set_flag(Mte1, M, 0);
                k.wait_flag(Mte1, M, 0);
                k.op(TMATMUL, [m.acc], [m.l0]);
                k.set_flag(M, Mte1, 0);
            }
        },
    },
    // Both halves of the MTE1 to MTE2 hand-back are gone from a pipelined loop.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/564",
        code: Code::OverwriteTooEarly,
        shown: Some(Differs),
        rule: Some("a_loop_hands_its_buffer_back"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            for _ in 0..2 {
                k.op(TLOAD, [m.l1], [m.x]);
                k.set_flag(Mte2, Mte1, 0);
                k.wait_flag(Mte2, Mte1, 0);
                k.op(TEXTRACT_M2LR, [m.l0], [m.l1]);
            }
        },
    },
    // The wait stands in a loop that runs zero times.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/533",
        code: Code::ReadTooEarly,
        shown: Some(Differs),
        rule: Some("a_source_waits_for_its_event"),
        typed: typed::zero_trip_program,
        record: |k, m| {
            let trips = 0;
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            for _ in 0..trips {
                k.wait_flag(Mte2, V, 0);
            }
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // The wait was hoisted out of an `if`, the set was not.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/1149",
        code: Code::WaitWithoutSet,
        shown: Some(Stuck),
        rule: Some("every_branch_uses_the_event"),
        typed: typed::zero_trip_program,
        record: |k, m| {
            for take in [true, false] {
                if take {
                    k.op(TLOAD, [m.a], [m.x]);
                    k.set_flag(Mte2, V, 0);
                }
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [m.b], [m.a]);
                k.pipe_barrier(V);
            }
        },
    },
    // A branch was analysed twice: two waits, one set.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/112",
        code: Code::WaitWithoutSet,
        shown: Some(Stuck),
        rule: Some("an_event_is_consumed_by_the_op_that_it_was_recorded_for"),
        typed: typed::zero_trip_program,
        record: |k, m| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            k.wait_flag(Mte2, V, 0);
            k.wait_flag(Mte2, V, 0);
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // Two buffers in rotation, one id for both.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/pull/176",
        code: Code::SetWhileRaised,
        shown: Some(SetTwice),
        rule: Some("a_slot_is_used_where_it_was_loaded"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            for tile in [m.a, m.b] {
                k.op(TLOAD, [tile], [m.x]);
                k.set_flag(Mte2, V, 0);
            }
            for tile in [m.a, m.b] {
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [tile], [tile]);
            }
        },
    },
    // Nested lives of two flags with one id.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/823",
        code: Code::SetWhileRaised,
        shown: Some(SetTwice),
        rule: Some("a_token_cannot_be_copied"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.op(TEXPANDS, [m.a], []);
            k.set_flag(V, Mte3, 1);
            k.op(TEXPANDS, [m.b], []);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [m.y], [m.b]);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [m.y], [m.a]);
        },
    },
    // Nine rotating ids where there are eight: the ninth comes round to the first.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/1569",
        code: Code::SetWhileRaised,
        shown: Some(SetTwice),
        rule: None,
        typed: typed::ping_pong_program,
        record: |k, _| {
            let tokens: Vec<_> = (0..9).map(|_| k.event(TLOAD, TEXP)).collect();
            for &token in &tokens {
                k.record(token);
            }
            for &token in &tokens {
                k.wait(token);
            }
        },
    },
    // An id that the device does not have.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/1573",
        code: Code::IdOutOfRange,
        shown: None,
        rule: None,
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 8);
            k.wait_flag(Mte2, V, 8);
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // TCI runs on the scalar pipe, but was taken for a vector op: the flag leads from the wrong pipe.
    Thread {
        link: "https://github.com/hw-native-sys/PTOAS/issues/735",
        code: Code::ReadTooEarly,
        shown: Some(Differs),
        rule: Some("an_event_names_the_op_that_made_it"),
        typed: typed::scalar_read_program,
        record: |k, m| {
            k.op(TCI, [m.a], []);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [m.y], [m.a]);
        },
    },
    // Neither the stored tile nor the loaded one is handed back.
    Thread {
        link: "https://github.com/tile-ai/tilelang-ascend/issues/1660",
        code: Code::OverwriteTooEarly,
        shown: Some(Differs),
        rule: Some("a_tile_is_not_overwritten_while_another_pipe_reads_it"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            for _ in 0..2 {
                k.op(TLOAD, [m.a], [m.x]);
                k.set_flag(Mte2, V, 0);
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [m.b], [m.a]);
                k.set_flag(V, Mte3, 1);
                k.wait_flag(V, Mte3, 1);
                k.op(TSTORE_VEC, [m.y], [m.b]);
            }
        },
    },
    // A barrier in a branch that was not taken was credited to the path around it.
    Thread {
        link: "https://github.com/tile-ai/tilelang-ascend/issues/1824",
        code: Code::MissingBarrier,
        shown: Some(Differs),
        rule: None,
        typed: typed::scalar_read_program,
        record: |k, m| {
            k.op(TEXPANDS, [m.a], []);
            let taken = false;
            if taken {
                k.pipe_barrier(V);
            }
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // One buffer, loaded again by the outer loop while the inner one may still read it.
    Thread {
        link: "https://github.com/tile-ai/tilelang-ascend/pull/1109",
        code: Code::OverwriteTooEarly,
        shown: Some(Differs),
        rule: Some("a_loop_hands_its_buffer_back"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.set_flag(M, Mte1, 0);
            for _ in 0..2 {
                k.op(TLOAD, [m.l1], [m.x]);
                k.set_flag(Mte2, Mte1, 0);
                k.wait_flag(Mte2, Mte1, 0);
                for _ in 0..2 {
                    k.wait_flag(M, Mte1, 0);
                    k.op(TEXTRACT_M2LR, [m.l0], [m.l1]);
                    k.set_flag(Mte1, M, 0);
                    k.wait_flag(Mte1, M, 0);
                    k.op(TMATMUL, [m.acc], [m.l0]);
                    k.set_flag(M, Mte1, 0);
                }
            }
            k.wait_flag(M, Mte1, 0);
        },
    },
    // A flag from the vector pipe to itself.
    Thread {
        link: "https://github.com/tile-ai/tilelang-ascend/pull/1458",
        code: Code::SamePipeFlag,
        shown: None,
        rule: None,
        typed: typed::scalar_read_program,
        record: |k, m| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            k.wait_flag(Mte2, V, 0);
            k.set_flag(V, V, 0);
            k.wait_flag(V, V, 0);
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // A vector reduction, then a scalar read of its result with a barrier of the vector pipe in between, and no flag.
    Thread {
        link: "https://github.com/vllm-project/vllm-ascend/pull/15181",
        code: Code::ReadTooEarly,
        shown: Some(Differs),
        rule: Some("a_result_reaches_another_pipe_through_an_event"),
        typed: typed::scalar_read_program,
        record: |k, m| {
            k.op(TEXPANDS, [m.a], []);
            k.pipe_barrier(V);
            k.op(TROWMAX, [m.b], [m.a]);
            k.pipe_barrier(V);
            k.op(SCALAR, [], [m.b]);
        },
    },
    // The copies are committed after the wait, which then covers none of them.
    Thread {
        link: "https://github.com/csarofeen/pytorch/pull/2457",
        code: Code::ReadTooEarly,
        shown: Some(Differs),
        rule: Some("a_tile_is_not_read_before_it_is_loaded"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.set_flag(Mte2, V, 0);
            k.op(TLOAD, [m.a], [m.x]);
            k.wait_flag(Mte2, V, 0);
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    // Two loads are in flight and one may stay so: the wait is for the one before them.
    Thread {
        link: "https://github.com/NVIDIA/cutlass/pull/2502",
        code: Code::ReadTooEarly,
        shown: Some(Differs),
        rule: Some("a_slot_is_used_where_it_was_loaded"),
        typed: typed::ping_pong_program,
        record: |k, m| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            k.op(TLOAD, [m.b], [m.x]);
            k.set_flag(Mte2, V, 1);
            k.wait_flag(Mte2, V, 0);
            k.op(TADD, [m.a], [m.a, m.b]);
            k.wait_flag(Mte2, V, 1);
        },
    },
];

#[test]
fn every_thread_is_found_and_its_typed_kernel_is_right() {
    for thread in THREADS {
        let mut k = Block::new(ChipId::A2A3);
        let m = Memory {
            x: k.global_in(F32, 16, 16),
            y: k.global_out(F32, 16, 16),
            l1: k.tile("l1", Space::Mat, 0, F32, 16, 16),
            l0: k.tile("l0", Space::Left, 0, F32, 16, 16),
            acc: k.tile("acc", Space::Acc, 0, F32, 16, 16),
            a: k.tile("a", Space::Vec, 0, F32, 16, 16),
            b: k.tile("b", Space::Vec, 0x400, F32, 16, 16),
        };
        (thread.record)(&mut k, &m);
        demonstrate(thread.link, &k.finish(), thread.code, thread.shown);
        right(thread.link, &(thread.typed)());
        if let Some(rule) = thread.rule {
            let file = format!("{}/ui-tests/fail/{rule}.rs", env!("CARGO_MANIFEST_DIR"));
            assert!(std::path::Path::new(&file).is_file(), "{file}");
        }
    }
    assert!(THREADS.len() >= 10);
}
