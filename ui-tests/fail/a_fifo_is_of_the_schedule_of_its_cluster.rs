// Two schedules in one cluster: their steps are of different types.
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
    xs: V2C<'k, R, usize, f32, 16, 8, 2>,
    ys: V2C<'k, R, &'static str, f32, 16, 8, 2>,
}

fn main() {}
