// A struct gathers arguments.
use tilesync::prelude::*;

#[derive(Args)]
struct Factors<'k> {
    x: GlobalIn<'k, f32>,
    factors: [f32; 17],
}

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn scale<'k>(ub: Ub<'k>, args: Factors<'k>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &args.x.tile(0, 0)).record::<TMulS>();
    let e = tmuls_assign(e, args.factors[16]).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
}

fn main() {
    let mut factors = [0.0; 17];
    factors[16] = 2.0;
    let (x, mut y) = ([3.0; 64], [0.0; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[8, 8]).expect("a shape");
    Eager::new().launch(&scale, 1, ((x.whole(), factors), out.whole())).expect("runs");
    assert_eq!(y, [6.0; 64]);
}
