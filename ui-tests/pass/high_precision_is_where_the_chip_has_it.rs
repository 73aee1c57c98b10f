// a5 has it.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8, Full, A5>,
    b: VecTile<'k, f32, 8, 8, Full, A5>,
}

#[kernel]
fn exact<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TExp>();
    let b = texp(high_precision(ub.b), &a).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b) })
}

fn main() {
    verify::one_input(&exact, 1, |x| f64::from(x).exp() as f32);
}
