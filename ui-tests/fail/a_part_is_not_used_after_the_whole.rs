// The upper half is changed while the whole is on its way to the store.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecParts<'k, f32, 8, 8, [Rows<4>; 2]>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [upper, lower] = tload(ub.x, &x.tile(0, 0)).record::<Vector>().parts().split();
    let x = Event::all([upper, lower]).whole().wait().record::<TStoreVec>();
    tmuls_assign(upper, 2.0);
    Ub::retire(UbTokens { x: tstore(&out.tile(0, 0), x) })
}

fn main() {}
