//! Every edit of what the cores of a launch say to each other, or a core's pipes to one another, is found, or proven harmless by running
//! schedules: of the examples `gemm_dequant`, `attention` and `split_k`.
//!
//! `TILESYNC_MUTANTS` says how many edits of each kernel are tried; all of them take minutes.

mod mutants;

use mutants::{KINDS, mutants_at};
use tilesync::exec::check::check_cluster;
use tilesync::exec::explore::{explore_cluster, run_cluster};
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, InstrKind};

#[path = "../examples/attention.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod attention;

#[path = "../examples/gemm_dequant.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod dequant;

#[path = "../examples/split_k.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod split_k;

/// Edits of each kernel that are tried: a part of them, unless another number is asked for.
fn tried() -> usize {
    let number = std::env::var("TILESYNC_MUTANTS").ok();
    number.map_or(400, |number| number.parse().expect("TILESYNC_MUTANTS is a number"))
}

/// Three tiles of columns, the last of them narrow.
fn recorded_dequant() -> ClusterProgram {
    let (m, k, n) = (20, 130, 140);
    let (a, b) = (vec![1_i8; m * k], vec![2_i8; k * n]);
    let (scale, bias) = (vec![0.5_f32; n], vec![3.0_f32; n]);
    let mut y = vec![f32::NAN; m * n];
    let report = dequant::run((&a, &b, &scale, &bias), (m, k, n), &mut y, Some(Order::Early));
    report.expect("runs").expect("reports").program
}

/// Three tiles of keys, so that the cube core runs ahead.
fn recorded_attention() -> ClusterProgram {
    let input = attention::Input::random(1, 40, 300, 16, true);
    let report = input.run(&mut input.result(), Some(Order::Early));
    report.expect("runs").expect("reports").program
}

/// Two blocks that multiply two slices each, and add up.
fn recorded_split_k() -> ClusterProgram {
    let input = split_k::Input::random((10, 260, 70), 2, 2);
    let mut y = vec![f32::NAN; 700];
    let report = input.run(false, &mut y, Some(Order::Early));
    report.expect("runs").expect("reports").program
}

#[test]
fn no_edit_escapes() {
    println!("kernel         edit       mutants  found harmless escaped");
    let mut escaped = Vec::new();
    for (name, launch) in [
        ("gemm_dequant", recorded_dequant()),
        ("attention", recorded_attention()),
        ("split_k", recorded_split_k()),
    ] {
        let verdict = check_cluster(&launch);
        assert_eq!(verdict.findings, [], "{name}: {verdict}");
        let right = run_cluster(&launch, Order::Early).1;
        let mut mutants = Vec::new();
        for (block, cores) in launch.blocks.iter().enumerate() {
            for (core, program) in cores.iter().enumerate() {
                for (at, instr) in program.instrs.iter().enumerate() {
                    if !matches!(instr.kind, InstrKind::Op(_)) {
                        let edits = mutants_at(program, at);
                        mutants.extend(edits.into_iter().map(|edit| (block, core, edit)));
                    }
                }
            }
        }
        fastrand::Rng::with_seed(1).shuffle(&mut mutants);
        let all = mutants.len();
        mutants.truncate(tried());
        println!("{name}: {} of {all}", mutants.len());
        for kind in KINDS {
            let [mut total, mut found, mut harmless, mut escapes] = [0; 4];
            for (block, core, mutant) in mutants.iter().filter(|(.., mutant)| mutant.kind == kind) {
                total += 1;
                let mut edited = launch.clone();
                edited.blocks[*block][*core] = mutant.program.clone();
                if !check_cluster(&edited).findings.is_empty() {
                    found += 1;
                    continue;
                }
                let some = explore_cluster(&edited, 50);
                let same = run_cluster(&edited, Order::Late).1.digest == right.digest;
                if some.failures.is_empty() && same {
                    harmless += 1;
                } else {
                    escapes += 1;
                    escaped.push(format!("{name}, block {block}, core {core}: {}", mutant.what));
                }
            }
            println!("{name:<14} {kind:<10} {total:>7} {found:>6} {harmless:>8} {escapes:>7}");
            assert!(total > 0 && found > 0, "{name} has no {kind} to find");
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}
