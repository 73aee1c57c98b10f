// On a2a3 TADDDEQRELU computes in its sources: what was in them is gone.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, i32, 8, 16>,
    b: VecTile<'k, i32, 8, 16>,
    c: VecTile<'k, f16, 8, 16>,
    tmp: VecTile<'k, i32, 8, 16>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, out: GlobalOut<'k, i32>) -> Retired<Ub<'k>> {
    let a = texpands(ub.a, 3);
    let b = texpands(ub.b, 4);
    let mut tmp = ub.tmp.on::<Vector>();
    let (c, sources) = tadddeqrelu(ub.c, a, b, 0.5, &mut tmp).split();
    let (a, b) = sources.split();
    let a = tnot_assign(a).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), a), b, c, tmp })
}

fn main() {}
