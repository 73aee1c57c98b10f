// Each half is handed over to the store.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [upper, lower] = tload(ub.x, &x.tile(0, 0)).record::<Vector>().parts().split();
    let upper = tstore(&out.at(0, 0), tmuls_assign(upper, 2.0).record::<TStoreVec>());
    let lower = tstore(&out.at(4, 0), tmuls_assign(lower, 2.0).record::<TStoreVec>());
    Ub::retire(UbTokens { x: RecordEvent::all([upper, lower]).whole() })
}

fn main() {
    verify::one_input(&scale, 1, |x| 2.0 * x);
}
