// The output in the input's place: two blocks could write what a third one loads.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn launch() {
    let (x, mut out) = ([1.0_f32; 64], [0.0_f32; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut out, &[8, 8]).expect("a shape");
    Eager::new().launch(&copy, 1, (out.whole(), x.whole())).expect("runs");
}

fn main() {}
