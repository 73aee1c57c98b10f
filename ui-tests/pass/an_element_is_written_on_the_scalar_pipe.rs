// The tile is handed to the scalar pipe, waited for, and handed on.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn corner<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut a = tload(ub.a, &x.tile(0, 0)).record::<Scalar>().wait();
    for i in 0..8 {
        for j in 0..8 {
            a.set(i, j, a.get(i, j) + 1.0);
        }
    }
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), a.record::<TStoreVec>()) })
}

fn main() {
    verify::one_input(&corner, 1, |x| x + 1.0);
}
