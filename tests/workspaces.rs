//! A workspace has nothing in it: what is read of it some block has stored, in an earlier phase.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster};
use tilesync::op::OpCode::{TLOAD, TSTORE_VEC};
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, Participants};
use tilesync::raw::Block;
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// Each block stores its part; but where it forgets, the second one stores nothing.
struct Forgets(bool);

#[phases]
impl Forgets {
    fn store<'k>(&self, core: Core<'k>, ub: Ub<'k>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        if self.0 && core.block_idx() == 1 {
            return Ub::retire(UbTokens { x: ub.x });
        }
        let x = texpands(ub.x, 1.0).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }

    fn load<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &seen.tile(y.grid().0 - 1 - y.part().0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

/// Memory of a launch has nothing in it: what no block has stored is not read.
#[test]
fn a_workspace_is_read_where_it_was_written() {
    let launch = |forgets: bool| {
        let mut y = vec![0.0; 128];
        let mut out = GlobalTensorMut::new(&mut y, &[16, 8]).unwrap();
        let mut seen = Workspace::new(&[16, 8]).unwrap();
        let args = (seen.parts(8, 8).unwrap(), out.parts(8, 8).unwrap());
        let report = Pipelined::new().launch_phases(&Forgets(forgets), 2, args).unwrap();
        (report.program, y)
    };
    let (program, y) = launch(true);
    assert!(y[..64].iter().all(|y| y.is_nan()), "block 0 loads what block 1 has forgotten");
    let verdict = check_cluster(&program);
    assert_eq!(verdict.codes(), [Code::GlobalNeverWritten], "{verdict}");
    let exploration = explore_cluster(&program, 100);
    assert!(exploration.has(FailureKind::Unwritten), "{exploration}");
    let (program, y) = launch(false);
    assert!(y.iter().all(|&y| y == 1.0));
    assert!(check_cluster(&program).is_clean());
    assert!(explore_cluster(&program, 100).failures.is_empty());
}

/// As above, without types: a part of the workspace is stored to, and one half of it more is read.
#[test]
fn a_workspace_is_read_where_it_was_written_without_types() {
    let launch = |rows: u32| {
        let mut k = Block::new(ChipId::A2A3);
        let (seen, x) = (k.workspace(F32, 16, 8), k.tile("x", Space::Vec, 0x0, F32, 16, 8));
        k.filled(x);
        k.op(TSTORE_VEC, [seen.window(0, 0, 8, 8)], [x]);
        k.syncall(Participants::All);
        k.op(TLOAD, [x], [seen.window(0, 0, rows, 8)]);
        ClusterProgram::of_block([k.finish()])
    };
    for (rows, right) in [(8, true), (12, false)] {
        let (verdict, exploration) =
            (check_cluster(&launch(rows)), explore_cluster(&launch(rows), 100));
        assert_eq!(verdict.has(Code::GlobalNeverWritten), !right, "{verdict}");
        assert_eq!(exploration.has(FailureKind::Unwritten), !right, "{exploration}");
        assert_eq!(verdict.is_clean(), right, "{verdict}");
    }
}
