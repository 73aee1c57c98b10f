//! FIFOs of a5 whose slots lie in the memory of the consumer: from the unified buffer into L1, and from the accumulator back.

mod cores;

use cores::{SLOT, cube, demonstrate, send, vector};
use tilesync::chip::ChipId;
use tilesync::exec::ClusterReport;
use tilesync::exec::check::{Code, check, check_cluster};
use tilesync::exec::explore::{FailureKind, explore_cluster};
use tilesync::op::OpCode::{TADDS, TINSERT_A2M, TSTORE_VEC};
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::{
    ClusterProgram, Core as On, Cross, Direction, Fifo, FifoSlot, InstrKind, Program,
};
use tilesync::raw::{Block, FifoId, Fifos as RawFifos, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::{Full, Nz, Space, space};
use tilesync::{LaunchError, Tile};

/// Tiles of a block, and their side.
const TILES: usize = 5;
const N: usize = 32;

macro_rules! relays {
    ($($name:ident $split:ident $rows:literal $cols:literal;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            pub(crate) struct L1<'k> {
                b: MatTile<'k, f32, N, N, Full, Nz, A5>,
                left: LeftTile<'k, f32, N, N, Full, A5>,
                right: RightTile<'k, f32, N, N, Full, A5>,
                acc: AccTile<'k, f32, N, N, Full, A5>,
            }

            #[derive(Buffers)]
            pub(crate) struct Ub<'k> {
                x: VecTile<'k, f32, $rows, $cols, Full, A5>,
                nz: Tile<'k, space::Vec, f32, $rows, $cols, Nz, Full, A5>,
                y: VecTile<'k, f32, $rows, $cols, Full, A5>,
            }

            #[derive(Fifos)]
            pub(crate) struct Links<'k, R> {
                factors: V2M<'k, R, usize, f32, N, N, 2>,
                products: A2V<'k, R, usize, f32, N, N, 4>,
            }

            pub(crate) struct Relay;

            #[cluster(split = $split)]
            impl Relay {
                fn schedule(_block: usize) -> Vec<usize> {
                    (0..TILES).collect()
                }

                fn cube<'k>(
                    l1: L1<'k>,
                    links: Links<'k, OnCube>,
                    b: GlobalIn<'k, f32>,
                ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
                    let b = tload(l1.b, &b.at(0, 0)).record::<TMovM2R>();
                    let right = tmov(l1.right, &b).record::<TMatmul>();
                    let mut left = l1.left.prime::<TMatmul, TMovM2L>();
                    let mut acc = l1.acc.prime::<TStoreAcc, TMatmul>();
                    let (mut factors, mut products) = (links.factors, links.products);
                    let (factors, products) = loop {
                        match (factors, products).next() {
                            Next::End(ends) => break ends,
                            Next::Step((factor, product)) => {
                                let slot = tpop_slot(factor);
                                let factor = tmov(left, &slot.as_tile::<N, N>());
                                factors = tfree(slot);
                                let factor = factor.record::<TMatmul>();
                                let sum = tmatmul(acc, &factor, &right).record::<TStoreAcc>();
                                left = factor.release();
                                let stored;
                                (stored, products) = tpush(product, sum);
                                acc = stored.release();
                            }
                        }
                    };
                    L1::retire(L1Tokens { b, left, right, acc })
                        .and(Links::retire(LinksTokens { factors, products }))
                }

                fn vector<'k>(
                    ub: Ub<'k>,
                    links: Links<'k, OnVector>,
                    x: GlobalIn<'k, f32>,
                    y: GlobalOut<'k, f32>,
                ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
                    let mut free_x = ub.x.prime::<Vector, TLoad>();
                    let mut free_nz = ub.nz.prime::<TStoreVec, Vector>();
                    let mut free_y = ub.y.prime::<TStoreVec, Vector>();
                    let (mut factors, mut products) = (links.factors, links.products);
                    let (factors, products) = loop {
                        match (factors, products).next() {
                            Next::End(ends) => break ends,
                            Next::Step((factor, product)) => {
                                let tile = *factor;
                                let x = tload(free_x, &x.tile(tile, 0)).record::<Vector>();
                                let nz = tmov(free_nz, &x);
                                free_x = x.release();
                                let (stored, end) = tpush(factor, nz.record::<TStoreVec>());
                                factors = end;
                                free_nz = stored.release();
                                let slot = tpop_slot(product);
                                let sum = tadds(free_y, &slot.as_tile::<$rows, $cols>(), 2.0);
                                products = tfree(slot);
                                free_y = tstore(&y.tile(tile, 0), sum.record::<TStoreVec>()).release();
                            }
                        }
                    };
                    Ub::retire(UbTokens { x: free_x, nz: free_nz, y: free_y })
                        .and(Links::retire(LinksTokens { factors, products }))
                }
            }
        }

        #[test]
        fn $name() {
            let program = relays_all(&$name::Relay);
            slots_lie_behind_the_plan(&program, ($rows, $cols));
            comes_back_from_its_file(&program);
            let exploration = explore_cluster(&program, 200);
            assert!(exploration.failures.is_empty(), "{exploration}");
            nothing_that_is_said_can_be_left_out(&program);
        }
    )*};
}

