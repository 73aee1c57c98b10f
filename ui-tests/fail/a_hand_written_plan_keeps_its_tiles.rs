// This plan drops its second tile: a kernel could leave a flag of it raised. It can be written, but no kernel can return it.
use tilesync::prelude::*;
use tilesync::tile::plan::{Brand, Branded};

struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

impl<'k> Branded for Ub<'k> {
    type Brand = Brand<'k>;
}

impl<'k> Buffers<'k> for Ub<'k> {
    type At<'j> = Ub<'j>;
    type Parts = (VecTile<'k, f32, 8, 8>, VecTile<'k, f32, 8, 8>);
    const NAMES: &'static [&'static str] = &["a", "b"];

    fn assemble((a, _): Self::Parts) -> Self {
        Ub { a }
    }
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    Retired::plan(tstore(&out.tile(0, 0), e).retire())
}

fn main() {}
