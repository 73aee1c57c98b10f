// The kernel's own code reads an element while MTE2 may still be filling the tile.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<Scalar>();
    let first = e.get(0, 0);
    let e = e.wait();
    let sum = tadds_assign(e.record::<TAddS>(), first - first).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), sum) })
}

fn main() {}
