// The sum as it is.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8, Full, A5>,
    b: VecTile<'k, f32, 8, 8, Full, A5>,
}

#[kernel]
fn twice<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tadd(ub.b, &a, &a).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b) })
}

fn main() {
    verify::one_input(&twice, 1, |x| x + x);
}
