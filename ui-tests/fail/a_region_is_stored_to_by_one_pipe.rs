// A region that MTE3 stores to, on the pipe of the accumulators: stores of two pipes would race.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalInOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = x.on::<TStoreAcc>();
    let _ = x.tile(0, 0);
    Ub::retire(UbTokens { a: ub.a })
}

fn main() {}
