// Two lists, which are one: each of its pairs comes twice.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, 64>,
    tmp: VecTile<'k, f32, 1, 512>,
    y: VecTile<'k, f32, 1, 64>,
}

#[kernel]
fn merge<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TMrgSort>();
    let mut tmp = ub.tmp.on::<Vector>();
    let y = tmrgsort_lists(ub.y, &mut tmp, (&x, &x)).record::<TStoreVec>();
    Ub::retire(UbTokens { x, tmp, y: tstore(&out.tile(0, 0), y) })
}

fn main() {
    let x: Vec<f32> = (0..64).map(|x| -(x as f32)).collect();
    let mut out = [0.0_f32; 64];
    let input = GlobalTensor::<f32>::new(&x, &[1, 64]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut out, &[1, 64]).expect("a shape");
    Eager::new().launch(&merge, 1, (input.whole(), output.whole())).expect("runs");
    assert_eq!(out[..6], [0.0, -1.0, 0.0, -1.0, -2.0, -3.0]);
}
