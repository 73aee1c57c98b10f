// The result goes to a tile of its own.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn rest<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e0 = tload(ub.a, &x.tile(0, 0)).record::<TFmod>();
    let e1 = tload(ub.b, &y.tile(0, 0)).record::<TFmod>();
    let e2 = tfmod(ub.c, &e0, &e1).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e0, b: e1, c: tstore(&out.tile(0, 0), e2) })
}

fn main() {
    verify::two_inputs(&rest, 1, |x, y| x - (x / y).trunc() * y);
}
