// A slot is taken by a computed index: if two turns take the same slot, one load overwrites the other.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.ring.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        let e = tload(free[i % 2], &x.tile(i, 0)).record::<TStoreVec>();
        free[i % 2] = tstore(&out.tile(i, 0), e).release::<TLoad>();
    }
    Ub::retire(UbTokens { ring: free })
}

fn main() {}
