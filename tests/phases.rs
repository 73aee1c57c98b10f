//! Kernels in phases: what one phase stores, the next one loads, whichever block stored it.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster};
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, Cross, Instr, InstrKind, Participants, Program};
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
}

#[derive(Buffers)]
struct Two<'k> {
    sum: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
    x: VecTile<'k, f32, 8, 8>,
}

/// Doubles each part, adds up all parts in each block, and adds 1 to the sums.
struct AllSum(f32);

#[phases]
impl AllSum {
    fn double<'k>(
        ub: Ub<'k>,
        x: Parts<GlobalIn<'k, f32>>,
        doubled: Parts<GlobalOut<'k, f32>>,
    ) -> Retired<Ub<'k>> {
        let mut free = ub.x.prime::<TStoreVec, TLoad>();
        for (x, doubled) in x.strided().zip(doubled.strided()) {
            let x = tload(free, &x.tile(0, 0)).record::<TMulS>();
            let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
            free = tstore(&doubled.tile(0, 0), x).release();
        }
        Ub::retire(UbTokens { x: free })
    }

    fn sum<'k>(
        core: Core<'k>,
        ub: Two<'k>,
        doubled: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<Two<'k>> {
        let mut sum = texpands(ub.sum, 0.0).on::<Vector>();
        let mut free = ub.x.prime::<Vector, TLoad>();
        let parts = doubled.rows() / 8;
        for part in 0..parts {
            // Each block begins with another part: the sums are of small whole numbers, and exact.
            let x = tload(free, &doubled.tile((part + core.block_idx()) % parts, 0));
            let x = x.record::<Vector>();
            sum = tadd_assign(sum, &x).on();
            free = x.release();
        }
        let sum = tstore(&y.tile(0, 0), sum.record::<TStoreVec>());
        Two::retire(TwoTokens { sum, x: free })
    }

    fn finish<'k>(&self, ub: Ub<'k>, y: GlobalInOut<'k, f32>, more: f32) -> Retired<Ub<'k>> {
        let (x, y) = tload_cell(ub.x, y).record::<TAddS>().split();
        let x = tadds_assign(x, more + self.0).join(y.wait()).record::<TStoreVec>();
        let (x, _) = tstore_cell(x).split();
        Ub::retire(UbTokens { x })
    }
}

/// The blocks, and as many parts of the input.
const SIZES: [(usize, usize); 4] = [(1, 1), (2, 3), (5, 5), (7, 20)];

fn run(blocks: usize, parts: usize, order: Option<Order>) -> (Vec<f32>, Vec<Program>) {
    let x: Vec<f32> = (0..parts * 64).map(|at| (at % 61) as f32).collect();
    let x = GlobalTensor::new(&x, &[parts * 8, 8]).unwrap();
    let mut y = vec![f32::NAN; blocks * 64];
    let mut out = GlobalTensorMut::new(&mut y, &[blocks * 8, 8]).unwrap();
    let mut doubled = Workspace::new(&[parts * 8, 8]).unwrap();
    let args =
        (x.parts(8, 8).unwrap(), doubled.parts(8, 8).unwrap(), out.parts(8, 8).unwrap(), 0.5);
    let kernel = AllSum(0.25);
    let programs = match order {
        None => {
            Eager::new().launch_phases(&kernel, blocks, args).unwrap();
            Vec::new()
        }
        Some(order) => {
            let report = Pipelined::new().order(order).launch_phases(&kernel, blocks, args);
            let program = report.unwrap().program;
            assert_eq!(program.resident, Some(48));
            let verdict = check_cluster(&program);
            assert!(verdict.is_clean(), "{blocks} {parts} {order:?}: {verdict}");
            program.blocks.into_iter().flatten().collect()
        }
    };
    (y, programs)
}

