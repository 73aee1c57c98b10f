// As many places as elements.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 64>,
    least: VecCol<'k, u32, 8>,
    tmp: VecTile<'k, u8, 1, 2560>,
    places: VecTile<'k, u32, 8, 64>,
    counts: VecCol<'k, u32, 8>,
}

#[kernel]
fn large<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    out: GlobalOut<'k, u32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let least = texpands(ub.least, 60);
    let mut tmp = ub.tmp.on::<Vector>();
    let (places, counts) = tgather_gt(ub.places, ub.counts, &x, &least, &mut tmp, 0).split();
    let places = tstore(&out.tile(0, 0), places.record::<TStoreVec>());
    Ub::retire(UbTokens { x, least, tmp, places, counts })
}

fn main() {
    let x: Vec<f32> = (0..512).map(|at| (at % 64) as f32).collect();
    let mut out = [7; 512];
    let x = GlobalTensor::<f32>::new(&x, &[8, 64]).expect("a shape");
    let mut y = GlobalTensorMut::new(&mut out, &[8, 64]).expect("a shape");
    Eager::new().launch(&large, 1, (x.whole(), y.whole())).expect("runs");
    assert_eq!(out[64..69], [125, 126, 127, 0, 0]);
}
