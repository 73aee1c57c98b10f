// Eight elements of four bytes are a block.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16>,
    scales: VecTile<'k, f32, 8, 8>,
    y: VecTile<'k, f32, 8, 16>,
}

#[kernel]
fn scaled<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    scales: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TRowExpandMul>();
    let scales = tload(ub.scales, &scales.tile(0, 0)).record::<TRowExpandMul>();
    let y = trowexpandmul_blocks(ub.y, &x, &scales).record::<TStoreVec>();
    Ub::retire(UbTokens { x, scales, y: tstore(&out.tile(0, 0), y) })
}

fn main() {
    let (x, scales, mut y) = ([3.0; 128], [0.5; 64], [0.0; 128]);
    let of_x = GlobalTensor::new(&x, &[8, 16]).expect("a shape");
    let of_scales = GlobalTensor::new(&scales, &[8, 8]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[8, 16]).expect("a shape");
    Pipelined::new().launch(&scaled, 1, (of_x.whole(), of_scales.whole(), out.whole())).expect("it runs");
    assert_eq!(y, [1.5; 128]);
}