#[test]
fn every_executor_computes_the_same_bits_and_all_blocks_meet() {
    for (blocks, parts) in SIZES {
        let (eager, _) = run(blocks, parts, None);
        for (at, y) in eager.iter().enumerate() {
            let terms = (0..parts).map(|part| ((part * 64 + at % 64) % 61 * 2) as f32);
            assert_eq!(*y, terms.sum::<f32>() + 0.75, "{blocks} {parts} {at}");
        }
        for order in [Order::Early, Order::Late, Order::Random(3), Order::Random(4)] {
            let (y, programs) = run(blocks, parts, Some(order));
            assert!(y == eager, "{blocks} {parts} {order:?}");
            assert_eq!(programs.len(), blocks);
            for program in programs {
                let meets = program.instrs.iter().filter(|instr| {
                    matches!(instr.kind, InstrKind::Cross(Cross::SyncAll(Participants::All)))
                });
                assert_eq!(meets.count(), 2);
            }
        }
    }
}

#[derive(Buffers)]
struct Whole<'k> {
    x: VecTile<'k, i32, 8, 8>,
}

/// Each block stores its number; the next phase loads from where that of the last block says.
struct Indirect;

#[phases]
impl Indirect {
    fn number<'k>(
        core: Core<'k>,
        ub: Whole<'k>,
        numbers: GlobalOut<'k, i32>,
    ) -> Retired<Whole<'k>> {
        let x = texpands(ub.x, core.block_idx() as i32).record::<TStoreVec>();
        Whole::retire(WholeTokens { x: tstore(&numbers.tile(0, 0), x) })
    }

    fn read<'k>(
        ub: Whole<'k>,
        numbers: GlobalIn<'k, i32>,
        y: GlobalOut<'k, i32>,
    ) -> Retired<Whole<'k>> {
        let from = numbers.scalar(numbers.rows() - 1 - y.origin().0, 0);
        let x = tload(ub.x, &numbers.tile(from, 0)).record::<TStoreVec>();
        Whole::retire(WholeTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn indirect(blocks: usize, order: Option<Order>) -> (Vec<i32>, Option<ClusterProgram>) {
    let mut y = vec![-1; blocks * 64];
    let mut out = GlobalTensorMut::new(&mut y, &[blocks * 8, 8]).unwrap();
    let mut numbers = Workspace::new(&[blocks * 8, 8]).unwrap();
    let args = (numbers.parts(8, 8).unwrap(), out.parts(8, 8).unwrap());
    let program = match order {
        None => Eager::new().launch_phases(&Indirect, blocks, args).map(|()| None).unwrap(),
        Some(order) => {
            let report = Pipelined::new().order(order).launch_phases(&Indirect, blocks, args);
            Some(report.unwrap().program)
        }
    };
    (y, program)
}

#[test]
fn a_later_phase_reads_scalars_that_an_earlier_one_has_stored() {
    for blocks in [1, 2, 8] {
        for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(9))] {
            let (y, program) = indirect(blocks, order);
            let same = |(at, &y): (usize, &i32)| y as usize == blocks - 1 - at / 64;
            assert!(y.iter().enumerate().all(same), "{blocks} {order:?}");
            if let Some(program) = program {
                assert!(check_cluster(&program).is_clean(), "{}", check_cluster(&program));
            }
        }
    }
}

/// The program of two blocks, without what `dropped` says of a block's instruction.
fn without(dropped: impl Fn(usize, &Cross) -> bool) -> ClusterProgram {
    let mut launch = indirect(2, Some(Order::Early)).1.unwrap();
    for (block, programs) in launch.blocks.iter_mut().enumerate() {
        programs[0].instrs.retain(
            |Instr { kind, .. }| !matches!(kind, InstrKind::Cross(cross) if dropped(block, cross)),
        );
    }
    launch
}

/// The twins without types: what a phase makes impossible is there to be found.
#[test]
fn without_the_meeting_the_blocks_race() {
    let meets = |cross: &Cross| matches!(cross, Cross::SyncAll(_));
    let nobody = without(|_, cross| meets(cross));
    assert!(check_cluster(&nobody).has(Code::CoresRace));
    assert!(explore_cluster(&nobody, 10_000).has(FailureKind::Differs));

    let one_alone = without(|block, cross| block == 1 && meets(cross));
    assert!(check_cluster(&one_alone).has(Code::ParticipantMismatch));
    assert!(explore_cluster(&one_alone, 10_000).has(FailureKind::Stuck));

    let stale = without(|_, cross| matches!(cross, Cross::Cache { .. }));
    assert!(check_cluster(&stale).has(Code::NotVisible));
    assert!(explore_cluster(&stale, 10_000).has(FailureKind::Stale));

    let as_issued = without(|_, _| false);
    assert!(check_cluster(&as_issued).is_clean());
    assert!(explore_cluster(&as_issued, 100_000).is_clean());
}

