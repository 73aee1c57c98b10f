// Tiles are known by numbers of 16 bits: 65,792 of them would share some.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    many: [[VecTile<'k, u8, 1, 32>; 256]; 257],
    x: VecTile<'k, u8, 1, 32>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, u8>, out: GlobalOut<'k, u8>) -> Retired<Ub<'k>> {
    let e = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { many: ub.many, x: tstore(&out.tile(0, 0), e) })
}

fn main() {}
