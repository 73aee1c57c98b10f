// Three slots are taken of a ring of two: there is no third buffer to load into.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
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

fn main() {}