#[derive(Buffers)]
struct Left<'k> {
    x: VecTile<'k, f32, 8, 8>,
    ones: VecTile<'k, f32, 8, 8>,
    l1: MatTile<'k, f32, 16, 16>,
}

/// Adds the number of each block to sums; only the last phase has a plan with memory of a cube core.
struct Sums;

#[derive(Args)]
struct Terms<'k> {
    ones: GlobalIn<'k, f32>,
    factors: [f32; 2],
}

#[phases]
impl Sums {
    fn clear<'k>(ub: Ub<'k>, total: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = texpands(ub.x, 0.0).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&total.tile(0, 0), x) })
    }

    fn add<'k>(
        core: Core<'k>,
        ub: Ub<'k>,
        total: GlobalSum<'k, f32>,
        terms: Terms<'k>,
    ) -> Retired<Ub<'k>> {
        let mut free = ub.x.prime::<TStoreVec, Vector>();
        for part in 0..total.rows() / 8 {
            let number = texpands(free, core.block_idx() as f32 * terms.factors[part % 2]);
            let stored = tstore_add_any_order(&total.tile(part, 0), number.record::<TStoreVec>());
            free = stored.release();
        }
        Ub::retire(UbTokens { x: free })
    }

    fn read<'k>(
        left: Left<'k>,
        terms: Terms<'k>,
        total: Parts<GlobalIn<'k, f32>>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<Left<'k>> {
        let ones = tload(left.ones, &terms.ones.tile(0, 0)).record::<TAdd>();
        let mut free = left.x.prime::<TStoreVec, TLoad>();
        for total in total.strided() {
            let x = tload(free, &total.tile(0, 0)).record::<TAdd>();
            let x = tadd_assign(x, &ones).record::<TStoreVec>();
            free = tstore(&y.tile(0, 0), x).release();
        }
        Left::retire(LeftTokens { x: free, ones, l1: left.l1 })
    }
}

fn sums(blocks: usize, eager: bool, y: &mut [f32]) -> Result<(), LaunchError> {
    let ones = [1.0_f32; 64];
    let ones = GlobalTensor::new(&ones, &[8, 8])?;
    let mut out = GlobalTensorMut::new(y, &[blocks * 8, 8])?;
    let mut total = Workspace::new(&[blocks * 8, 8])?;
    let args = (total.parts(8, 8)?, (ones.whole(), [2.0, 3.0]), out.parts(8, 8)?);
    if eager {
        return Eager::new().launch_phases(&Sums, blocks, args);
    }
    let report = Pipelined::new().launch_phases(&Sums, blocks, args)?;
    let verdict = check_cluster(&report.program);
    assert!(verdict.is_clean(), "{verdict}");
    Ok(())
}

#[test]
fn all_blocks_add_to_what_each_has_cleared() {
    for (blocks, eager) in
        [1, 2, 24].into_iter().flat_map(|blocks| [(blocks, true), (blocks, false)])
    {
        let mut y = vec![f32::NAN; blocks * 64];
        sums(blocks, eager, &mut y).unwrap();
        let all = (blocks * (blocks - 1) / 2) as f32;
        assert!(y.iter().enumerate().all(|(at, &y)| y == all * [2.0, 3.0][at / 64 % 2] + 1.0));
    }
}

/// What block `b` adds: whether 1 is left of their sum says which of the other two came last.
const TERMS: [f32; 3] = [16_777_216.0, 1.0, -16_777_216.0];

/// Each block adds its term to each part of a sum.
struct AddTerms;

#[phases]
impl AddTerms {
    fn clear<'k>(ub: Ub<'k>, total: Parts<GlobalOut<'k, f32>>) -> Retired<Ub<'k>> {
        let mut free = ub.x.prime::<TStoreVec, Vector>();
        for total in total.strided() {
            let zero = texpands(free, 0.0).record::<TStoreVec>();
            free = tstore(&total.tile(0, 0), zero).release();
        }
        Ub::retire(UbTokens { x: free })
    }

