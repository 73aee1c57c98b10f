// The sources come back free, and are not read again.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, i32, 8, 16, Static<8, 8>>,
    b: VecTile<'k, i32, 8, 16, Static<8, 8>>,
    c: VecTile<'k, f16, 8, 16, Static<8, 8>>,
    tmp: VecTile<'k, i32, 8, 16>,
    d: VecTile<'k, f32, 8, 16, Static<8, 8>>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, _: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = texpands(ub.a, 3);
    let b = texpands(ub.b, 4);
    let mut tmp = ub.tmp.on::<Vector>();
    let (c, sources) = tadddeqrelu(ub.c, a, b, 0.5, &mut tmp).split();
    let (a, b) = sources.split();
    let d = tcvt(ub.d, &c, RoundMode::Rint).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b, c, tmp, d: tstore(&out.tile(0, 0), d) })
}

fn main() {
    verify::one_input(&scale, 1, |_| 3.5);
}
