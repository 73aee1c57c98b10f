// The load is recorded for the store, which waits; the struct holds the arguments and is no op.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[derive(Args)]
struct Both<'k> {
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, args: Both<'k>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &args.x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&args.y.tile(0, 0), a) })
}

fn main() {
    let (x, mut y) = ([1.0; 64], [0.0; 64]);
    let x_tensor = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[8, 8]).expect("a shape");
    Pipelined::new().launch(&copy, 1, ((x_tensor.whole(), out.whole()),)).expect("runs");
    assert_eq!(x, y);
}
