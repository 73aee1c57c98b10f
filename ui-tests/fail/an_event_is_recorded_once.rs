// The loaded tile is recorded again, for another op, before the first reader is done with it.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TMulS>();
    let b = tmuls(ub.b, &e, 2.0).record::<TStoreVec>();
    let a: Event<TLoad, TLoad, _> = e.record();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b) })
}

fn main() {}
