// The slot is put back before the ring is retired.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let ring = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    let (slot, open) = ring.take();
    let e = tload(slot, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), e);
    Ub::retire(UbTokens { ring: open.put(stored.release()) })
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
