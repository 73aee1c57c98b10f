// Each slot is put into the ring that it was taken from.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: [VecTile<'k, f32, 8, 8>; 2],
    y: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn square<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut x_ring = ub.x.map(|tile| tile.prime::<TMul, TLoad>());
    let mut y_ring = ub.y.map(|tile| tile.prime::<TStoreVec, TMul>());
    for i in 0..4 {
        let (x_slot, x_open) = x_ring.take();
        let (y_slot, y_open) = y_ring.take();
        let loaded = tload(x_slot, &x.tile(i, 0)).record::<TMul>();
        let squared = tmul(y_slot, &loaded, &loaded).record::<TStoreVec>();
        let stored = tstore(&out.tile(i, 0), squared);
        x_ring = x_open.put(loaded.release::<TLoad>());
        y_ring = y_open.put(stored.release::<TMul>());
    }
    Ub::retire(UbTokens { x: x_ring, y: y_ring })
}

fn main() {
    verify::one_input(&square, 4, |x| x * x);
}
