// The bits of an f32 as a u32.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, 64>,
    y: VecTile<'k, u32, 1, 32>,
}

#[kernel]
fn take<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, u32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TGather>();
    let y = tgather_mask(ub.y, &x, MaskPattern::P1010, Axis::Row).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&out.tile(0, 0), y) })
}

fn main() {
    let x: Vec<f32> = (0..64).map(|x| x as f32).collect();
    let mut out = [0_u32; 32];
    let input = GlobalTensor::<f32>::new(&x, &[1, 64]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut out, &[1, 32]).expect("a shape");
    Eager::new().launch(&take, 1, (input.whole(), output.whole())).expect("runs");
    assert_eq!(out[2], 5.0_f32.to_bits());
}
