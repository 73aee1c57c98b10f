// Six FIFOs take twelve cross-core flags; the library keeps five of the sixteen.
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
    a: V2C<'k, R, usize, f32, 16, 8, 2>,
    b: V2C<'k, R, usize, f32, 16, 8, 2>,
    c: V2C<'k, R, usize, f32, 16, 8, 2>,
    d: V2C<'k, R, usize, f32, 16, 8, 2>,
    e: V2C<'k, R, usize, f32, 16, 8, 2>,
}

fn main() {}
