//! Sorting, gathering and scattering on resident tiles beside the plain Rust way, one thread: how many times faster an op is.
//!
//! ```text
//! cargo bench --bench by_index
//! ```

mod measure;

use std::hint::black_box;

use measure::{in_turns, on_threads};
use tilesync::prelude::*;

/// Rows and columns of a tile, elements of it, and times that an op runs in a launch.
const N: usize = 64;
const LEN: usize = N * N;
const OPS: usize = 200;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, N, N>,
    idx: VecTile<'k, i32, N, N>,
    rows: VecTile<'k, i32, 1, N>,
    y: VecTile<'k, f32, N, N>,
    half: VecTile<'k, f32, N, { N / 2 }>,
    tmp: VecTile<'k, i32, N, N>,
}

/// One op on tiles of `N` x `N`, again and again.
macro_rules! kernel {
    ($name:ident |$x:ident, $idx:ident, $rows:ident, $table:ident, $out:ident, $ub:ident| $op:block) => {
        #[kernel]
        #[allow(unused_variables, unused_mut, reason = "not every op has all of them")]
        fn $name<'k>(
            mut ub: Ub<'k>,
            table: GlobalIn<'k, f32>,
            idx: GlobalIn<'k, i32>,
            out: GlobalOut<'k, f32, RowMajor, PipeV>,
        ) -> Retired<Ub<'k>> {
            let mut $x = tload(ub.x, &table.tile(0, 0)).record::<Vector>().wait();
            let $idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>().wait();
            let $rows = tload(ub.rows, &idx.at(0, 0)).record::<Vector>().wait();
            let mut $ub = (ub.y.on::<Vector>(), ub.half.on::<Vector>(), ub.tmp.on::<Vector>());
            let ($table, $out) = (table.at(0, 0), out.at(0, 0));
            for _ in 0..OPS $op
            Ub::retire(UbTokens { x: $x, idx: $idx, rows: $rows, y: $ub.0, half: $ub.1, tmp: $ub.2 })
        }
    };
}

kernel!(
    gather | x,
    idx,
    rows,
    table,
    out,
    ub | {
        ub.0 = tgather(ub.0, &x, &idx, &mut ub.2).on::<Vector>().discard();
    }
);
kernel!(
    scatter | x,
    idx,
    rows,
    table,
    out,
    ub | {
        ub.0 = tscatter(ub.0, &x, &idx).on::<Vector>().discard();
    }
);
kernel!(
    compact | x,
    idx,
    rows,
    table,
    out,
    ub | {
        ub.1 = tgather_mask(ub.1, &x, MaskPattern::P1010, Axis::Row).on::<Vector>().discard();
    }
);
kernel!(
    fetch_rows | x,
    idx,
    rows,
    table,
    out,
    ub | {
        ub.0 = mgather_rows(ub.0, &table, &rows, GatherOob::Zero).on::<Vector>().discard();
    }
);
kernel!(
    fetch | x,
    idx,
    rows,
    table,
    out,
    ub | {
        ub.0 = mgather(ub.0, &table, &idx, GatherOob::Zero).on::<Vector>().discard();
    }
);
kernel!(
    spread_rows | x,
    idx,
    rows,
    table,
    out,
    ub | {
        x = mscatter_rows(&out, x, &rows, ScatterOob::Skip).on::<Vector>();
    }
);
kernel!(
    spread | x,
    idx,
    rows,
    table,
    out,
    ub | {
        x = mscatter(&out, x, &idx, ScatterOob::Skip).on::<Vector>();
    }
);

/// Values in a row that are sorted, and elements of their pairs.
const VALUES: usize = 2048;
const PAIRS: usize = 2 * VALUES;

#[derive(Buffers)]
struct SortUb<'k> {
    x: VecTile<'k, f32, 1, VALUES>,
    idx: VecTile<'k, u32, 1, VALUES>,
    a: VecTile<'k, f32, 1, PAIRS>,
    b: VecTile<'k, f32, 1, PAIRS>,
}

/// Sorts by 32; if `merges`, all of the row.
#[kernel]
fn sort<'k>(
    ub: SortUb<'k>,
    x: GlobalIn<'k, f32>,
    idx: GlobalIn<'k, u32>,
    merges: bool,
) -> Retired<SortUb<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
    let (mut a, mut b) = (ub.a.on::<Vector>(), ub.b.on::<Vector>());
    for _ in 0..OPS {
        let by_32 = tsort32(a, &x, &idx).on::<Vector>();
        if merges {
            let by_128 = tmrgsort(b, &by_32, 64).on::<Vector>();
            let by_512 = tmrgsort(by_32.discard(), &by_128, 256).on::<Vector>();
            b = tmrgsort(by_128.discard(), &by_512, 1024).on::<Vector>().discard();
            a = by_512.discard();
        } else {
            a = by_32.discard();
        }
    }
    SortUb::retire(SortUbTokens { x, idx, a, b })
}

