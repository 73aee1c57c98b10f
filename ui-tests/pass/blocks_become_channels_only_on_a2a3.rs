// Channels become blocks on both chips; 8 channels of f32 are one block.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 4, 512, Full, A5>,
    y: VecTile<'k, f32, 4, 512, Full, A5>,
    tmp: VecTile<'k, f32, 2, 512, Full, A5>,
}

#[kernel]
fn blocks<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let blocks = ttrans_nc1hwc0(ub.y, &x, &mut tmp, 64).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), blocks), tmp })
}

fn main() {
    let x: Vec<f32> = (0..2048).map(|x| x as f32).collect();
    let mut y = vec![0.0; 2048];
    let input = GlobalTensor::new(&x, &[4, 512]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[4, 512]).expect("a shape");
    Eager::new().launch(&blocks, 1, (input.whole(), output.whole())).expect("runs");
    for (at, y) in y.into_iter().enumerate() {
        let (image, pixel, channel) = (at / 512, at / 8 % 64, at % 8);
        assert_eq!(y, x[image * 512 + channel * 64 + pixel]);
    }
}
