//! Random clusters through the typed API: whatever compiles is clean, and every executor does the same: the same bits, or the same
//! circle of waits, found before anything runs.
//!
//! Drawn from a seed: the steps and which of them are skipped, how far the vector cores run ahead, in which form each message is pushed
//! and popped. Depths of the FIFOs and how the vector cores share a block are in the type, and so is whether messages lie in
//! global memory or in the memory of the consumer: each of thirty-six is drawn.

mod direct;
mod drawn;

use std::collections::BTreeMap;

use direct::{DirectAlone, DirectByCol, DirectByRow};
use drawn::{Alone, ByCol, ByRow, Drawn, N, Shares, TILES, Tile};
use tilesync::emit::{Emit, EmitError, Emitted};
use tilesync::exec::check::check_cluster;
use tilesync::exec::explore::explore_cluster;
use tilesync::prelude::*;
use tilesync::program::ClusterProgram;
use tilesync_hostile::{cases, seed};

const BLOCKS: usize = 2;

/// What a launch came to: all bits, or the circle of waits.
type Outcome = Result<Vec<u32>, String>;

struct Tensors {
    x: Vec<f32>,
    b: Vec<f32>,
}

impl Tensors {
    /// Small whole numbers, so that sums in f32 are exact.
    fn new() -> Self {
        let x = (0..BLOCKS * TILES * N * N).map(|i| (i * 7 % 23) as f32 - 11.0).collect();
        Tensors { x, b: (0..N * N).map(|i| (i * 5 % 17) as f32 - 8.0).collect() }
    }

    /// Launches it; the cube's output, then that of the vector cores.
    fn launch<C>(&self, cluster: &C, how: Result<Eager, Order>) -> (Outcome, Option<ClusterProgram>)
    where
        C: Cluster<
                CubeArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32, RowMajor, PipeFix>),
                VectorArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32>),
            >,
    {
        let shape = [BLOCKS * TILES * N, N];
        let (mut out, mut y) = (vec![-0.5; self.x.len()], vec![-0.25; self.x.len()]);
        let launched = (|| {
            let x = GlobalTensor::new(&self.x, &shape)?.parts(TILES * N, N)?;
            let b = GlobalTensor::new(&self.b, &[N, N])?;
            let mut out = GlobalTensorMut::new(&mut out, &shape)?;
            let mut y = GlobalTensorMut::new(&mut y, &shape)?;
            let cube = (b.whole(), out.parts(TILES * N, N)?);
            let vector = (x, y.parts(TILES * N, N)?);
            match how {
                Ok(eager) => eager.launch_cluster(cluster, BLOCKS, cube, vector).map(|()| None),
                Err(order) => {
                    let pipelined = Pipelined::new().order(order);
                    pipelined.launch_cluster(cluster, BLOCKS, cube, vector).map(Some)
                }
            }
        })();
        match launched {
            Ok(report) => {
                let bits = out.iter().chain(&y).map(|value| value.to_bits()).collect();
                (Ok(bits), report.map(|report| report.program))
            }
            Err(LaunchError::CyclicWait(cycle)) => {
                let untouched = out.iter().all(|x| *x == -0.5) && y.iter().all(|y| *y == -0.25);
                assert!(untouched, "something ran: {cycle}");
                (Err(cycle.to_string()), None)
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Writes it as C++: what is written is what each core does, or there is an error.
    fn emit<C>(&self, cluster: &C) -> Result<Emitted, EmitError>
    where
        C: Cluster<
                CubeArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32, RowMajor, PipeFix>),
                VectorArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32>),
            >,
    {
        let shape = [BLOCKS * TILES * N, N];
        let (mut out, mut y) = (vec![0.0; self.x.len()], vec![0.0; self.x.len()]);
        let x = GlobalTensor::new(&self.x, &shape).expect("fits").parts(TILES * N, N);
        let b = GlobalTensor::new(&self.b, &[N, N]).expect("fits");
        let mut out = GlobalTensorMut::new(&mut out, &shape).expect("fits");
        let mut y = GlobalTensorMut::new(&mut y, &shape).expect("fits");
        let cube = (b.whole(), out.parts(TILES * N, N).expect("parts"));
        let vector = (x.expect("parts"), y.parts(TILES * N, N).expect("parts"));
        Emit::new().launch_cluster(cluster, BLOCKS, cube, vector)
    }

    /// What must come out, by plain loops.
    fn expected<C: Shares>(&self, drawn: Drawn) -> Vec<u32> {
        let (mut out, mut y) = (vec![-0.5_f32; self.x.len()], vec![-0.25_f32; self.x.len()]);
        for block in 0..BLOCKS {
            let base = block * TILES * N;
            for Tile { tile, more, back } in drawn.steps(block) {
                for (row, col) in (0..N).flat_map(|row| (0..N).map(move |col| (row, col))) {
                    let term = |k: usize| {
                        let (from, k_at) = C::half(tile * N + row, k);
                        let x = self.x[(base + from) * N + k_at];
                        let sum = if more { 2.0 * x - 2.0 } else { x + 1.0 };
                        sum * self.b[k * N + col]
                    };
                    let product: f32 = (0..N).map(term).sum();
                    if back {
                        let (to, col) = C::half(tile * N + row, col);
                        y[(base + to) * N + col] = product + 2.0;
                    } else {
                        out[(base + tile * N + row) * N + col] = product;
                    }
                }
            }
        }
        out.iter().chain(&y).map(|value| value.to_bits()).collect()
    }
}

