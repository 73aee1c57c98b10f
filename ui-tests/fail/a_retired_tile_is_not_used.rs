// The tile is stored after it was retired: nobody waits for that store, and the kernel ends while it runs.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let done = Retire::retire(e);
    tstore(&out.tile(0, 0), done);
    Retired::plan(done)
}

fn main() {}