fn row(name: &str, elements: usize, ours: &mut dyn FnMut(), plain: &mut dyn FnMut()) {
    let [ours, plain] = in_turns(21, [ours, plain]);
    let ns = |time: f64| time / (OPS * elements) as f64 * 1e9;
    println!("| {name} | {:.3} | {:.3} | {:.2} |", ns(ours), ns(plain), plain / ours);
}

fn main() {
    on_threads(1, table);
}

fn table() {
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..LEN).map(|_| random.f32()).collect();
    let idx: Vec<i32> = (0..LEN)
        .map(|at| if at < N { random.i32(0..N as i32) } else { random.i32(0..LEN as i32) })
        .collect();
    let (mut out, mut y) = (vec![0.0_f32; LEN], vec![0.0_f32; LEN]);
    println!("| op | ns an element | plain Rust | times faster |\n|---|---|---|---|");

    macro_rules! beside {
        ($name:literal $kernel:ident, |$x:ident, $idx:ident, $y:ident| $plain:expr) => {
            row(
                $name,
                LEN,
                &mut || {
                    let table = GlobalTensor::new(&x, &[N, N]).expect("valid");
                    let indices = GlobalTensor::new(&idx, &[N, N]).expect("valid");
                    let mut out = GlobalTensorMut::new(&mut out, &[N, N]).expect("valid");
                    let args = (table.whole(), indices.whole(), out.whole());
                    Eager::sequential().launch(&$kernel, 1, args).expect("a right launch");
                },
                &mut || {
                    for _ in 0..OPS {
                        let ($x, $idx, $y) = (black_box(&x), black_box(&idx), black_box(&mut y));
                        $plain
                    }
                },
            );
        };
    }
    beside!("TGATHER" gather, |x, idx, y| y.iter_mut().zip(idx).for_each(|(y, at)| *y = x[*at as usize]));
    beside!("TSCATTER" scatter, |x, idx, y| {
        y.fill(0.0);
        x.iter().zip(idx).for_each(|(x, at)| y[*at as usize] = *x);
    });
    beside!("TGATHER, pattern" compact, |x, idx, y| {
        let _ = idx;
        y.iter_mut().zip(x.iter().skip(1).step_by(2)).for_each(|(y, x)| *y = *x);
    });
    beside!("MGATHER, elements" fetch, |x, idx, y| y.iter_mut().zip(idx).for_each(|(y, at)| *y = x[*at as usize]));
    beside!("MGATHER, rows" fetch_rows, |x, idx, y| {
        for (y, at) in y.chunks_mut(N).zip(idx) {
            y.copy_from_slice(&x[*at as usize * N..][..N]);
        }
    });
    beside!("MSCATTER, elements" spread, |x, idx, y| x.iter().zip(idx).for_each(|(x, at)| y[*at as usize] = *x));
    beside!("MSCATTER, rows" spread_rows, |x, idx, y| {
        for (x, at) in x.chunks(N).zip(idx) {
            y[*at as usize * N..][..N].copy_from_slice(x);
        }
    });

    let values = &x[..VALUES];
    let places: Vec<u32> = (0..VALUES as u32).collect();
    let mut pairs = vec![(0.0_f32, 0_u32); VALUES];
    for (name, merges) in [("TSORT32", false), ("TSORT32, then TMRGSORT of 2048", true)] {
        row(
            name,
            VALUES,
            &mut || {
                let of_x = GlobalTensor::new(values, &[1, VALUES]).expect("valid");
                let of_places = GlobalTensor::new(&places, &[1, VALUES]).expect("valid");
                let args = (of_x.whole(), of_places.whole(), merges);
                Eager::sequential().launch(&sort, 1, args).expect("a right launch");
            },
            &mut || {
                for _ in 0..OPS {
                    let (values, places) = (black_box(values), black_box(&places));
                    for (pair, both) in pairs.iter_mut().zip(values.iter().zip(places)) {
                        *pair = (*both.0, *both.1);
                    }
                    for part in pairs.chunks_mut(if merges { VALUES } else { 32 }) {
                        part.sort_by(|a, b| b.0.total_cmp(&a.0));
                    }
                    black_box(&mut pairs);
                }
            },
        );
    }
}