relays! {
    halves_of_rows ByRows 16 32;
    halves_of_columns ByCols 32 16;
    one_vector_core OneVector 32 32;
}

/// What comes out is `x * b + 2`, on every executor, and what the cores issue is clean.
fn relays_all<C>(cluster: &C) -> ClusterProgram
where
    C: Cluster<
            CubeArgs = (GlobalIn<'static, f32>,),
            VectorArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32>),
        >,
{
    const BLOCKS: usize = 2;
    let rows = BLOCKS * TILES * N;
    // Small whole numbers, so that sums in f32 are exact.
    let x: Vec<f32> = (0..rows * N).map(|i| (i * 7 % 23) as f32 - 11.0).collect();
    let b: Vec<f32> = (0..N * N).map(|i| (i * 5 % 17) as f32 - 8.0).collect();
    let at =
        |row: usize, col: usize| (0..N).map(|k| x[row * N + k] * b[k * N + col]).sum::<f32>() + 2.0;
    let mut program = None;
    for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(7))] {
        let mut out = vec![f32::NAN; rows * N];
        let report = (|| -> Result<Option<ClusterReport>, LaunchError> {
            let x = GlobalTensor::new(&x, &[rows, N])?;
            let b = GlobalTensor::new(&b, &[N, N])?;
            let mut result = GlobalTensorMut::new(&mut out, &[rows, N])?;
            let vector = (x.parts(TILES * N, N)?, result.parts(TILES * N, N)?);
            let cube = (b.whole(),);
            match order {
                None => Eager::new().launch_cluster(cluster, BLOCKS, cube, vector).map(|()| None),
                Some(order) => {
                    let pipelined = Pipelined::new().order(order);
                    pipelined.launch_cluster(cluster, BLOCKS, cube, vector).map(Some)
                }
            }
        })();
        program = report.expect("runs").map(|report| report.program).or(program);
        for row in 0..rows {
            for col in 0..N {
                assert_eq!(out[row * N + col], at(row, col), "{order:?} {row} {col}");
            }
        }
    }
    let program = program.expect("a pipelined launch reports");
    let verdict = check_cluster(&program);
    assert!(verdict.is_clean(), "{verdict}");
    program
}

/// The slots are tiles of the consumer, as large as its share; those of the FIFO into L1 of the cube core, those out of it of each vector core.
fn slots_lie_behind_the_plan(program: &ClusterProgram, share: (usize, usize)) {
    for (_, core) in program.programs() {
        let on = core.core.expect("a core of a cluster");
        let (fifo, slots, space, shape) = match on {
            On::Cube => (0, 2, Space::Mat, (N, N)),
            _ => (1, 4, Space::Vec, share),
        };
        let tiles: Vec<_> = core.tiles.iter().filter(|tile| tile.slot_of.is_some()).collect();
        assert_eq!(tiles.len(), slots, "{on}");
        let of_plan = core.tiles.iter().filter(|tile| tile.slot_of.is_none());
        let plan = of_plan.filter(|tile| tile.ty.space == space);
        let mut end = plan.map(|tile| tile.addr + tile.ty.bytes() as u32).max().unwrap_or(0);
        for (slot, tile) in (0..).zip(tiles) {
            assert_eq!(tile.slot_of, Some(FifoSlot { fifo, slot }));
            assert_eq!((tile.addr, tile.ty.space, tile.ty.shape()), (end, space, shape));
            end += tile.ty.bytes() as u32;
        }
        let pipes = core.instrs.iter().filter_map(|instr| match instr.kind {
            InstrKind::Cross(Cross::Pop { .. } | Cross::Free { .. }) => Some(instr.pipe),
            _ => None,
        });
        let reads = if on == On::Cube { Pipe::Mte1 } else { Pipe::V };
        assert_eq!(pipes.collect::<Vec<_>>(), vec![reads; 2 * TILES], "{on}");
    }
}

#[cfg(feature = "serde")]
fn comes_back_from_its_file(launch: &ClusterProgram) {
    let mut file = Vec::new();
    launch.save(&mut file).expect("a vector can be written to");
    let loaded = ClusterProgram::load(file.as_slice()).expect("its own file");
    for ((_, one), (_, other)) in launch.programs().zip(loaded.programs()) {
        let slots = |program: &Program| program.tiles.iter().map(|tile| tile.slot_of).collect();
        let [one, other]: [Vec<_>; 2] = [slots(one), slots(other)];
        assert_eq!(one, other);
    }
    assert_eq!(check_cluster(&loaded).findings, []);
}

