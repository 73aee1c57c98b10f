//! What an op costs: on resident tiles beside a bare loop, and on the pipelined executor beside the eager one.
//!
//! ```text
//! cargo bench --bench op_cost
//! ```

mod measure;

use std::hint::black_box;

use measure::{in_turns, on_threads};
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k, const N: usize> {
    a: VecTile<'k, f32, N, N>,
    b: VecTile<'k, f32, N, N>,
    c: VecTile<'k, f32, N, N>,
}

/// `ops` additions on resident tiles.
#[kernel]
fn resident<'k, const N: usize>(
    ub: Ub<'k, N>,
    x: GlobalIn<'k, f32>,
    ops: usize,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k, N>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &x.tile(0, 0)).record::<TAdd>();
    let mut c = ub.c.on::<Vector>();
    for _ in 1..ops {
        c = tadd(c, &a, &b).on::<Vector>().discard();
    }
    let c = tadd(c, &a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b, c: tstore(&z.tile(0, 0), c) })
}

/// Blocks of the pipelined measurement: the first one is the watched one, and is timed op by op.
const BLOCKS: usize = 8;

/// `steps` rounds of load, add and store: four ops and six flags each.
#[kernel]
fn streamed<'k, const N: usize>(
    ub: Ub<'k, N>,
    x: GlobalIn<'k, f32>,
    steps: usize,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k, N>> {
    let mut a = ub.a.prime::<TAdd, TLoad>();
    let mut b = ub.b.prime::<TAdd, TLoad>();
    let mut c = ub.c.prime::<TStoreVec, TAdd>();
    for _ in 0..steps {
        let loaded = tload(a, &x.tile(0, 0)).record::<TAdd>();
        let other = tload(b, &x.tile(0, 0)).record::<TAdd>();
        let sum = tadd(c, &loaded, &other).record::<TStoreVec>();
        c = tstore(&z.tile(0, 0), sum).release::<TAdd>();
        a = loaded.release::<TLoad>();
        b = other.release::<TLoad>();
    }
    Ub::retire(UbTokens { a, b, c })
}

/// `0` messages from the cube core to its vector cores, and as many back, with nothing in them.
struct Empty(usize);

#[derive(Fifos)]
struct Links<'k, R> {
    there: C2V<'k, R, (), f32, 16, 16, 2>,
    back: V2C<'k, R, (), f32, 16, 16, 2>,
}

#[derive(Buffers)]
struct Nothing<'k> {
    unused: VecTile<'k, f32, 8, 8>,
}

#[cluster]
impl Empty {
    fn schedule(&self, _block: usize) -> Vec<()> {
        vec![(); self.0]
    }

    fn cube<'k>(
        plan: Nothing<'k>,
        links: Links<'k, OnCube>,
    ) -> Retired<(Nothing<'k>, Links<'k, OnCube>)> {
        let mut ends = (links.there, links.back);
        let (there, back) = loop {
            ends = match ends.next() {
                Next::End(ends) => break ends,
                Next::Step((there, back)) => (tpush_slot(talloc(there)), tfree(tpop_slot(back))),
            };
        };
        let plan = Nothing::retire(NothingTokens { unused: plan.unused });
        plan.and(Links::retire(LinksTokens { there, back }))
    }

    fn vector<'k>(
        plan: Nothing<'k>,
        links: Links<'k, OnVector>,
    ) -> Retired<(Nothing<'k>, Links<'k, OnVector>)> {
        let mut ends = (links.there, links.back);
        let (there, back) = loop {
            ends = match ends.next() {
                Next::End(ends) => break ends,
                Next::Step((there, back)) => (tfree(tpop_slot(there)), tpush_slot(talloc(back))),
            };
        };
        let plan = Nothing::retire(NothingTokens { unused: plan.unused });
        plan.and(Links::retire(LinksTokens { there, back }))
    }
}

fn hand_over_cost() {
    const MESSAGES: usize = 20_000;
    let launch = |messages: usize| {
        Eager::sequential().launch_cluster(&Empty(messages), 1, (), ()).expect("a right launch");
    };
    let mut few = || launch(1);
    let mut many = || launch(MESSAGES);
    let [few, many] = in_turns(11, [&mut few, &mut many]);
    // There and back: each message is pushed and popped by both sides.
    let ns = (many - few) / (2 * MESSAGES) as f64 * 1e9;
    println!("a message between the cores of a cluster: {ns:.0} ns to record, judge and hand over");
}

