// The plan has three tiles, one for each load that is ahead.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 3],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let ring = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    let (a, open) = ring.take();
    let (b, open) = open.take();
    let (c, open) = open.take();
    let a = tload(a, &x.tile(0, 0)).record::<TStoreVec>();
    let b = tload(b, &x.tile(1, 0)).record::<TStoreVec>();
    let c = tload(c, &x.tile(2, 0)).record::<TStoreVec>();
    let open = open.put(tstore(&out.tile(0, 0), a).release());
    let open = open.put(tstore(&out.tile(1, 0), b).release());
    Ub::retire(UbTokens { ring: open.put(tstore(&out.tile(2, 0), c).release()) })
}

fn main() {
    verify::one_input(&copy, 3, |x| x);
}