#[cfg(not(feature = "serde"))]
fn comes_back_from_its_file(_: &ClusterProgram) {}

/// As in `clusters`: without a step of a FIFO, or a flag of a core, `check_cluster` finds something.
fn nothing_that_is_said_can_be_left_out(launch: &ClusterProgram) {
    let whole = ClusterProgram::of_block(launch.blocks[0].clone());
    let mut left_out = 0;
    for core in 0..whole.blocks[0].len() {
        for at in 0..whole.blocks[0][core].instrs.len() {
            let program = &whole.blocks[0][core];
            let fifo = |fifo: u32| &program.fifos[fifo as usize];
            let needed = match program.instrs[at].kind {
                InstrKind::Cross(Cross::Alloc { fifo: of, message }) => {
                    fifo(of).waits_for_credit(message)
                }
                InstrKind::Cross(Cross::Free { fifo: of, message }) => {
                    fifo(of).gives_credit(message)
                }
                InstrKind::Cross(Cross::Drain { credits, .. }) => credits > 0,
                InstrKind::Cross(_) | InstrKind::Set(_) | InstrKind::Wait(_) => true,
                _ => false,
            };
            if needed {
                let mut without = whole.clone();
                let said = without.blocks[0][core].instrs.remove(at);
                let verdict = check_cluster(&without);
                assert!(!verdict.is_clean(), "core {core} is clean without {said:?}");
                left_out += 1;
            }
        }
    }
    assert!(left_out > 60, "{left_out}");
}

/// A cube core that pushes twice through a direct FIFO of one slot, and one vector core.
fn raw(vector_side: impl Fn(&mut Block, FifoId, Operand)) -> ClusterProgram {
    let mut fifos = RawFifos::new();
    let sums = fifos.add_fifo(Fifo {
        name: "sums".to_owned(),
        direction: Direction::CubeToVector,
        slots: 1,
        slot_bytes: SLOT,
        period: 1,
        ready: 0,
        free: 1,
        split: false,
        memory: 0,
        direct: true,
    });
    let (mut c, acc) = cube(ChipId::A5, &fifos);
    (0..2).for_each(|message| send(&mut c, sums, message, acc));
    c.drain(sums);
    let (mut v, a) = vector(ChipId::A5, On::Vector0, &fifos);
    vector_side(&mut v, sums, a);
    ClusterProgram::of_block([c.finish(), v.finish()])
}

/// The vector pipe reads a slot once more that it has given back.
#[test]
fn a_slot_that_is_a_tile_is_read_before_it_is_freed() {
    let run = |broken: bool| {
        raw(|k, fifo, a| {
            for message in 0..2 {
                k.tpop(fifo);
                k.op(TADDS, [a], [k.slot(fifo, message)]);
                k.tfree(fifo);
                if broken {
                    k.op(TADDS, [a], [k.slot(fifo, message)]);
                }
            }
        })
    };
    demonstrate("read behind a free", run, Code::CoresRace, FailureKind::Differs);
}

/// The vector pipe alone knows that the message is there: MTE3 stores it without a flag.
#[test]
fn a_slot_that_is_a_tile_is_read_by_its_pipe() {
    let run = |broken: bool| {
        raw(|k, fifo, _| {
            let y = k.global_out(F32, 16, 16);
            for message in 0..2 {
                k.tpop(fifo);
                if !broken {
                    k.set_flag(Pipe::V, Pipe::Mte3, 0);
                    k.wait_flag(Pipe::V, Pipe::Mte3, 0);
                }
                k.op(TSTORE_VEC, [y], [k.slot(fifo, message)]);
                k.set_flag(Pipe::Mte3, Pipe::V, 1);
                k.wait_flag(Pipe::Mte3, Pipe::V, 1);
                k.tfree(fifo);
            }
        })
    };
    demonstrate("read by another pipe", run, Code::CoresRace, FailureKind::Differs);
}

/// What a cube core inserts into a tile of a vector core leaves the rest as it is, which the vector core has written.
#[test]
fn a_tile_of_another_core_is_filled_by_that_core() {
    let insert = |on| {
        let mut k = Block::on_core(ChipId::A5, on, &RawFifos::new());
        let acc = k.tile("acc", Space::Acc, 0x0, F32, 16, 16);
        k.filled(acc);
        let theirs = k.tile("theirs", Space::Vec, 0x0, F32, 32, 16);
        k.op(TINSERT_A2M, [theirs], [acc, theirs]);
        check(&k.finish())
    };
    assert_eq!(insert(On::Cube).findings, []);
    assert!(insert(On::Vector0).has(Code::NeverWritten));
}
