// A load of what was just stored, with no flag from MTE3 to MTE2: it may run before the store.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn twice<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, workspace: GlobalInOut<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let workspace = workspace.on::<TStoreVec>();
    let a = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = tstore(&workspace.tile(0, 0), a);
    let again = tload(ub.b, &workspace.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: stored, b: tstore(&out.tile(0, 0), again) })
}

fn main() {}
