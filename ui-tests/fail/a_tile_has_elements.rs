// Tiles without rows take no bytes, so that any number of them fits, and the number of `small` would wrap around to that of `big`.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    big: VecTile<'k, f32, 64, 64>,
    none: [[VecTile<'k, f32, 0, 8>; 257]; 255],
    small: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let big = texpands(ub.big.on::<Vector>(), 1.0).record::<TStoreVec>();
    let small = tload(ub.small, &x.tile(0, 0));
    Ub::retire(UbTokens { big: tstore(&out.tile(0, 0), big), none: ub.none, small })
}

fn main() {}
