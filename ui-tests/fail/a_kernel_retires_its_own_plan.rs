// The kernel returns another plan, retired: its own tiles are unaccounted for.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Other<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Other::retire(OtherTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {}
