// The next turn has all slots again: `put` closes the ring.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut ring = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        let (slot, open) = ring.take();
        let e = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
        let stored = tstore(&out.tile(i, 0), e);
        ring = open.put(stored.release());
    }
    Ub::retire(UbTokens { ring })
}

fn main() {
    verify::one_input(&copy, 4, |x| x);
}
