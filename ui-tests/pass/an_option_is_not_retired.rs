// A `Turn` owns the tile in both states.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = Turn::First(ub.a);
    for i in 0..4 {
        let e = tload(free, &x.tile(i, 0)).record::<TStoreVec>();
        free = Turn::Later(tstore(&out.tile(i, 0), e).release::<TLoad>());
    }
    Ub::retire(UbTokens { a: free })
}

fn main() {
    verify::one_input(&copy, 4, |x| x);
}
