// An `Option` carries the token from turn to turn: where it is `None`, the tile is lost.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = Some(ub.a.prime::<TStoreVec, TLoad>());
    for i in 0..4 {
        if let Some(slot) = free.take() {
            let e = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
            free = Some(tstore(&out.tile(i, 0), e).release::<TLoad>());
        }
    }
    Ub::retire(UbTokens { a: free })
}

fn main() {}
