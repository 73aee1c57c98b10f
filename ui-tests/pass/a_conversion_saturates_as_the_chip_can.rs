// On a2a3 f32 to i16 keeps the low bits, or saturates.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16, Full>,
    y: VecTile<'k, i16, 8, 16, Full>,
}

#[kernel]
fn convert<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, i16>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TCvt>();
    let converted = tcvt_with(ub.y, &x, RoundMode::Rint, SaturationMode::Off).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), converted) })
}

fn main() {
    let (x, mut y) = ([40_000.0; 128], [0_i16; 128]);
    let x = GlobalTensor::new(&x, &[8, 16]).expect("a shape");
    let mut stored = GlobalTensorMut::new(&mut y, &[8, 16]).expect("a shape");
    Eager::new().launch(&convert, 1, (x.whole(), stored.whole())).expect("runs");
    assert_eq!(y, [-25_536; 128]);
}
