// A plan with as many tiles as the run finds out: where they lie, and whether they fit, is known when it is compiled.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    slots: Vec<VecTile<'k, f32, 8, 8>>,
    spare: Option<VecTile<'k, f32, 8, 8>>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {}
