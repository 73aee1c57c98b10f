//! Every edit of what the cores of a launch say to each other, or a core's pipes to one another, is found, or proven harmless by running
//! schedules: of the examples `gemm_dequant`, `gemm_weights_a5`, `attention` and `split_k`.
//!
//! `TILESYNC_MUTANTS` says how many edits of each kernel are tried; all of them take minutes.

mod mutants;

use mutants::{Outcome, mutants_at, tally};
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

#[path = "../examples/gemm_weights_a5.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod weights;

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

/// Two columns of three tiles of weights, and slots for two of them.
fn recorded_weights() -> ClusterProgram {
    let (m, k, n) = (64, 192, 128);
    let (a, w) = (vec![f16::ONE; m * k], vec![2_i8; k * n]);
    let (scale, bias) = (vec![f16::ONE; n], vec![3.0_f32; n]);
    let mut y = vec![f32::NAN; m * n];
    let report = weights::run((&a, &w, &scale, &bias), (m, k, n), &mut y, Some(Order::Early));
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

/// The core that an edit is of.
#[derive(Clone, Copy)]
struct Place {
    name: &'static str,
    block: usize,
    core: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, block {}, core {}", self.name, self.block, self.core)
    }
}

#[test]
fn no_edit_escapes() {
    mutants::head();
    let mut escaped = Vec::new();
    for (name, launch) in [
        ("gemm_dequant", recorded_dequant()),
        ("gemm_weights_a5", recorded_weights()),
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
                        let place = Place { name, block, core };
                        mutants.extend(edits.into_iter().map(|edit| (place, edit)));
                    }
                }
            }
        }
        fastrand::Rng::with_seed(1).shuffle(&mut mutants);
        let all = mutants.len();
        mutants.truncate(tried());
        println!("{name}: {} of {all}", mutants.len());
        escaped.extend(tally(name, &mutants, |&Place { block, core, .. }, mutant| {
            let mut edited = launch.clone();
            edited.blocks[block][core] = mutant.program.clone();
            if !check_cluster(&edited).findings.is_empty() {
                return Outcome::Found;
            }
            let some = explore_cluster(&edited, 50);
            let same = run_cluster(&edited, Order::Late).1.digest == right.digest;
            if some.failures.is_empty() && same { Outcome::Harmless } else { Outcome::Escaped }
        }));
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}
