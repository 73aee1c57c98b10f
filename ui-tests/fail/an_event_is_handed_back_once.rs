// The buffer is handed back twice: the second flag would never be waited on.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = tstore(&out.tile(0, 0), e);
    let back = stored.release::<TLoad>();
    let again = stored.release::<TLoad>();
    Ub::retire(UbTokens { a: back, b: again })
}

fn main() {}
