// Two slots, two tiles.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = [ub.a, ub.b].map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        let [now, next] = free;
        let e = tload(now, &x.tile(i, 0)).record::<TStoreVec>();
        free = [next, tstore(&out.tile(i, 0), e).release::<TLoad>()];
    }
    let [a, b] = free;
    Ub::retire(UbTokens { a, b })
}

fn main() {
    verify::one_input(&copy, 4, |x| x);
}
