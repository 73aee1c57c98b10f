// Recorded for the class: every vector op may read the tile, and the first one waits.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn square<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let square = tmul(ub.b, &e, &e).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), square) })
}

fn main() {
    verify::one_input(&square, 1, |x| x * x);
}
