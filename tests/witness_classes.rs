//! Each class of synchronisation bug: a raw program that has it, found by `check` and shown by `explore`; its repaired twin; and
//! the rule by which a typed kernel with the same mistake does not compile.

mod witness;

use tilesync::chip::ChipId;
use tilesync::exec::check::Code;
use tilesync::exec::explore::FailureKind::{self, *};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;
use witness::{demonstrate, right};

/// The memory of every witness.
struct Memory {
    x: Operand,
    y: Operand,
    a: Operand,
    b: Operand,
}

/// Records a program with the mistake (`true`) or its repaired twin.
type Record = fn(&mut Block, &Memory, bool);

/// A class, what finds it, and the rules (files of `ui-tests/fail`) that reject it.
struct Class {
    name: &'static str,
    code: Code,
    shown: FailureKind,
    rules: &'static [&'static str],
    record: Record,
}

/// Load, compute, store, with all flags but the hand-backs.
fn pipeline(k: &mut Block, m: &Memory, id: u8) {
    k.op(TLOAD, [m.a], [m.x]);
    k.set_flag(Mte2, V, id);
    k.wait_flag(Mte2, V, id);
    k.op(TEXP, [m.b], [m.a]);
    k.set_flag(V, Mte3, 1);
    k.wait_flag(V, Mte3, 1);
    k.op(TSTORE_VEC, [m.y], [m.b]);
}

