//! Every edit of a kernel's synchronisation is found, or proven harmless by running all schedules.

mod kernels;
#[path = "kernels/matrix.rs"]
mod matrix;
mod mutants;
#[path = "kernels/rows.rs"]
mod rows;
#[path = "kernels/vector.rs"]
mod vector;

use mutants::{Outcome, mutants_at, tally};
use tilesync::Order;
use tilesync::exec::check::{check, needless};
use tilesync::exec::explore::{explore, interleavings, run};
use tilesync::program::{InstrKind, Program};

fn programs() -> impl Iterator<Item = (&'static str, Program)> {
    [kernels::programs(), rows::programs(), vector::programs(), matrix::programs()]
        .into_iter()
        .flatten()
}

#[test]
fn no_edit_escapes() {
    mutants::head();
    let mut escaped = Vec::new();
    for (name, program) in programs() {
        let right = run(&program, Order::Early).1;
        let sync = |at: &usize| !matches!(program.instrs[*at].kind, InstrKind::Op(_));
        let mutants: Vec<_> = (0..program.instrs.len())
            .filter(sync)
            .flat_map(|at| mutants_at(&program, at))
            .map(|mutant| (name, mutant))
            .collect();
        escaped.extend(tally(name, &mutants, |_, mutant| {
            if !check(&mutant.program).findings.is_empty() {
                return Outcome::Found;
            }
            let all = explore(&mutant.program, 10_000);
            let same = run(&mutant.program, Order::Late).1.digest == right.digest;
            if all.is_clean() && same { Outcome::Harmless } else { Outcome::Escaped }
        }));
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}

#[test]
fn recorded_kernels_are_clean_and_have_one_kind_of_schedule() {
    for (name, program) in programs() {
        let verdict = check(&program);
        assert_eq!(verdict.findings, [], "{name}: {verdict}");
        let start = std::time::Instant::now();
        let exploration = explore(&program, 1000);
        assert!(exploration.is_clean(), "{name}: {exploration}");
        assert_eq!(exploration.schedules, 1, "{name}");
        println!("{name}: {exploration} of {:?} in {:?}", interleavings(&program), start.elapsed());
    }
}

#[test]
fn the_need_report_names_what_can_go() {
    for (name, program) in programs() {
        for needless in needless(&program) {
            println!("{name}: {needless}");
            let mut without = program.clone();
            for &(index, ..) in needless.instrs.iter().rev() {
                without.instrs.remove(index);
            }
            assert!(explore(&without, 1000).is_clean(), "{name}: {needless}");
        }
    }
}
