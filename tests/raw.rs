//! What raw programs can say that typed ones need not: the C++ that they are ported from has it.

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, Level, check};
use tilesync::exec::explore::{FailureKind, explore};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::{Phase, Program};
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::{LayoutId, Space, TileType};

fn block() -> Block {
    Block::new(ChipId::A2A3)
}

fn tile(k: &mut Block, name: &str, addr: u32) -> Operand {
    k.tile(name, Space::Vec, addr, F32, 16, 16)
}

fn codes(program: &Program) -> Vec<Code> {
    check(program).codes()
}

#[test]
fn an_operand_of_another_block_is_a_finding_of_its_own() {
    let mut one = block();
    let foreign = [tile(&mut one, "a", 0), one.global_in(F32, 16, 16)];
    let mut k = block();
    let a = tile(&mut k, "a", 0);
    for operand in foreign {
        k.op(TLOAD, [a.window(0, 0, 1, 1)], [operand.window(0, 0, 1, 1)]);
    }
    k.filled(foreign[0]);
    let program = k.finish();
    let verdict = check(&program);
    assert_eq!(verdict.codes(), [Code::ForeignOperand], "{verdict}\n{program}");
    assert_eq!(verdict.findings[0].times, 2, "{verdict}");
    assert!(explore(&program, 10).is_complete());
}

#[test]
fn an_instruction_of_another_program_is_no_panic() {
    let mut one = block();
    let tiles = [0, 1, 2].map(|i| tile(&mut one, "t", 0x400 * i));
    for tile in tiles {
        one.op_on(V, "fill", [tile], []);
    }
    let mut program = block().finish();
    program.instrs.extend(one.finish().instrs);
    assert_eq!(codes(&program), [Code::ForeignOperand]);
    assert!(program.to_string().contains('?'), "{program}");
}

#[test]
fn what_is_far_too_large_is_outside_of_its_memory() {
    for layout in [LayoutId::Nd, LayoutId::Dn, LayoutId::Nz, LayoutId::NzAcc] {
        let (rows, cols) = (u32::MAX, u32::MAX);
        let mut k = block();
        let ty = TileType { space: Space::Vec, dtype: F32, rows, cols, layout };
        let (huge, x) = (k.tile_of("huge", 0x20, ty), k.global_in(F32, rows, cols));
        k.op(TLOAD, [huge], [x]);
        k.op(TLOAD, [huge.window(9, 9, rows, cols)], [x.window(rows, rows, rows, cols)]);
        let program = k.finish();
        assert_eq!(codes(&program), [Code::OutOfRange], "{layout:?}");
        assert!(!explore(&program, 10).has(FailureKind::Stuck));
    }
}

#[test]
fn a_tile_that_another_core_filled_may_be_read() {
    let program = |filled| {
        let mut k = block();
        let (a, b) = (tile(&mut k, "a", 0), tile(&mut k, "b", 0x400));
        if filled {
            k.filled(a);
        }
        k.op(TEXP, [b], [a.window(3, 0, 2, 16)]);
        k.finish()
    };
    assert_eq!(codes(&program(false)), [Code::NeverWritten]);
    assert_eq!(codes(&program(true)), []);
    assert!(program(true).to_string().contains("full at the start: a"));
}

#[test]
fn an_op_without_a_code_has_a_pipe_and_a_name() {
    let mut k = block();
    let (x, a, b) = (k.global_in(F32, 16, 16), tile(&mut k, "a", 0), tile(&mut k, "b", 0x400));
    k.op(TLOAD, [a], [x]);
    k.op_on(V, "vconv_custom", vec![b], vec![a]);
    let program = k.finish();
    let verdict = check(&program);
    assert_eq!(verdict.codes(), [Code::ReadTooEarly]);
    assert!(
        verdict.findings[0].message.starts_with("`vconv_custom` on PIPE_V reads a"),
        "{verdict}"
    );
    assert!(program.to_string().contains("vconv_custom"), "{program}");
    assert!(explore(&program, 10).has(FailureKind::Differs));
}

#[test]
fn a_finding_names_the_lines_of_the_cpp_source() {
    let mut k = block();
    let (x, a, b) = (k.global_in(F32, 16, 16), tile(&mut k, "a", 0), tile(&mut k, "b", 0x400));
    k.at("rmsnorm.cpp", 40).op(TLOAD, [a], [x]);
    // An event of one pipe sets no flag: its line is not the next one's.
    let token = k.event(TEXP, TADD);
    k.at("rmsnorm.cpp", 41).record(token);
    k.op(TEXP, [b], [a]);
    let verdict = check(&k.finish());
    let text = verdict.to_string();
    assert!(text.contains("--> rmsnorm.cpp:40: PIPE_MTE2: `TLOAD` writes a here"), "{text}");
    assert!(text.contains(&format!("--> {}:{}:", file!(), line!() - 4)), "{text}");
}

#[test]
fn what_an_op_updates_it_reads() {
    for code in [TAXPY, TMULADDDST, TFUSEDMULADD, TFUSEDMULADDRELU, TADD] {
        let mut k = block();
        let (a, b) = (tile(&mut k, "a", 0), tile(&mut k, "b", 0x400));
        k.filled(b);
        k.op(code, [a], [b]);
        let expected = if code == TADD { vec![] } else { vec![Code::NeverWritten] };
        assert_eq!(codes(&k.finish()), expected, "{code}");
    }
    // TMATMUL_ACC: the accumulator stands on both sides.
    let mut k = block();
    let [l, r, acc] = [Space::Left, Space::Right, Space::Acc]
        .map(|space| k.tile(space.name(), space, 0, F32, 16, 16));
    k.filled(l);
    k.filled(r);
    k.op(TMATMUL, [acc], [acc, l, r]);
    assert_eq!(codes(&k.finish()), [Code::NeverWritten]);
}