const CLASSES: &[Class] = &[
    Class {
        name: "C1 wait without a set",
        code: Code::WaitWithoutSet,
        shown: Stuck,
        rules: &["an_event_cannot_be_made_up"],
        record: |k, m, wrong| {
            pipeline(k, m, 0);
            if wrong {
                k.wait_flag(Mte2, V, 0);
            }
        },
    },
    Class {
        name: "C2 flag left raised",
        code: Code::FlagLeftRaised,
        shown: Raised,
        rules: &[
            "an_event_is_not_dropped",
            "an_event_is_not_forgotten",
            "a_region_is_handed_over_with_a_tile",
        ],
        record: |k, m, wrong| {
            pipeline(k, m, 0);
            if wrong {
                k.set_flag(Mte3, V, 1);
            }
        },
    },
    Class {
        name: "C3 one id for two flags in flight",
        code: Code::SetWhileRaised,
        shown: SetTwice,
        rules: &["a_token_cannot_be_copied", "a_token_cannot_be_cloned"],
        record: |k, m, wrong| {
            let second = u8::from(!wrong);
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            k.op(TLOAD, [m.b], [m.x]);
            k.set_flag(Mte2, V, second);
            k.wait_flag(Mte2, V, 0);
            k.op(TEXP, [m.a], [m.a]);
            k.wait_flag(Mte2, V, second);
            k.op(TEXP, [m.b], [m.b]);
        },
    },
    Class {
        name: "C4 the flag leads to another pipe",
        code: Code::ReadTooEarly,
        shown: Differs,
        rules: &[
            "an_event_is_consumed_on_the_pipe_that_it_was_recorded_for",
            "an_event_names_the_op_that_made_it",
        ],
        record: |k, m, wrong| {
            let dst = if wrong { Mte3 } else { V };
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, dst, 0);
            k.wait_flag(Mte2, dst, 0);
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    Class {
        name: "C5 no flag from the producer",
        code: Code::ReadTooEarly,
        shown: Differs,
        rules: &["a_source_waits_for_its_event", "a_result_reaches_another_pipe_through_an_event"],
        record: |k, m, wrong| {
            k.op(TLOAD, [m.a], [m.x]);
            if !wrong {
                k.set_flag(Mte2, V, 0);
                k.wait_flag(Mte2, V, 0);
            }
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    Class {
        name: "C6 no hand-back from the reader",
        code: Code::OverwriteTooEarly,
        shown: Differs,
        rules: &[
            "a_tile_is_not_overwritten_while_another_pipe_reads_it",
            "a_loop_hands_its_buffer_back",
            "a_shared_tile_is_handed_back_by_both_readers",
        ],
        record: |k, m, wrong| {
            pipeline(k, m, 0);
            if !wrong {
                k.set_flag(V, Mte2, 0);
                k.wait_flag(V, Mte2, 0);
            }
            k.op(TLOAD, [m.a], [m.x]);
        },
    },
    Class {
        name: "C7 the flag of the other slot",
        code: Code::ReadTooEarly,
        shown: Differs,
        rules: &["a_slot_is_used_where_it_was_loaded", "a_ring_is_not_indexed"],
        record: |k, m, wrong| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            k.op(TLOAD, [m.b], [m.x]);
            k.set_flag(Mte2, V, 1);
            let [first, second] = if wrong { [m.b, m.a] } else { [m.a, m.b] };
            k.wait_flag(Mte2, V, 0);
            k.op(TEXP, [first], [first]);
            k.wait_flag(Mte2, V, 1);
            k.op(TEXP, [second], [second]);
        },
    },
    Class {
        name: "C8 a ring that is not primed",
        code: Code::WaitWithoutSet,
        shown: Stuck,
        rules: &["a_ring_is_primed"],
        record: |k, m, wrong| {
            if !wrong {
                k.set_flag(V, Mte2, 0);
            }
            for _ in 0..2 {
                k.wait_flag(V, Mte2, 0);
                k.op(TLOAD, [m.a], [m.x]);
                k.set_flag(Mte2, V, 0);
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [m.b], [m.a]);
                k.set_flag(V, Mte2, 0);
                k.pipe_barrier(V);
            }
            k.wait_flag(V, Mte2, 0);
        },
    },
    Class {
        name: "C8 a ring that is not drained",
        code: Code::FlagLeftRaised,
        shown: Raised,
        rules: &["a_ring_is_drained"],
        record: |k, m, wrong| {
            k.set_flag(V, Mte2, 0);
            for _ in 0..2 {
                k.wait_flag(V, Mte2, 0);
                k.op(TLOAD, [m.a], [m.x]);
                k.set_flag(Mte2, V, 0);
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [m.b], [m.a]);
                k.set_flag(V, Mte2, 0);
                k.pipe_barrier(V);
            }
            if !wrong {
                k.wait_flag(V, Mte2, 0);
            }
        },
    },
    Class {
        name: "C9 one branch waits, the other does not",
        code: Code::FlagLeftRaised,
        shown: Raised,
        rules: &["every_branch_uses_the_event", "an_early_return_leaves_no_flag_raised"],
        record: |k, m, wrong| {
            k.op(TLOAD, [m.a], [m.x]);
            k.set_flag(Mte2, V, 0);
            let branch_taken = !wrong;
            if branch_taken {
                k.wait_flag(Mte2, V, 0);
                k.op(TEXP, [m.b], [m.a]);
            }
        },
    },
    Class {
        name: "C10 a ninth id",
        code: Code::IdOutOfRange,
        shown: SetTwice,
        rules: &[],
        record: |k, m, wrong| {
            // Nine flags in flight between two pipes. As ids they end at 8; PTO's automatic ids come round to 0.
            let flags = if wrong { 9 } else { 8 };
            for id in 0..flags {
                k.op(TLOAD, [m.a.window(id, 0, 1, 8)], [m.x.window(id, 0, 1, 8)]);
                let token = k.event(TLOAD, TEXP);
                k.record(token);
            }
            for id in 0..flags {
                k.wait_flag(Mte2, V, (id % 8) as u8);
            }
            if wrong {
                k.set_flag(Mte2, M, 8);
                k.wait_flag(Mte2, M, 8);
            }
        },
    },
    Class {
        name: "C11 no barrier between dependent vector ops",
        code: Code::MissingBarrier,
        shown: Differs,
        rules: &[],
        record: |k, m, wrong| {
            k.op(TEXPANDS, [m.a], []);
            if !wrong {
                k.pipe_barrier(V);
            }
            k.op(TEXP, [m.b], [m.a]);
        },
    },
    Class {
        name: "C12 an id of the library",
        code: Code::LibraryId,
        shown: LibraryId,
        rules: &[],
        record: |k, m, wrong| {
            let id = u8::from(!wrong);
            k.op(TEXPANDS, [m.a], []);
            k.set_flag(V, S, id);
            k.pipe_barrier(V);
            k.op(TROWSUM, [m.b], [m.a]);
            k.wait_flag(V, S, id);
            k.op(SCALAR, [], [m.a]);
        },
    },
    Class {
        name: "C13 a load of what was stored, with no flag between",
        code: Code::ReadTooEarly,
        shown: Differs,
        rules: &[
            "what_is_stored_is_handed_over_before_it_is_loaded",
            "a_place_ends_when_its_region_moves_on",
            "a_cell_is_used_once",
            "an_output_is_not_loaded",
        ],
        record: |k, m, wrong| {
            pipeline(k, m, 0);
            if !wrong {
                k.set_flag(Mte3, Mte2, 0);
                k.wait_flag(Mte3, Mte2, 0);
            }
            k.op(TLOAD, [m.a.window(8, 0, 4, 8)], [m.y.window(8, 0, 4, 8)]);
        },
    },
    Class {
        name: "C14 a store over what is loaded, with no flag between",
        code: Code::OverwriteTooEarly,
        shown: Differs,
        rules: &[
            "what_is_loaded_is_handed_over_before_it_is_overwritten",
            "a_free_region_is_put_on_a_pipe",
        ],
        record: |k, m, wrong| {
            k.op(TLOAD, [m.a], [m.y]);
            k.op(TEXPANDS, [m.b], []);
            if !wrong {
                k.set_flag(Mte2, V, 0);
                k.wait_flag(Mte2, V, 0);
            }
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [m.y], [m.b]);
        },
    },
    Class {
        name: "C15 two pipes store to one place",
        code: Code::WriteRace,
        shown: Differs,
        rules: &["a_region_is_stored_to_by_one_pipe", "an_output_belongs_to_one_pipe"],
        record: |k, m, wrong| {
            k.op(TEXPANDS, [m.b], []);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [m.y], [m.b]);
            if !wrong {
                k.set_flag(Mte3, Fix, 0);
                k.wait_flag(Mte3, Fix, 0);
            }
            k.op(TSTORE_ACC, [m.y.window(2, 0, 8, 8)], []);
        },
    },
];

#[test]
fn every_class_is_found_and_shown_and_its_twin_is_right() {
    for class in CLASSES {
        for wrong in [true, false] {
            let mut k = Block::new(ChipId::A2A3);
            let m = Memory {
                x: k.global_in(F32, 16, 8),
                y: k.global_out(F32, 16, 8),
                a: k.tile("a", Space::Vec, 0, F32, 16, 8),
                b: k.tile("b", Space::Vec, 0x200, F32, 16, 8),
            };
            (class.record)(&mut k, &m, wrong);
            let program = k.finish();
            if wrong {
                demonstrate(class.name, &program, class.code, Some(class.shown));
            } else {
                right(class.name, &program);
            }
        }
    }
}

#[test]
fn each_rule_named_here_has_a_rejected_kernel() {
    for rule in CLASSES.iter().flat_map(|class| class.rules) {
        let file = format!("{}/ui-tests/fail/{rule}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&file).is_file(), "{file}");
    }
}
