// On a2a3 TFMOD builds its quotient in the destination, over the dividend that it still needs.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn rest<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e0 = tload(ub.a, &x.tile(0, 0)).record::<TFmod>();
    let e1 = tload(ub.b, &y.tile(0, 0)).record::<TFmod>();
    let e2 = tfmod_assign(e0, &e1).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e2), b: e1 })
}

fn main() {}
