// The indices are i32; beside it the tile goes on to its store.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    tmp: VecTile<'k, f32, 8, 8>,
    at: VecCol<'k, i32, 8>,
}

#[kernel]
fn find<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e0 = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let at = trowargmax(ub.at, &e0, &mut tmp);
    let e1 = tadds_assign(e0, 1.0).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e1), tmp, at })
}

fn main() {
    verify::one_input(&find, 1, |x| x + 1.0);
}
