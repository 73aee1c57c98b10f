// A function is launched that is no kernel.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {
    let (x, mut y) = ([0.0; 64], [0.0; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    Eager::new().launch(&copy, 1, (x.whole(), y.whole())).unwrap();
}
