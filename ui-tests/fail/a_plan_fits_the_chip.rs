// Two tiles of 128 KiB in a unified buffer of 192 KiB: the second would overwrite whatever comes after it.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 256, 128>,
    b: VecTile<'k, f32, 256, 128>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e), b: ub.b })
}

fn main() {}