/// The ops on one accumulator, each with its phase: `true` for PIPE_M.
fn phased(ops: &[(bool, Option<Phase>)]) -> Program {
    let mut k = block();
    let acc =
        TileType { space: Space::Acc, dtype: F32, rows: 16, cols: 16, layout: LayoutId::NzAcc };
    let (y, acc) = (k.global_out(F32, 16, 16), k.tile_of("acc", 0, acc));
    for &(matrix, phase) in ops {
        if let Some(phase) = phase {
            k.unit_flag(phase);
        }
        if matrix {
            k.op_on(M, "mad", [acc], []);
        } else {
            k.op(TSTORE_ACC, [y], [acc]);
        }
    }
    k.finish()
}

#[test]
fn unit_flags_take_the_place_of_the_event_between_matrix_pipe_and_fixpipe() {
    use Phase::{Final, Partial};
    let (mad, store) = (|phase| (true, Some(phase)), |phase| (false, Some(phase)));
    let turn = [mad(Partial), mad(Final), store(Partial), store(Final)];
    let right = phased(&[turn, turn].concat());
    assert_eq!(check(&right).findings, []);
    let exploration = explore(&right, 100);
    assert!(exploration.is_clean() && exploration.schedules == 1, "{exploration}");
    assert!(right.to_string().contains("(unit flag: Final)"), "{right}");

    let cases = [
        // Without phases the two pipes race.
        (vec![(true, None), (false, None)], Code::ReadTooEarly, FailureKind::Differs),
        (vec![mad(Final), (false, None), store(Final)], Code::ReadTooEarly, FailureKind::Differs),
        // Nobody ends the accumulation; nobody drains it.
        (vec![mad(Partial), store(Final)], Code::WaitWithoutSet, FailureKind::Stuck),
        (vec![mad(Final), mad(Final)], Code::WaitWithoutSet, FailureKind::Stuck),
        (vec![mad(Final), store(Partial)], Code::FlagLeftRaised, FailureKind::Raised),
    ];
    for (ops, code, kind) in cases {
        let program = phased(&ops);
        let verdict = check(&program);
        assert!(verdict.has(code), "{program}\n{verdict}");
        assert!(explore(&program, 100).has(kind), "{program}");
    }
}

#[test]
fn a_circle_through_a_unit_flag_is_a_deadlock() {
    let mut k = block();
    let acc = k.tile("acc", Space::Acc, 0, F32, 16, 16);
    let y = k.global_out(F32, 16, 16);
    k.wait_flag(Fix, M, 0);
    k.unit_flag(Phase::Final).op_on(M, "mad", [acc], []);
    k.unit_flag(Phase::Final).op(TSTORE_ACC, [y], [acc]);
    k.set_flag(Fix, M, 0);
    let program = k.finish();
    assert_eq!(codes(&program), [Code::Deadlock], "{}", check(&program));
    assert!(explore(&program, 10).has(FailureKind::Stuck));
}

#[test]
fn what_the_scalar_pipe_has_read_is_read_before_what_it_issues_next() {
    let program = |writes: bool| {
        let mut k = block();
        let (x, a) = (k.global_in(F32, 16, 16), tile(&mut k, "a", 0));
        k.op(TLOAD, [a], [x]);
        k.set_flag(Mte2, S, 1);
        k.wait_flag(Mte2, S, 1);
        // offset = a.GetValue(0); TLOAD(a, x + offset): or a.SetValue(0, 1.0), which nothing waits for.
        let (written, read) = if writes { (vec![a], vec![]) } else { (vec![], vec![a]) };
        k.op(SCALAR, written, read);
        k.op(TLOAD, [a], [x]);
        k.finish()
    };
    assert_eq!(codes(&program(false)), []);
    assert!(explore(&program(false), 100).is_clean());
    assert_eq!(codes(&program(true)), [Code::WriteRace]);
    assert!(explore(&program(true), 100).has(FailureKind::Differs));
}

#[test]
fn a_flag_that_is_used_again_at_once_is_a_warning() {
    let mut k = block();
    for _ in 0..2 {
        k.set_flag(V, Mte2, 0);
        k.wait_flag(V, Mte2, 0);
    }
    let program = k.finish();
    let verdict = check(&program);
    assert_eq!(verdict.codes(), [Code::SetWhileRaised]);
    assert!(verdict.is_clean() && explore(&program, 100).is_clean());
    assert_eq!(verdict.findings[0].level, Level::Warning);
    assert!(verdict.to_string().starts_with("warning[TS008]: "), "{verdict}");
    assert_eq!(verdict.summary(), "1 warning");
}

#[test]
fn beside_the_race_that_it_belongs_to_it_is_a_note() {
    let mut k = block();
    let (x, a, b) = (k.global_in(F32, 16, 16), tile(&mut k, "a", 0), tile(&mut k, "b", 0x400));
    for _ in 0..3 {
        k.op(TLOAD, [a], [x]);
        k.set_flag(Mte2, V, 0);
        k.wait_flag(Mte2, V, 0);
        k.op(TEXP, [b], [a]);
        k.pipe_barrier(V);
    }
    let verdict = check(&k.finish());
    assert_eq!(verdict.codes(), [Code::OverwriteTooEarly], "{verdict}");
    let [finding] = &*verdict.findings else { panic!("{verdict}") };
    assert!(finding.notes[0].starts_with("flag MTE2>V#0 may be set again"), "{verdict}");
}
