// Indices as wide as the elements. All name the first one: the last that is written stays.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16>,
    idx: VecTile<'k, i32, 8, 16>,
    y: VecTile<'k, f32, 8, 16>,
}

#[kernel]
fn spread<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TScatter>();
    let idx = texpands(ub.idx, 0);
    let y = tscatter(ub.y, &x, &idx).record::<TStoreVec>();
    Ub::retire(UbTokens { x, idx, y: tstore(&out.tile(0, 0), y) })
}

fn main() {
    let x = [3.0_f32; 8 * 16];
    let mut out = [1.0_f32; 8 * 16];
    let (x, mut y) = (GlobalTensor::<f32>::new(&x, &[8, 16]).expect("a shape"), GlobalTensorMut::new(&mut out, &[8, 16]).expect("a shape"));
    Eager::new().launch(&spread, 1, (x.whole(), y.whole())).expect("runs");
    assert_eq!(out[..2], [3.0, 0.0]);
}
