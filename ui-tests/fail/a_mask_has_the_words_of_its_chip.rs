// On a5 a mask is made of words of four bytes.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8, Full, A5>,
    mask: VecTile<'k, u8, 8, 32, Full, A5>,
}

#[kernel]
fn positive<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mask = tcmps(ub.mask, &x, 0.0, CmpMode::Gt);
    let x = tstore(&out.tile(0, 0), x.wait().record::<TStoreVec>());
    Ub::retire(UbTokens { x, mask })
}

fn main() {}
