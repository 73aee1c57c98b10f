//! Vector add of 16 Mi f32, beside a plain loop in the same run.
//!
//! ```text
//! cargo bench --bench vec_add
//! ```
//!
//! The limit is the memory: three streams of 64 MiB, and a fourth where the stored lines are read first.

mod measure;

use measure::{in_turns, on_threads};
use rayon::prelude::*;
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k, const N: usize> {
    a: VecTile<'k, f32, N, N>,
    b: VecTile<'k, f32, N, N>,
    c: VecTile<'k, f32, N, N>,
}

#[kernel]
fn vec_add<'k, const N: usize>(
    ub: Ub<'k, N>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k, N>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let c = tadd(ub.c, &a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b, c: tstore(&z.tile(0, 0), c) })
}

const LEN: usize = 16 << 20;

fn tiles<const N: usize>(x: &[f32], y: &[f32], z: &mut [f32]) {
    let shape = [LEN / N, N];
    let x = GlobalTensor::new(x, &shape).and_then(|x| x.parts(N, N)).expect("valid");
    let y = GlobalTensor::new(y, &shape).and_then(|y| y.parts(N, N)).expect("valid");
    let mut z = GlobalTensorMut::new(z, &shape).expect("valid");
    let args = (x, y, z.parts(N, N).expect("valid"));
    Eager::new().launch(&vec_add::<N>, LEN / (N * N), args).expect("a right launch");
}

fn plain(x: &[f32], y: &[f32], z: &mut [f32]) {
    let piece = LEN / rayon::current_num_threads();
    let pieces = z.par_chunks_mut(piece).zip(x.par_chunks(piece)).zip(y.par_chunks(piece));
    pieces.for_each(|((z, x), y)| {
        for ((z, x), y) in z.iter_mut().zip(x).zip(y) {
            *z = x + y;
        }
    });
}

fn main() {
    let x: Vec<f32> = (0..LEN).map(|i| i as f32).collect();
    let y: Vec<f32> = (0..LEN).map(|i| (i % 77) as f32).collect();
    let mut z: [Vec<f32>; 4] = std::array::from_fn(|_| vec![1.0; LEN]);
    println!("vec add, 16 Mi f32, GB/s of three streams (share of the plain loop)");
    println!("threads   plain loop        16 x 16        64 x 64      128 x 128");
    for threads in [1, 2] {
        let times = on_threads(threads, || {
            let [z0, z1, z2, z3] = &mut z;
            in_turns(
                15,
                [
                    &mut || plain(&x, &y, z0),
                    &mut || tiles::<16>(&x, &y, z1),
                    &mut || tiles::<64>(&x, &y, z2),
                    &mut || tiles::<128>(&x, &y, z3),
                ],
            )
        });
        print!("{threads:7}");
        for time in times {
            print!("  {:6.2} ({:4.2})", 12.0 * LEN as f64 / time / 1e9, times[0] / time);
        }
        println!();
    }
    assert!(z.iter().all(|z| *z == z[..] && z[LEN - 1] == x[LEN - 1] + y[LEN - 1]));
}