/// One cluster on every executor.
fn judge<C>(cluster: &C, drawn: Drawn, explored: bool, seen: &mut BTreeMap<&'static str, u32>)
where
    C: Shares
        + Cluster<
            CubeArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32, RowMajor, PipeFix>),
            VectorArgs = (GlobalIn<'static, f32>, GlobalOut<'static, f32>),
        >,
{
    let tensors = Tensors::new();
    let (wanted, _) = tensors.launch(cluster, Ok(Eager::sequential()));
    let (parallel, _) = tensors.launch(cluster, Ok(Eager::new()));
    assert_eq!(wanted, parallel, "{drawn:?}: in parallel");
    if wanted.is_ok() {
        assert_eq!(wanted, Ok(tensors.expected::<C>(drawn)), "{drawn:?}");
    }
    *seen.entry(if wanted.is_ok() { "ran" } else { "circles" }).or_default() += 1;
    match tensors.emit(cluster) {
        Ok(_) => assert!(wanted.is_ok(), "{drawn:?}: C++ of a circle"),
        Err(EmitError::Launch(LaunchError::CyclicWait(_))) => assert!(wanted.is_err(), "{drawn:?}"),
        // Some messages on the chip are stored more than once.
        Err(EmitError::NoCall { .. }) => *seen.entry("not written").or_default() += 1,
        Err(error) => panic!("{drawn:?}: {error}"),
    }
    for order in [Order::Early, Order::Late, Order::Random(drawn.seed)] {
        let (outcome, program) = tensors.launch(cluster, Err(order));
        assert_eq!(wanted, outcome, "{drawn:?}, {order:?}");
        let Some(program) = program.filter(|_| order == Order::Early) else { continue };
        let verdict = check_cluster(&program);
        assert_eq!(verdict.findings, [], "{drawn:?}: {verdict}\n{program}");
        if explored {
            let exploration = explore_cluster(&program, 20);
            assert!(exploration.failures.is_empty(), "{drawn:?}: {exploration}");
            *seen.entry("explored").or_default() += 1;
        }
    }
}

#[test]
fn clusters_do_the_same_on_every_executor() {
    let (first, cases) = (seed(), cases(150));
    let mut seen = BTreeMap::new();
    for case in 0..u64::from(cases) {
        let seed = first.wrapping_add(case);
        let mut random = fastrand::Rng::with_seed(seed);
        let drawn = Drawn { seed, ahead: random.usize(..6) };
        let explored = case % 20 == 0;
        macro_rules! depths {
            ($($number:literal: $name:ident<$up:literal, $down:literal>,)*) => {
                match random.u8(..36) {
                    $($number => judge(&$name::<$up, $down>(drawn), drawn, explored, &mut seen),)*
                    _ => unreachable!("thirty-six clusters"),
                }
            };
        }
        depths! {
            0: ByRow<1, 1>, 1: ByRow<2, 2>, 2: ByRow<3, 1>, 3: ByRow<4, 2>, 4: ByRow<2, 4>, 5: ByRow<6, 4>,
            6: ByCol<1, 1>, 7: ByCol<2, 2>, 8: ByCol<3, 1>, 9: ByCol<4, 2>, 10: ByCol<2, 4>, 11: ByCol<6, 4>,
            12: Alone<1, 1>, 13: Alone<2, 2>, 14: Alone<3, 1>, 15: Alone<4, 2>, 16: Alone<2, 4>, 17: Alone<6, 4>,
            18: DirectByRow<1, 1>, 19: DirectByRow<2, 2>, 20: DirectByRow<3, 1>,
            21: DirectByRow<4, 2>, 22: DirectByRow<2, 4>, 23: DirectByRow<6, 4>,
            24: DirectByCol<1, 1>, 25: DirectByCol<2, 2>, 26: DirectByCol<3, 1>,
            27: DirectByCol<4, 2>, 28: DirectByCol<2, 4>, 29: DirectByCol<6, 4>,
            30: DirectAlone<1, 1>, 31: DirectAlone<2, 2>, 32: DirectAlone<3, 1>,
            33: DirectAlone<4, 2>, 34: DirectAlone<2, 4>, 35: DirectAlone<6, 4>,
        }
    }
    println!("{cases} clusters: {seen:?}");
    assert!(
        cases < 100 || ["ran", "circles", "explored"].iter().all(|what| seen.contains_key(what))
    );
}
