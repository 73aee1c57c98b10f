// The kernel writes an element of a tile that is on its way: the vector pipe may still write it.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn corner<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut a = tload(ub.a, &x.tile(0, 0)).record::<Scalar>();
    a.set(0, 0, x.rows() as f32);
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), a.wait().record::<TStoreVec>()) })
}

fn main() {}
