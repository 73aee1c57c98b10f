// The store takes the slot that this turn has loaded.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        let [now, next] = free;
        let e = tload(now, &x.tile(i, 0)).record::<TStoreVec>();
        let stored = tstore(&out.tile(i, 0), e);
        free = [next, stored.release::<TLoad>()];
    }
    Ub::retire(UbTokens { ring: free })
}

fn main() {
    verify::one_input(&copy, 4, |x| x);
}
