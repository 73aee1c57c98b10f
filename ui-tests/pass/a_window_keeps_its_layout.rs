// The window stays in rows, and TMOV cuts it up.
use tilesync::prelude::*;
use tilesync::tile::space;

#[derive(Buffers)]
struct Ub<'k> {
    rows: VecTile<'k, f32, 32, 32, Full, A5>,
    part: VecTile<'k, f32, 16, 16, Full, A5>,
    fractals: Tile<'k, space::Vec, f32, 16, 16, Nz, Full, A5>,
}

#[kernel]
fn window<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32, Nz>,
) -> Retired<Ub<'k>> {
    let rows = tload(ub.rows, &x.tile(0, 0)).record::<Vector>();
    let part = textract(ub.part, &rows, 8, 8);
    let fractals = tmov(ub.fractals, &part).record::<TStoreVec>();
    let fractals = tstore(&y.tile(0, 0), fractals);
    Ub::retire(UbTokens { rows, part, fractals })
}

fn main() {
    let x: [f32; 1024] = std::array::from_fn(|i| i as f32);
    let mut y = [0.0; 256];
    let x = GlobalTensor::new(&x, &[32, 32]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[1, 2, 1, 16, 8]).expect("a shape");
    Eager::new().launch(&window, 1, (x.whole(), out.whole())).expect("runs");
    assert_eq!((y[0], y[8], y[128]), (264.0, 296.0, 272.0));
}
