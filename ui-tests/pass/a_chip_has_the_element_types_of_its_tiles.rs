// Floats of eight bits are for a5.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, F8E4M3, 8, 32, Full, A5>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, F8E4M3>, y: GlobalOut<'k, F8E4M3>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
}

fn main() {
    let (x, mut y) = ([F8E4M3::from_f32(1.5); 256], [F8E4M3::default(); 256]);
    let x = GlobalTensor::new(&x, &[8, 32]).expect("a shape");
    let mut stored = GlobalTensorMut::new(&mut y, &[8, 32]).expect("a shape");
    Eager::new().launch(&copy, 1, (x.whole(), stored.whole())).expect("runs");
    assert_eq!(y, [F8E4M3::from_f32(1.5); 256]);
}
