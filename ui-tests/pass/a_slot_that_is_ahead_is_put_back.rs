// After the loop the last slot is stored and put back, if there was a turn at all.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    ring: [VecTile<'k, f32, 8, 8>; 2],
}

type Slot<'k> = Event<TStoreVec, TLoad, VecTile<'k, f32, 8, 8>>;
type Loaded<'k> = Event<TLoad, TStoreVec, Live<VecTile<'k, f32, 8, 8>>>;

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let ring = ub.ring.map(|tile| tile.prime());
    let mut state: Turn<[Slot<'k>; 2], ([Slot<'k>; 1], Loaded<'k>)> = Turn::First(ring);
    for i in 0..4 {
        let ring = match state {
            Turn::First(ring) => ring,
            Turn::Later((open, before)) => {
                open.put(tstore(&out.tile(i - 1, 0), before).release())
            }
        };
        let (slot, open) = ring.take();
        state = Turn::Later((open, tload(slot, &x.tile(i, 0)).record()));
    }
    Ub::retire(UbTokens { ring: match state { Turn::First(ring) => ring, Turn::Later((open, last)) => open.put(tstore(&out.tile(3, 0), last).release()), } })
}

fn main() {
    verify::one_input(&copy, 4, |x| x);
}
