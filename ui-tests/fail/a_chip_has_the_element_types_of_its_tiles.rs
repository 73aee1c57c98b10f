// Floats of eight bits are for a5.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 32>,
    y: VecTile<'k, F8E4M3, 8, 32>,
}

fn main() {}
