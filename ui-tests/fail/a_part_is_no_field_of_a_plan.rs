// A part without its whole: it would lie in the bytes of another tile.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecPart<'k, f32, 8, 8, [Cols<8>; 2], 8, 16>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {}
