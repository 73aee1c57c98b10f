// A part is given back in the place of the tile `y`, which nobody waits for.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
    y: VecTile<'k, f32, 4, 8>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [upper, lower] = ub.x.parts();
    let upper = tload(upper, &x.tile(0, 0)).record::<TStoreVec>();
    let lower = tload(lower, &x.tile(1, 0)).record::<TStoreVec>();
    let y = tload(ub.y, &x.tile(1, 0)).record::<TStoreVec>();
    let upper = tstore(&out.tile(0, 0), upper);
    tstore(&out.tile(1, 0), y);
    Ub::retire(UbTokens { x: upper, y: lower })
}

fn main() {}
