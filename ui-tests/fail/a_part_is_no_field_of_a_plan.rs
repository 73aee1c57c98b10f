// A part without its whole: it would lie in the bytes of another tile.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecPart<'k, f32, 8, 8, [Cols<8>; 2], 8, 16>,
}

fn main() {}
