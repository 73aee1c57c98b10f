// The device writes each place that it finds, however many: into the bytes behind a row that is too short.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 64>,
    least: VecCol<'k, u32, 8>,
    tmp: VecTile<'k, u8, 1, 2560>,
    places: VecTile<'k, u32, 8, 32>,
    counts: VecCol<'k, u32, 8>,
}

#[kernel]
fn large<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    out: GlobalOut<'k, u32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let least = texpands(ub.least, 60);
    let mut tmp = ub.tmp.on::<Vector>();
    let (places, counts) = tgather_gt(ub.places, ub.counts, &x, &least, &mut tmp, 0).split();
    let places = tstore(&out.tile(0, 0), places.record::<TStoreVec>());
    Ub::retire(UbTokens { x, least, tmp, places, counts })
}

fn main() {}