/// The bare loop, `ops` times, with the vector instructions that the ops use.
fn bare(ops: usize, x: &[f32], y: &[f32], z: &mut [f32]) {
    #[inline(always)]
    fn run(ops: usize, x: &[f32], y: &[f32], z: &mut [f32]) {
        for _ in 0..ops {
            let (x, y, z) = (black_box(x), black_box(y), black_box(&mut *z));
            z.iter_mut().zip(x).zip(y).for_each(|((z, x), y)| *z = x + y);
        }
    }
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f")]
        fn avx512(ops: usize, x: &[f32], y: &[f32], z: &mut [f32]) {
            run(ops, x, y, z);
        }
        #[target_feature(enable = "avx2")]
        fn avx2(ops: usize, x: &[f32], y: &[f32], z: &mut [f32]) {
            run(ops, x, y, z);
        }
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature has just been detected.
            #[allow(unsafe_code)]
            return unsafe { avx512(ops, x, y, z) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature has just been detected.
            #[allow(unsafe_code)]
            return unsafe { avx2(ops, x, y, z) };
        }
    }
    run(ops, x, y, z);
}

fn resident_cost<const N: usize>() {
    const OPS: usize = 100_000;
    let x = vec![1.0_f32; N * N];
    let (y, mut z, mut out) = (x.clone(), x.clone(), x.clone());
    let input = GlobalTensor::new(&x, &[N, N]).expect("valid");
    let [ours, bare] = in_turns(
        21,
        [
            &mut || {
                let mut out = GlobalTensorMut::new(&mut out, &[N, N]).expect("valid");
                let args = (input.whole(), OPS, out.whole());
                Eager::sequential().launch(&resident::<N>, 1, args).expect("a right launch");
            },
            &mut || bare(OPS, &x, &y, &mut z),
        ],
    );
    let ns = |time: f64| time / OPS as f64 * 1e9;
    println!(
        "{N:3} x {N:<3}  {:8.1} ns an op, bare loop {:8.1} ns, overhead {:5.1} ns",
        ns(ours),
        ns(bare),
        ns(ours) - ns(bare)
    );
}

fn pipelined_cost<const N: usize>() {
    const STEPS: usize = 4_000;
    let x = vec![1.0_f32; BLOCKS * N * N];
    let mut out = [x.clone(), x.clone(), x.clone()];
    let shape = [BLOCKS * N, N];
    let input = GlobalTensor::new(&x, &shape).and_then(|x| x.parts(N, N)).expect("valid");
    let [eager, early, late] = &mut out;
    let pipelined = |order, out: &mut Vec<f32>| {
        let mut out = GlobalTensorMut::new(out, &shape).expect("valid");
        let args = (input, STEPS, out.parts(N, N).expect("valid"));
        let executor = Pipelined::new().order(order);
        executor.launch(&streamed::<N>, BLOCKS, args).expect("a right launch");
    };
    let mut eager = || {
        let mut out = GlobalTensorMut::new(eager, &shape).expect("valid");
        let args = (input, STEPS, out.parts(N, N).expect("valid"));
        Eager::sequential().launch(&streamed::<N>, BLOCKS, args).expect("a right launch");
    };
    let mut early = || pipelined(Order::Early, early);
    let mut late = || pipelined(Order::Late, late);
    let [alone, late] = on_threads(1, || in_turns(7, [&mut eager, &mut late]));
    let [eager, early] = on_threads(2, || in_turns(7, [&mut eager, &mut early]));
    let ops = 4 * STEPS * BLOCKS;
    let [alone, late, eager, early] =
        [alone, late, eager, early].map(|time| time / ops as f64 * 1e9);
    println!(
        "{N:3} x {N:<3}  eager {alone:6.1} ns an op; beyond that, concurrent {:6.1} ns, one thread {:6.1} ns",
        early - eager,
        late - alone
    );
}

fn main() {
    on_threads(1, hand_over_cost);
    println!("resident f32 add, one thread");
    on_threads(1, || {
        resident_cost::<16>();
        resident_cost::<64>();
    });
    println!("\npipelined: load, load, add, store in a loop; recording and scheduling");
    pipelined_cost::<16>();
    pipelined_cost::<64>();
}
