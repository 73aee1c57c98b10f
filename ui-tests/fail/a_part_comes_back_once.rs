// The upper half stands for the lower one too.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [upper, lower] = tload(ub.x, &x.tile(0, 0)).record::<Vector>().parts().split();
    let upper = tmuls_assign(upper, 2.0);
    tmuls_assign(lower, 2.0);
    let x = RecordEvent::all([upper, upper]).whole().record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {}
