// Sixteen messages under way are more than a flag can count.
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
struct Links<'k, R> {
    xs: V2C<'k, R, usize, f32, 16, 8, 16>,
}

fn main() {}
