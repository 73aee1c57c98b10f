// A type of one's own as an operand: TMUL would read a tile whose event was recorded for TADD, without a wait of its own.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

struct Copied<'a, 'k>(&'a Event<TLoad, TAdd, Live<VecTile<'k, f32, 8, 8>>>);

impl<'k> tilesync::event::OfTile<'k> for Copied<'_, 'k> {
    type Tile = VecTile<'k, f32, 8, 8>;
    type Stored<O> = ();
    type Precision = tilesync::op::precision::Usual;
}

impl<'k> tilesync::event::Read<'k, TMul> for Copied<'_, 'k> {
    fn data_of(&self, inner: tilesync::sealed::NotForKernels) -> &Self::Tile {
        tilesync::event::Read::<TAdd>::data_of(self.0, inner)
    }
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let square = tmul(ub.b, &Copied(&e), &Copied(&e)).record::<TStoreVec>();
    Ub::retire(UbTokens { a: e, b: tstore(&out.tile(0, 0), square) })
}

fn main() {}
