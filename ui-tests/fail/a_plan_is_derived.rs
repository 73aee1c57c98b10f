// A struct of tiles that nobody has placed on the chip.
use tilesync::prelude::*;

struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    todo!()
}

fn main() {}
