// A slot that was loaded ahead is still out when the loop ends: its tile is never stored, and its flag stays raised.
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
    Ub::retire(UbTokens { ring: state })
}

fn main() {}
