// The data is given up by name; then the tile is scratch.
#[path = "../verify.rs"]
mod verify;

use tilesync::event::Scratch;
use tilesync::prelude::*;

/// A vector op that needs room: it doubles `dst`.
fn double_with<'k, T>(
    dst: Event<TLoad, TAdd, Live<VecTile<'k, f32, 8, 8>>>,
    src: &Event<TLoad, TAdd, Live<VecTile<'k, f32, 8, 8>>>,
    _: &mut T,
) -> RecordEvent<TAdd, Live<VecTile<'k, f32, 8, 8>>>
where
    T: Scratch<'k, TAdd>,
{
    tadd_assign(dst, src)
}

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
    c: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let mut c = tadd(ub.c, &a, &b).discard();
    let sum = double_with(a, &b, &mut c).record::<TStoreVec>();
    Ub::retire(tstore(&out.tile(0, 0), sum), b, c)
}

fn main() {
    verify::two_inputs(&add, 1, |x, y| x + y);
}
