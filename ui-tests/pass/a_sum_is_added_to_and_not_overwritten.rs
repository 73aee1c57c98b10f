// Each block adds.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn sum<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalSum<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore_add_any_order(&out.tile(0, 0), a) })
}

fn main() {
    verify::summed(&sum);
}
