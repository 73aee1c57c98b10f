// One branch leaves the event behind: for odd blocks the flag stays raised.
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
    let stored;
    if core.block_idx().is_multiple_of(2) {
        stored = tstore(&out.tile(0, 0), e);
    }
    Ub::retire(UbTokens { a: stored })
}

fn main() {}
