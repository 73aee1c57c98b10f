// Without values the device writes indices of 32 bits.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 16, 16>,
    tmp: VecTile<'k, f32, 16, 16>,
    at: VecCol<'k, i16, 16>,
}

#[kernel]
fn find<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>) -> Retired<Ub<'k>> {
    let e0 = tload(ub.a, &x.tile(0, 0)).record::<TRowArgMax>();
    let mut tmp = ub.tmp.on::<Vector>();
    let at = trowargmax(ub.at, &e0, &mut tmp);
    Ub::retire(UbTokens { a: e0, tmp, at })
}

fn main() {}
