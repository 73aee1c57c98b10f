// No hand-back from the store to the next load: the second turn waits for a flag that nobody sets.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let free = ub.a.prime::<TStoreVec, TLoad>();
    for i in 0..4 {
        let e = tload(free, &x.tile(i, 0)).record::<TStoreVec>();
        tstore(&out.tile(i, 0), e);
    }
    Ub::retire(UbTokens { a: free })
}

fn main() {}
