// One brand: all tiles are of this invocation.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

type Loaded<'k> = Event<TLoad, TAdd, Live<VecTile<'k, f32, 8, 8>>>;
type Sum<'k> = RecordEvent<TAdd, Live<VecTile<'k, f32, 8, 8>>>;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

fn doubled<'k>(dst: VecTile<'k, f32, 8, 8>, src: &Loaded<'k>) -> Sum<'k> {
    tadd(dst, src, src)
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let sum = doubled(ub.b, &e).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), sum) })
}

fn main() {
    verify::one_input(&double, 1, |x| x + x);
}
