//! `check` on small raw programs: one test a code, and that the edits which it proposes repair.

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::{Flag, Instr, InstrKind};
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// A block with two tensors and three tiles side by side.
fn block(chip: ChipId) -> (Block, [Operand; 2], [Operand; 3]) {
    let mut k = Block::new(chip);
    let globals = [k.global_in(F32, 64, 64), k.global_out(F32, 64, 64)];
    let tiles =
        [0, 1, 2].map(|i| k.tile(["a", "b", "c"][i], Space::Vec, 0x4000 * i as u32, F32, 64, 64));
    (k, globals, tiles)
}

/// The codes found in what `write` records.
fn codes(write: impl FnOnce(&mut Block, [Operand; 2], [Operand; 3])) -> Vec<Code> {
    let (mut k, globals, tiles) = block(ChipId::A2A3);
    write(&mut k, globals, tiles);
    check(&k.finish()).codes()
}

#[test]
fn flags_in_both_directions_make_a_loop_clean() {
    let found = codes(|k, [x, y], [a, b, _]| {
        k.set_flag(V, Mte2, 0);
        k.set_flag(Mte3, V, 1);
        for _ in 0..4 {
            k.wait_flag(V, Mte2, 0);
            k.op(TLOAD, [a], [x]);
            k.set_flag(Mte2, V, 0);
            k.wait_flag(Mte2, V, 0);
            k.wait_flag(Mte3, V, 1);
            k.op(TEXP, [b], [a]);
            k.set_flag(V, Mte2, 0);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [y], [b]);
            k.set_flag(Mte3, V, 1);
        }
        k.wait_flag(V, Mte2, 0);
        k.wait_flag(Mte3, V, 1);
    });
    assert_eq!(found, []);
}

#[test]
fn races_are_told_apart_by_what_comes_first() {
    let read = codes(|k, [x, _], [a, b, _]| {
        k.op(TLOAD, [a], [x]);
        k.op(TEXP, [b], [a]);
    });
    assert_eq!(read, [Code::ReadTooEarly]);
    let overwrite = codes(|k, [x, _], [a, b, _]| {
        k.op(TLOAD, [a], [x]);
        k.set_flag(Mte2, V, 0);
        k.wait_flag(Mte2, V, 0);
        k.op(TEXP, [b], [a]);
        k.op(TLOAD, [a], [x]);
    });
    assert_eq!(overwrite, [Code::OverwriteTooEarly]);
    let write = codes(|k, [x, _], [a, _, _]| {
        k.op(TLOAD, [a], [x]);
        k.op(TEXPANDS, [a], []);
    });
    assert_eq!(write, [Code::WriteRace]);
}

#[test]
fn a_partial_overlap_is_an_overlap_and_neighbours_are_none() {
    let columns = |second| {
        codes(|k, [x, _], [a, _, _]| {
            k.op(TLOAD, [a.window(0, 0, 64, 32)], [x.window(0, 0, 64, 32)]);
            k.op(TEXPANDS, [a.window(0, second, 64, 32)], []);
        })
    };
    assert_eq!(columns(31), [Code::WriteRace]);
    assert_eq!(columns(32), []);
}

#[test]
fn overlapping_regions_of_a_tensor_race_too() {
    let rows = |first| {
        codes(|k, [_, y], [a, b, _]| {
            k.op(TEXPANDS, [a], []);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TSTORE_VEC, [y.window(0, 0, 32, 64)], [a.window(0, 0, 32, 64)]);
            k.op(TLOAD, [b.window(0, 0, 32, 64)], [y.window(first, 0, 32, 64)]);
        })
    };
    assert_eq!(rows(31), [Code::ReadTooEarly]);
    assert_eq!(rows(32), []);
    // A load, and a store that comes too early: of the same columns, and of the next ones.
    let columns = |first| {
        codes(|k, [_, y], [a, b, _]| {
            k.op(TEXPANDS, [b], []);
            k.set_flag(V, Mte3, 1);
            k.wait_flag(V, Mte3, 1);
            k.op(TLOAD, [a.window(0, 0, 64, 16)], [y.window(0, 0, 64, 16)]);
            k.op(TSTORE_VEC, [y.window(9, first, 64 - 9, 16)], [b.window(9, 0, 64 - 9, 16)]);
        })
    };
    assert_eq!(columns(15), [Code::OverwriteTooEarly]);
    assert_eq!(columns(16), []);
}

#[test]
fn dependent_vector_ops_need_a_barrier_on_a2a3_alone() {
    for (chip, expected) in [(ChipId::A2A3, vec![Code::MissingBarrier]), (ChipId::A5, vec![])] {
        let (mut k, _, [a, b, _]) = block(chip);
        k.op(TEXPANDS, [a], []);
        k.op(TEXP, [b], [a]);
        assert_eq!(check(&k.finish()).codes(), expected, "{chip}");
    }
    let with_barrier = codes(|k, _, [a, b, _]| {
        k.op(TEXPANDS, [a], []);
        k.pipe_barrier(V);
        k.op(TEXP, [b], [a]);
    });
    assert_eq!(with_barrier, []);
}

