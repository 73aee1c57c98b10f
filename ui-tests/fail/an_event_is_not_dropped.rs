// The event goes out of scope: its flag stays raised, and the next kernel's wait would pass at once.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn load<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    {
        let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    }
    Ub::retire(UbTokens { b: tload(ub.b, &x.tile(0, 0)) })
}

fn main() {}