    fn add<'k>(core: Core<'k>, ub: Ub<'k>, total: GlobalSum<'k, f32>) -> Retired<Ub<'k>> {
        let mut free = ub.x.prime::<TStoreVec, Vector>();
        for part in 0..total.rows() / 8 {
            let term = texpands(free, TERMS[core.block_idx()]).record::<TStoreVec>();
            free = tstore_add_any_order(&total.tile(part, 0), term).release();
        }
        Ub::retire(UbTokens { x: free })
    }
}

/// Within a phase no block is at its end before the others start: blocks that ran one by one would leave the same in all parts.
#[test]
fn blocks_run_at_once_on_one_thread() {
    let mixed = |order| {
        let mut total = vec![f32::NAN; 24 * 64];
        let mut out = GlobalTensorMut::new(&mut total, &[24 * 8, 8]).unwrap();
        let args = (out.parts(8, 8).unwrap(),);
        Pipelined::new().order(order).launch_phases(&AddTerms, 3, args).unwrap();
        assert!(total.iter().all(|&sum| sum == 0.0 || sum == 1.0), "{total:?}");
        total.chunks(64).any(|part| part[0] != total[0])
    };
    let seeds = (0..8).filter(|&seed| mixed(Order::Random(seed))).count();
    assert!(seeds > 4, "{seeds}");
}

#[test]
fn more_blocks_than_meet_are_refused_before_anything_runs() {
    for eager in [true, false] {
        let mut y = vec![f32::NAN; 25 * 64];
        let error = sums(25, eager, &mut y).unwrap_err();
        assert!(
            matches!(error, LaunchError::TooManyBlocks { grid: 25, cores: 24, chip: ChipId::A2A3 }),
            "{error}"
        );
        assert!(error.to_string().contains("a2a3 has 24 cores"), "{error}");
        assert!(y.iter().all(|y| y.is_nan()));
    }
    // Vector cores are twice as many.
    assert!(indirect(48, None).0.iter().all(|&y| y >= 0));
}

#[test]
fn the_parts_of_a_later_phase_are_counted_before_the_first_one_starts() {
    let mut y = vec![f32::NAN; 64 * 3];
    let x = [1.0_f32; 64];
    let x = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut out = GlobalTensorMut::new(&mut y, &[24, 8]).unwrap();
    let mut seen = vec![f32::NAN; 64];
    let mut doubled = GlobalTensorMut::new(&mut seen, &[8, 8]).unwrap();
    let args =
        (x.parts(8, 8).unwrap(), doubled.parts(8, 8).unwrap(), out.parts(8, 8).unwrap(), 0.0);
    let error = Eager::new().launch_phases(&AllSum(0.0), 2, args).unwrap_err();
    assert!(matches!(error, LaunchError::GridMismatch { parts: 3, grid: 2, .. }), "{error}");
    assert!(seen.iter().all(|x| x.is_nan()));
}

/// Block 2 panics in the first phase; the second one would panic in all.
struct Fails;

#[phases]
impl Fails {
    fn first<'k>(core: Core<'k>, ub: Ub<'k>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        assert!(core.block_idx() != 2, "block 2 fails");
        let x = texpands(ub.x, 1.0).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }

    fn second<'k>(_: Core<'k>, _ub: Ub<'k>, y: GlobalIn<'k, f32>) -> Retired<Ub<'k>> {
        unreachable!("no block of it starts, for {y:?}")
    }
}

#[test]
fn after_a_fault_no_later_phase_starts() {
    for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(2))] {
        let mut y = vec![f32::NAN; 5 * 64];
        let mut y = GlobalTensorMut::new(&mut y, &[40, 8]).unwrap();
        let args = (y.parts(8, 8).unwrap(),);
        let error = match order {
            None => Eager::new().launch_phases(&Fails, 5, args).unwrap_err(),
            Some(order) => {
                Pipelined::new().order(order).launch_phases(&Fails, 5, args).unwrap_err()
            }
        };
        let LaunchError::Fault(fault) = error else { panic!("{error}") };
        assert_eq!(fault.block, 2);
        assert!(
            matches!(fault.trouble, Trouble::Panicked { message, .. } if message == "block 2 fails")
        );
    }
}
