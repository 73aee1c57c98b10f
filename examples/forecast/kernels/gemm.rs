//! The matrix product of the PTO library's `gemm_performance`: panels in L1 that are several steps deep, two slots in L1 and in L0, one
//! accumulator.

use tilesync::exec::simulate::Forecast;
use tilesync::prelude::*;

use super::{Failure, Keys, split};

/// Tiles of `M` x `N` elements of the output, steps of `K`, panels of `P` in L1.
struct Gemm<const M: usize, const K: usize, const N: usize, const P: usize>;

type Panels<'k, const M: usize, const N: usize, const P: usize> =
    (MatTile<'k, f16, M, P, Dyn>, MatTile<'k, f16, P, N, Dyn, Zn>);
type Factors<'k, const M: usize, const K: usize, const N: usize> =
    (LeftTile<'k, f16, M, K, Dyn>, RightTile<'k, f16, K, N, Dyn>);

#[derive(Buffers)]
struct Tiles<'k, const M: usize, const K: usize, const N: usize, const P: usize> {
    l1: [Panels<'k, M, N, P>; 2],
    l0: [Factors<'k, M, K, N>; 2],
    acc: AccTile<'k, f32, M, N, Dyn>,
}

#[kernel]
impl<const M: usize, const K: usize, const N: usize, const P: usize> Gemm<M, K, N, P> {
    /// A block has the rows and columns `part` of the output; `across` of them lie side by side.
    fn run<'k>(
        core: Core<'k>,
        tiles: Tiles<'k, M, K, N, P>,
        a: GlobalIn<'k, f16>,
        b: GlobalIn<'k, f16, ColMajor>,
        c: GlobalOut<'k, f32, RowMajor, PipeFix>,
        part: (usize, usize),
        across: usize,
    ) -> Retired<Tiles<'k, M, K, N, P>> {
        let block = core.block_idx();
        let corner = (block / across * part.0, block % across * part.1);
        let mut l1 = tiles.l1.map(|slot| slot.prime::<TExtractM2LR, TLoad>());
        let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
        let mut acc = tiles.acc.prime::<TStoreAcc, TMatmul>();
        for i in (0..c.rows()).step_by(M) {
            for j in (0..c.cols()).step_by(N) {
                let (m, n) = (M.min(c.rows() - i), N.min(c.cols() - j));
                let mut sum = Turn::First(acc);
                for k in (0..a.cols()).step_by(P) {
                    let (slot, l1_open) = l1.take();
                    let (left, right) = slot.split();
                    let a_panel = tload(left, &a.at(corner.0 + i, k).sized(m, P)).record();
                    let b_panel = tload(right, &b.at(k, corner.1 + j).sized(P, n)).record();
                    for step in (0..P.min(a.cols() - k)).step_by(K) {
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
                    Turn::Later(sum) => tstore(&c.at(i, j), sum.record::<TStoreAcc>()).release(),
                };
            }
        }
        Tiles::retire(TilesTokens { l1, l0, acc })
    }
}

fn of<const M: usize, const K: usize, const N: usize, const P: usize>(
    keys: &Keys,
    (m, k, n): (usize, usize, usize),
    cores: usize,
) -> Result<Forecast, Failure> {
    let (down, across) = split(cores);
    let part = (m.div_ceil(down), n.div_ceil(across));
    let (a, b) = (vec![f16::ZERO; m * k], vec![f16::ZERO; k * n]);
    let mut c = vec![0.0; m * n];
    let a = GlobalTensor::new(&a, &[m, k])?;
    let b = GlobalTensor::new(&b, &[k, n])?;
    let mut c = GlobalTensorMut::new(&mut c, &[m, n])?;
    let blocks = m.div_ceil(part.0) * n.div_ceil(part.1);
    let args = (a.whole(), b.whole(), c.parts(part.0, part.1)?, part, across);
    Ok(keys.simulated(cores)?.launch(&Gemm::<M, K, N, P>, blocks, args)?)
}

/// `gemm m= k= n= dtype=f16 cores=24 base=128x64x256 stepk=4`.
pub(crate) fn forecast(keys: &Keys) -> Result<Forecast, Failure> {
    let size = (keys.number("m", None)?, keys.number("k", None)?, keys.number("n", None)?);
    let cores = keys.number("cores", Some(24))?;
    let dtype = keys.text("dtype", Some("f16"))?;
    if !["f16", "fp16->fp32"].contains(&dtype) {
        return Err(format!("dtype={dtype} is not f16, of which this kernel is").into());
    }
    let base = keys.text("base", Some("128x64x256"))?;
    let steps = keys.number("stepk", Some(4))?;
    macro_rules! choose {
        ($($base:literal [$m:literal $k:literal $n:literal] $($steps:literal)*;)*) => {
            match (base, steps) {
                $($(($base, $steps) => of::<$m, $k, $n, { $k * $steps }>(keys, size, cores),)*)*
                _ => {
                    let known = [$(concat!($base, " with stepk=", $(stringify!($steps), " "),*)),*];
                    Err(format!("base={base} stepk={steps} was not compiled; there are {}", known.join(", ")).into())
                }
            }
        };
    }
    choose! {
        "128x64x256" [128 64 256] 1 2 4;
        "256x64x128" [256 64 128] 1 2 4;
        "128x128x128" [128 128 128] 1 2 4;
        "128x64x128" [128 64 128] 1 2 4;
    }
}
