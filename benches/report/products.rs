//! Matrix products in each element type.

use half::{bf16, f16};
use tilesync::prelude::*;

use crate::limit;
use crate::table::{Unit, row, wanted};

/// Rows, depth and columns of the problems.
const SIZES: [(usize, usize, usize); 2] = [(1024, 1024, 1024), (4096, 4096, 512)];
/// Rows and columns of a tile of the output, and of a block.
const SIDE: usize = 128;
const PART: usize = 512;

/// The kernel of the example `gemm`, whose text explains it, in another element type. Tiles are as deep as they have room.
macro_rules! kernels {
    ($($name:ident: $elem:ty => $sum:ty, $step:literal;)*) => {$(
        mod $name {
            use super::*;

            const STEP: usize = $step;
            const PANEL: usize = 4 * STEP;

            #[derive(Buffers)]
            pub(super) struct Tiles<'k> {
                l1: [(MatTile<'k, $elem, SIDE, PANEL>, MatTile<'k, $elem, PANEL, SIDE>); 2],
                l0: [(LeftTile<'k, $elem, SIDE, STEP>, RightTile<'k, $elem, STEP, SIDE>); 2],
                acc: AccTile<'k, $sum, SIDE, SIDE>,
            }

            #[kernel]
            pub(super) fn gemm<'k>(
                core: Core<'k>,
                tiles: Tiles<'k>,
                a: GlobalIn<'k, $elem>,
                b: GlobalIn<'k, $elem>,
                c: GlobalOut<'k, $sum, RowMajor, PipeFix>,
                across: usize,
            ) -> Retired<Tiles<'k>> {
                let corner = (core.block_idx() / across * PART, core.block_idx() % across * PART);
                let mut l1 = tiles.l1.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
                let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
                let mut acc = tiles.acc.prime::<TStoreAcc, TMatmul>();
                for i in (0..PART).step_by(SIDE) {
                    for j in (0..PART).step_by(SIDE) {
                        let mut sum = Turn::First(acc);
                        for k in (0..a.cols()).step_by(PANEL) {
                            let (slot, l1_open) = l1.take();
                            let (a_slot, b_slot) = slot.split();
                            let a_panel = tload(a_slot, &a.at(corner.0 + i, k)).record();
                            let b_panel = tload(b_slot, &b.at(k, corner.1 + j)).record();
                            for step in (0..PANEL).step_by(STEP) {
                                let (slot, l0_open) = l0.take();
                                let (left, right) = slot.split();
                                let left = textract(left, &a_panel, 0, step);
                                let right = textract(right, &b_panel, step, 0);
                                let (left, right) = left.join(right).record::<TMatmul>().split();
                                sum = Turn::Later(match sum {
                                    Turn::First(acc) => tmatmul(acc, &left, &right),
                                    Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
                                });
                                l0 = l0_open.put(left.join(right).release());
                            }
                            l1 = l1_open.put(a_panel.join(b_panel).release());
                        }
                        acc = match sum {
                            Turn::First(acc) => acc,
                            Turn::Later(sum) => {
                                tstore(&c.at(i, j), sum.record::<TStoreAcc>()).release()
                            }
                        };
                    }
                }
                Tiles::retire(TilesTokens { l1, l0, acc })
            }

            pub(super) fn row(problem: &Problem<'_>, plain: &mut [f32]) {
                let (m, k, n) = problem.size;
                let case = problem.case(stringify!($elem));
                if !wanted(&case) {
                    return;
                }
                let a: Vec<_> = problem.a.iter().map(|&x| <$elem>::from(x)).collect();
                let b: Vec<_> = problem.b.iter().map(|&x| <$elem>::from(x)).collect();
                let mut c = vec![<$sum>::default(); m * n];
                let ours = || {
                    let a = GlobalTensor::new(&a, &[m, k]).expect("valid");
                    let b = GlobalTensor::new(&b, &[k, n]).expect("valid");
                    let mut c = GlobalTensorMut::new(&mut c, &[m, n]).expect("valid");
                    let parts = c.parts(PART, PART).expect("valid");
                    let args = (a.whole(), b.whole(), parts, n / PART);
                    Eager::new().launch(&gemm, m / PART * (n / PART), args).expect("a right launch");
                };
                problem.row(&case, ours, plain);
                let same = c.iter().zip(&*plain).all(|(x, y)| f64::from(*x) == f64::from(*y));
                assert!(same, "{case} is wrong");
            }
        }
    )*};
}

kernels! {
    of_f32: f32 => f32, 64;
    of_f16: f16 => f32, 128;
    of_bf16: bf16 => f32, 128;
    of_i8: i8 => i32, 256;
}

/// Measures all of them.
pub(crate) fn rows() {
    for size in SIZES {
        // Small integers: every element type holds them, and f32 their sums.
        let mut random = fastrand::Rng::with_seed(1);
        let mut draw = |count| (0..count).map(|_| random.i8(-3..=3)).collect::<Vec<_>>();
        let [a, b] = [size.0 * size.1, size.1 * size.2].map(&mut draw);
        let problem = Problem { size, a: &a, b: &b };
        let mut plain = vec![f32::NAN; size.0 * size.2];
        of_f32::row(&problem, &mut plain);
        of_f16::row(&problem, &mut plain);
        of_bf16::row(&problem, &mut plain);
        of_i8::row(&problem, &mut plain);
    }
}

/// A product to be computed.
struct Problem<'a> {
    /// Rows, depth and columns.
    size: (usize, usize, usize),
    a: &'a [i8],
    b: &'a [i8],
}

impl Problem<'_> {
    fn case(&self, elem: &str) -> String {
        let (m, k, n) = self.size;
        format!("gemm {m} x {k} x {n} {elem}")
    }

    /// Prints the row of the table for `ours`, beside the GEMM crate in f32, which writes `plain`.
    fn row(&self, case: &str, mut ours: impl FnMut() + Send, plain: &mut [f32]) {
        let (m, k, n) = self.size;
        let [a, b] = [self.a, self.b].map(|x| x.iter().map(|&x| f32::from(x)).collect::<Vec<_>>());
        let mut beside = || limit::multiply((k, &a), (n, &b), false, plain);
        let operations = 2 * m * k * n;
        let mut limit = || limit::operate(operations);
        row(case, Unit::Operations, operations as f64, [&mut ours, &mut limit, &mut beside]);
    }
}
