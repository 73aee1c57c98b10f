// A turn does not put its slot back: the next turn has no ring to take from.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let ring = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        let (slot, _) = ring.take();
        let e = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
        tstore(&out.tile(i, 0), e);
    }
    Ub::retire(UbTokens { ring })
}

fn main() {}
