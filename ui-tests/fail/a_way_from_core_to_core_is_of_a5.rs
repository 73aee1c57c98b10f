// On a2a3 a message goes through global memory.
use tilesync::prelude::*;

#[derive(Fifos)]
struct Links<'k, R> {
    sums: A2V<'k, R, usize, f32, 32, 32, 2, A2A3>,
}

fn main() {}
