// Two outputs are two tensors.
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

fn launch() -> [[f32; 64]; 2] {
    let (x, mut out) = ([1.0_f32; 64], [[0.0_f32; 64]; 2]);
    let x = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let [out0, out1] = &mut out;
    let mut out0 = GlobalTensorMut::new(out0, &[8, 8]).expect("a shape");
    let mut out1 = GlobalTensorMut::new(out1, &[8, 8]).expect("a shape");
    Eager::new().launch(&twice, 1, (x.whole(), out0.whole(), out1.whole())).expect("runs");
    Pipelined::new().launch(&twice, 1, (x.whole(), out0.whole(), out1.whole())).expect("runs");
    out
}

fn main() {
    assert_eq!(launch(), [[1.0; 64]; 2]);
}
