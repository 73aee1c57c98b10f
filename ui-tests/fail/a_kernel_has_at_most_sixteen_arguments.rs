// One argument more than a kernel takes.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn many<'k>(ub: Ub<'k>, n0: u32, n1: u32, n2: u32, n3: u32, n4: u32, n5: u32, n6: u32, n7: u32, n8: u32, n9: u32, n10: u32, n11: u32, n12: u32, n13: u32, n14: u32, n15: u32, n16: u32) -> Retired<Ub<'k>> {
    Ub::retire(UbTokens { a: ub.a })
}

fn main() {}
