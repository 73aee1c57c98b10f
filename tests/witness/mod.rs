//! What a witness must show: `check` reports it, and a schedule demonstrates it.

use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::{FailureKind, explore, replay};
use tilesync::program::Program;

/// Asserts that `check` reports `code` and, where a run can show it, that a replayable schedule does.
#[track_caller]
pub(crate) fn demonstrate(name: &str, program: &Program, code: Code, kind: Option<FailureKind>) {
    let verdict = check(program);
    assert!(verdict.has(code), "{name}: expected {code}\n{program}\n{verdict}");
    for finding in &verdict.findings {
        for site in &finding.sites {
            assert!(site.at.file().starts_with("tests/"), "{name}: {finding}");
        }
        assert!(!finding.repair.is_empty(), "{name}: {finding}");
    }
    let exploration = explore(program, 10_000);
    assert!(exploration.is_complete(), "{name}: {exploration}");
    println!("{name}: {code}, {exploration}");
    let Some(kind) = kind else { return };
    let shown = exploration.failures.iter().find(|failure| failure.kind == kind);
    let failure = shown.unwrap_or_else(|| panic!("{name}: no {kind:?} in {exploration}"));
    let text = failure.schedule.to_string();
    let outcome = replay(program, &text.parse().expect("a schedule's own text"))
        .expect("a schedule of this program");
    let right = replay(program, &failure.schedule).expect("a schedule of this program");
    assert_eq!(outcome, right, "{name}: {text}");
}

/// Asserts that nothing is wrong with `program` on any schedule.
#[track_caller]
pub(crate) fn right(name: &str, program: &Program) {
    let verdict = check(program);
    assert_eq!(verdict.findings, [], "{name}: {verdict}\n{program}");
    let exploration = explore(program, 10_000);
    assert!(exploration.is_clean(), "{name}: {exploration}");
}
