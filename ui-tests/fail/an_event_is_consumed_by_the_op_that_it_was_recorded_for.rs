// Recorded for TMUL and used by TADD: the flag's id would be that of another wait.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e0: Event<TLoad, TMul, _> = tload(ub.a, &x.tile(0, 0)).record();
    let e1: Event<TLoad, TAdd, _> = tload(ub.b, &y.tile(0, 0)).record();
    let e2: Event<TAdd, TStoreVec, _> = tadd(ub.c, &e0, &e1).record();
    let r2 = tstore(&out.tile(0, 0), e2);
    Ub::retire(UbTokens { a: e0, b: e1, c: r2 })
}

fn main() {}
