// Two phases see elements of two types in one tensor.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[derive(Buffers)]
struct Whole<'k> {
    x: VecTile<'k, i32, 8, 8>,
}

struct Swap;

#[phases]
impl Swap {
    fn store<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }

    fn load<'k>(ub: Whole<'k>, seen: GlobalIn<'k, i32>, y: GlobalOut<'k, i32>) -> Retired<Whole<'k>> {
        let x = tload(ub.x, &seen.tile(1 - y.part().0, 0)).record::<TStoreVec>();
        Whole::retire(WholeTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn main() {}
