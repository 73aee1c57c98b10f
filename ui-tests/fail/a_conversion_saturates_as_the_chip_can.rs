// On a2a3 f32 to i32 saturates, whatever the mode.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16, Full>,
    y: VecTile<'k, i32, 8, 16, Full>,
}

#[kernel]
fn convert<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, i32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TCvt>();
    let converted = tcvt_with(ub.y, &x, RoundMode::Rint, SaturationMode::Off).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&y.tile(0, 0), converted) })
}

fn main() {}