#[test]
fn flags_are_counted() {
    assert_eq!(codes(|k, _, _| k.wait_flag(V, Mte2, 0)), [Code::WaitWithoutSet]);
    assert_eq!(codes(|k, _, _| k.set_flag(V, Mte2, 0)), [Code::FlagLeftRaised]);
    let twice = codes(|k, _, _| {
        k.set_flag(V, Mte2, 0);
        k.wait_flag(V, Mte2, 0);
        k.set_flag(V, Mte2, 0);
        k.wait_flag(V, Mte2, 0);
    });
    assert_eq!(twice, [Code::SetWhileRaised]);
    let answered = codes(|k, _, _| {
        for _ in 0..2 {
            k.set_flag(V, Mte2, 0);
            k.wait_flag(V, Mte2, 0);
            k.set_flag(Mte2, V, 0);
            k.wait_flag(Mte2, V, 0);
        }
    });
    assert_eq!(answered, []);
}

#[test]
fn pipes_that_wait_for_each_other_are_a_deadlock() {
    let (mut k, ..) = block(ChipId::A2A3);
    k.wait_flag(V, Mte2, 0);
    k.set_flag(Mte2, V, 0);
    k.wait_flag(Mte2, V, 0);
    k.set_flag(V, Mte2, 0);
    let verdict = check(&k.finish());
    assert_eq!(verdict.codes(), [Code::Deadlock]);
    let mut lines: Vec<_> = verdict.findings[0].sites.iter().map(|site| site.index).collect();
    lines.sort_unstable();
    assert_eq!(lines, [0, 2]);
}

#[test]
fn the_scalar_pipe_issues_in_order() {
    let found = codes(|k, [x, y], [a, _, _]| {
        k.op(TLOAD, [a], [x]);
        k.set_flag(Mte2, S, 1);
        k.wait_flag(Mte2, S, 1);
        // Issued after the scalar pipe has waited, so after the load.
        k.op(TSTORE_VEC, [y], [a]);
    });
    assert_eq!(found, []);
}

#[test]
fn ids_that_do_not_exist_or_belong_to_the_library() {
    let ninth = codes(|k, _, _| {
        k.set_flag(V, Mte2, 8);
        k.wait_flag(V, Mte2, 8);
    });
    assert_eq!(ninth, [Code::IdOutOfRange]);
    let same = codes(|k, _, _| {
        k.set_flag(V, V, 0);
        k.wait_flag(V, V, 0);
    });
    assert_eq!(same, [Code::SamePipeFlag]);
    let taken = |id| {
        codes(|k, _, [a, b, _]| {
            k.op(TEXPANDS, [a], []);
            k.set_flag(V, S, id);
            k.pipe_barrier(V);
            k.op(TROWSUM, [b], [a]);
            k.wait_flag(V, S, id);
        })
    };
    assert_eq!(taken(0), [Code::LibraryId]);
    assert_eq!(taken(1), []);
    // Where flags count, MTE3 takes the kernel's flag, and then that of the body.
    let in_turn = codes(|k, _, [a, b, c]| {
        k.op(TEXPANDS, [a], []);
        k.set_flag(V, Mte3, 0);
        k.wait_flag(V, Mte3, 0);
        k.pipe_barrier(V);
        k.op(TTRANS, [b, c], [a]);
    });
    assert_eq!(in_turn, [Code::SetWhileRaised]);
}

#[test]
fn memory_is_written_before_it_is_read() {
    assert_eq!(codes(|k, _, [a, b, _]| k.op(TEXP, [b], [a])), [Code::NeverWritten]);
    let halves = |rows| {
        codes(|k, _, [a, b, _]| {
            k.op(TEXPANDS, [a.window(0, 0, 32, 64)], []);
            k.op(TEXPANDS, [a.window(32, 0, rows, 64)], []);
            k.pipe_barrier(V);
            k.op(TEXP, [b], [a]);
        })
    };
    assert_eq!(halves(31), [Code::NeverWritten]);
    assert_eq!(halves(32), []);
}

#[test]
fn tiles_lie_inside_their_memory_and_apart() {
    let at = |addr| {
        let mut k = Block::new(ChipId::A2A3);
        k.tile("x", Space::Vec, addr, F32, 1, 8);
        check(&k.finish()).codes()
    };
    assert_eq!(at(196_608 - 32), []);
    assert_eq!(at(196_608), [Code::OutOfRange]);
    let mut k = Block::new(ChipId::A2A3);
    k.tile("x", Space::Vec, 0, F32, 1, 16);
    k.tile("y", Space::Vec, 32, F32, 1, 16);
    let verdict = check(&k.finish());
    assert_eq!(verdict.codes(), [Code::Overlap]);
    assert!(verdict.is_clean(), "aliasing on purpose is legal");
    let outside = codes(|k, [x, _], [a, _, _]| k.op(TLOAD, [a], [x.window(1, 0, 64, 64)]));
    assert_eq!(outside, [Code::OutOfRange]);
}

