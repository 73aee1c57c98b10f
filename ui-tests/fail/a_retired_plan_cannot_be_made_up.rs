// A retired plan out of nothing: the tiles and their flags would be left as they are.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    tstore(&out.tile(0, 0), e);
    Retired::new()
}

fn main() {}
