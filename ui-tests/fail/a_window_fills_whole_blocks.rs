// Windows of 4 floats are 16 bytes: the two would share blocks of 32 bytes, and an op on one writes the other.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Cols<4>; 2]>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {}