#[test]
fn every_finding_names_lines_of_this_file() {
    let (mut k, [x, _], [a, b, _]) = block(ChipId::A2A3);
    k.op(TLOAD, [a], [x]);
    let line = line!() - 1;
    k.op(TEXP, [b], [a]);
    let verdict = check(&k.finish());
    let sites: Vec<_> =
        verdict.findings[0].sites.iter().map(|s| (s.at.file(), s.at.line())).collect();
    assert_eq!(sites, [(file!(), line), (file!(), line + 2)]);
    assert_eq!(
        verdict.findings[0].to_string(),
        format!(
            "error[TS001]: `TEXP` on PIPE_V reads a while `TLOAD` on PIPE_MTE2 may still be writing it\n  \
             --> {file}:{first}:7: PIPE_MTE2: `TLOAD` writes a here\n  \
             --> {file}:{second}:7: PIPE_V: `TEXP` reads it here, and nothing orders the two\n  \
             = help: after {file}:{first}:7: `set_flag(PIPE_MTE2, PIPE_V, 0)`; \
             before {file}:{second}:7: `wait_flag(PIPE_MTE2, PIPE_V, 0)`",
            file = file!(),
            first = line,
            second = line + 2
        )
    );
}

#[test]
fn every_code_has_a_page_that_names_rules_that_exist() {
    for code in Code::ALL {
        let page = code.page();
        for part in [
            "**What happened.**",
            "**On the device.**",
            "**The repair.**",
            "**In a typed kernel.**",
        ] {
            assert!(page.contains(part), "{code}: {part}");
        }
        for rule in page.split('`').filter(|text| text.starts_with("ui-tests/")) {
            let file = format!("{}/{rule}", env!("CARGO_MANIFEST_DIR"));
            assert!(std::path::Path::new(&file).is_file(), "{code}: {rule}");
        }
    }
}

#[test]
fn the_proposed_edits_repair() {
    let (mut k, [x, y], [a, b, c]) = block(ChipId::A2A3);
    for _ in 0..2 {
        k.op(TLOAD, [a], [x]);
        k.op(TEXP, [b], [a]);
        k.op(TADD, [c], [a, b]);
        k.op(TSTORE_VEC, [y], [c]);
    }
    let mut program = k.finish();
    let mut edits = 0;
    while let Some(finding) = check(&program).findings.into_iter().find(|f| f.sites.len() == 2) {
        let [first, second] = [&finding.sites[0], &finding.sites[1]];
        let at = program.instrs[second.index].at;
        if finding.code == Code::MissingBarrier {
            assert!(finding.repair.contains("pipe_barrier(PIPE_V)"), "{finding}");
            program.instrs.insert(second.index, Instr { pipe: V, kind: InstrKind::Barrier, at });
        } else {
            let (src, dst) = (first.pipe, second.pipe);
            let used = |id: &u8| {
                program.instrs.iter().any(|i| matches!(i.kind, InstrKind::Set(f) if (f.src, f.dst, f.id) == (src, dst, *id)))
            };
            let id = (0..8).find(|id| !used(id)).expect("few edits");
            assert!(finding.repair.contains(&format!("set_flag({src}, {dst}, ")), "{finding}");
            let flag = Flag { src, dst, id, number: 0 };
            let [set, wait] = [(src, InstrKind::Set(flag)), (dst, InstrKind::Wait(flag))]
                .map(|(pipe, kind)| Instr { pipe, kind, at });
            program.instrs.insert(second.index, wait);
            program.instrs.insert(first.index + 1, set);
        }
        edits += 1;
        assert!(edits < 20, "the edits do not end: {}", check(&program));
    }
    assert_eq!(check(&program).findings, [], "{program}");
    assert!(edits >= 6, "{edits} edits");
}

#[cfg(feature = "report")]
#[test]
fn findings_are_rendered_as_rustc_renders_errors() {
    let (mut k, [x, _], [a, b, _]) = block(ChipId::A2A3);
    k.op(TLOAD, [a], [x]);
    k.op(TEXP, [b], [a]);
    let text = check(&k.finish()).rendered(false);
    let parts = [
        "error[TS001]: `TEXP` on PIPE_V reads a while `TLOAD` on PIPE_MTE2 may still be writing it",
        "--> tests/check.rs:",
        "k.op(TEXP, [b], [a]);",
        "^^^^^^^^^^^^^^^^^^ PIPE_V: `TEXP` reads it here, and nothing orders the two",
        "------------------ PIPE_MTE2: `TLOAD` writes a here",
        "= help: after tests/check.rs:",
    ];
    for part in parts {
        assert!(text.contains(part), "{part}\n{text}");
    }
}
