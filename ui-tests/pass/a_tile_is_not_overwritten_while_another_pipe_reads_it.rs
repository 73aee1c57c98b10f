// V hands the buffer back, and the load waits for that.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let sum = tadd(ub.b, &e, &e);
    let e = tload(e.release::<TLoad>(), &y.tile(0, 0)).record::<TAdd>();
    let sum = tadd_assign(sum, &e).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::two_inputs(&add, 1, |x, y| x + x + y);
}
