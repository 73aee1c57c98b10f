// The whole is read when it has come back from its parts.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
    y: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let whole = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let [upper, lower] = whole.parts().split();
    let upper = tmuls_assign(upper, 2.0);
    let x = RecordEvent::all([upper, tmuls_assign(lower, 2.0)]).whole();
    let y = tadds(ub.y, &x, 1.0).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&out.tile(0, 0), y) })
}

fn main() {
    verify::one_input(&scale, 1, |x| 2.0 * x + 1.0);
}
