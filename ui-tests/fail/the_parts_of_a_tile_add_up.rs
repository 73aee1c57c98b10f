// The second band sticks out of the tile.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, (Rows<2>, Rows<8>)>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {}
