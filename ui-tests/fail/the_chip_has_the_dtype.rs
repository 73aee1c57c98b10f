// a2a3 has no TADD for bf16: the device's compiler would reject it, or its simulator compute something else.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, bf16, 8, 16>,
    b: VecTile<'k, bf16, 8, 16>,
    c: VecTile<'k, bf16, 8, 16>,
}

#[kernel]
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, bf16>,
    y: GlobalIn<'k, bf16>,
    out: GlobalOut<'k, bf16>,
) -> Retired<Ub<'k>> {
    let e0: Event<TLoad, TAdd, _> = tload(ub.a, &x.tile(0, 0)).record();
    let e1: Event<TLoad, TAdd, _> = tload(ub.b, &y.tile(0, 0)).record();
    let e2: Event<TAdd, TStoreVec, _> = tadd(ub.c, &e0, &e1).record();
    let r2 = tstore(&out.tile(0, 0), e2);
    Ub::retire(UbTokens { a: e0, b: e1, c: r2 })
}

fn main() {}
