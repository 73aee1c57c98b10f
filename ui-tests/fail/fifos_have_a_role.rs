// The struct does not say whose ends they are.
use tilesync::prelude::*;

#[derive(Buffers)]
struct L1<'k> {
    x: MatTile<'k, f32, 16, 8, Full, RowMajor>,
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[derive(Fifos)]
struct Links<'k> {
    xs: V2C<'k, OnCube, usize, f32, 16, 8, 2>,
}

fn main() {}
