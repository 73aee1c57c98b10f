// One tensor as two outputs of a launch: two stores could go to one place, in any order.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn twice<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    out0: GlobalOut<'k, f32>,
    out1: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let e = tstore(&out0.tile(0, 0), e);
    Ub::retire(UbTokens { a: tstore(&out1.tile(0, 0), e) })
}

fn launch() {
    let (x, mut out) = ([1.0_f32; 64], [0.0_f32; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut out, &[8, 8]).expect("a shape");
    Eager::new().launch(&twice, 1, (x.whole(), out.whole(), out.whole())).expect("runs");
}

fn main() {}
