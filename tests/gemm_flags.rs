//! The flags of the example `gemm` are those of the hand-written kernel with the same pipeline.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use tilesync::exec::check::check;
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::InstrKind;

#[path = "../examples/gemm.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod lesson;

/// How many flags are set between each two pipes, for `tiles` output tiles and `panels` loads of four products each.
fn hand_written(tiles: usize, panels: usize) -> BTreeMap<(Pipe, Pipe), usize> {
    let products = tiles * panels * 4;
    BTreeMap::from([
        // Forward: one a loaded tile, one for both factors of a product, one a sum.
        ((Pipe::Mte2, Pipe::Mte1), 2 * tiles * panels),
        ((Pipe::Mte1, Pipe::M), products),
        ((Pipe::M, Pipe::Fix), tiles),
        // Reverse: one for both tiles of a slot, before the loop and each time that the slot is free again.
        ((Pipe::Mte1, Pipe::Mte2), 2 + tiles * panels),
        ((Pipe::M, Pipe::Mte1), 2 + products),
        ((Pipe::Fix, Pipe::M), 1 + tiles),
    ])
}

#[test]
fn each_pair_of_pipes_has_its_forward_and_its_reverse_flags() {
    for (tiles, panels) in [(1, 1), (1, 2), (3, 2)] {
        let (m, k, n) = (128 * tiles, 256 * panels, 128);
        let (a, b, mut c) = (vec![1.0_f32; m * k], vec![1.0_f32; k * n], vec![0.0_f32; m * n]);
        let a = GlobalTensor::new(&a, &[m, k]).unwrap();
        let b = GlobalTensor::new(&b, &[k, n]).unwrap();
        let mut out = GlobalTensorMut::new(&mut c, &[m, n]).unwrap();
        let args = (a.whole(), b.whole(), out.parts(m, n).unwrap(), m, 1);
        let report = Pipelined::new().launch(&lesson::gemm, 1, args).unwrap();

        let (mut sets, mut waits) = (BTreeMap::new(), BTreeMap::new());
        for instr in &report.program.instrs {
            match &instr.kind {
                InstrKind::Set(flag) => *sets.entry((flag.src, flag.dst)).or_insert(0) += 1,
                InstrKind::Wait(flag) => *waits.entry((flag.src, flag.dst)).or_insert(0) += 1,
                _ => {}
            }
        }
        assert_eq!(sets, hand_written(tiles, panels), "{tiles} tiles of {panels} panels");
        assert_eq!(waits, sets, "every flag is waited on");
        let verdict = check(&report.program);
        assert!(verdict.is_clean(), "{verdict}");
        assert!(c.iter().all(|&x| x == k as f32));
    }
}
