// Split: one flag for both, a token for each.
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
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let both = tload(ub.a, &x.tile(0, 0)).join(tload(ub.b, &y.tile(0, 0))).record::<TAdd>();
    let (a, b) = both.split();
    let sum = tadd(ub.c, &a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b, c: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::two_inputs(&add, 1, |x, y| x + y);
}
