//! Raw launches on several cores, each found by `check_cluster` and shown by a schedule, next to its repaired twin.
#![allow(unreachable_pub, dead_code, reason = "each test uses its part")]

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster, replay_cluster};
use tilesync::op::OpCode::*;
use tilesync::program::{ClusterProgram, Core};
use tilesync::raw::{Block, FifoId, Fifos, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// Bytes of a slot.
pub const SLOT: u32 = 1024;

/// Asserts that `check_cluster` reports `code`, that a replayable schedule shows `kind`, and that of the repaired twin neither is left.
#[track_caller]
pub fn demonstrate(
    thread: &str,
    launch: impl Fn(bool) -> ClusterProgram,
    code: Code,
    kind: FailureKind,
) {
    let broken = launch(true);
    let verdict = check_cluster(&broken);
    println!("{thread}\n{verdict}\n");
    assert!(verdict.has(code), "{thread}: expected {code}\n{broken}");
    for site in verdict.findings.iter().flat_map(|finding| &finding.sites) {
        assert!(site.at.file().starts_with("tests/") && site.core.is_some(), "{verdict}");
    }
    let exploration = explore_cluster(&broken, 10_000);
    assert!(exploration.is_complete(), "{thread}: {exploration}");
    let shown = exploration.failures.iter().find(|failure| failure.kind == kind);
    let failure = shown.unwrap_or_else(|| panic!("{thread}: no {kind:?} in {exploration}"));
    let text = failure.schedule.to_string();
    let parsed = text.parse().expect("a schedule's own text");
    assert_eq!(
        replay_cluster(&broken, &parsed),
        replay_cluster(&broken, &failure.schedule),
        "{thread}: {text}"
    );
    let right = launch(false);
    let verdict = check_cluster(&right);
    assert_eq!(verdict.findings, [], "{thread}: {verdict}\n{right}");
    let exploration = explore_cluster(&right, 10_000);
    assert!(exploration.is_clean(), "{thread}: {exploration}");
}

/// The cube core, with an accumulator that is full.
pub fn cube(chip: ChipId, fifos: &Fifos) -> (Block, Operand) {
    let mut k = Block::on_core(chip, Core::Cube, fifos);
    let acc = k.tile("acc", Space::Acc, 0x0, F32, 16, 16);
    k.filled(acc);
    (k, acc)
}

/// A vector core, with a tile.
pub fn vector(chip: ChipId, core: Core, fifos: &Fifos) -> (Block, Operand) {
    let mut k = Block::on_core(chip, core, fifos);
    let a = k.tile("a", Space::Vec, 0x0, F32, 16, 16);
    (k, a)
}

/// A message through `fifo`, from an accumulator.
#[track_caller]
pub fn send(k: &mut Block, fifo: FifoId, message: u32, acc: Operand) {
    k.talloc(fifo);
    k.op(TSTORE_ACC, [k.slot(fifo, message)], [acc]);
    k.tpush(fifo);
}

/// A message out of `fifo`, into a tile.
#[track_caller]
pub fn receive(k: &mut Block, fifo: FifoId, message: u32, tile: Operand) {
    k.tpop(fifo);
    k.op(TLOAD, [tile], [k.slot(fifo, message)]);
    k.tfree(fifo);
}
