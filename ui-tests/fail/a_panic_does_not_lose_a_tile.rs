// The closure may panic after it took the tile: the flag stays raised, and there is no tile to return.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let load = std::panic::AssertUnwindSafe(|| tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>());
    match std::panic::catch_unwind(load) {
        Ok(e) => Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) }),
        Err(_) => Ub::retire(UbTokens { a: ub.a }),
    }
}

fn main() {}
