// Both branches end in the same state of the tile.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(
    core: Core<'k>,
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    if core.block_idx().is_multiple_of(2) {
        Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
    } else {
        let again = e.release::<TLoad>();
        let e = tload(again, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e) })
    }
}

fn main() {
    verify::one_input(&copy, 1, |x| x);
}
