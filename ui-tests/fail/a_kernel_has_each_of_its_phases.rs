// By hand: three phases are promised, and there are two.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

use tilesync::exec::{Phase, Phased, Phases, PlanAt};
use tilesync::global::Elsewhere;

struct Swap;

impl Phased for Swap {
    type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>, GlobalOut<'static, f32>);
    type Phases = Phases<3>;
}

impl Phase<0> for Swap {
    type Plan = Ub<'static>;
    type Views = (GlobalIn<'static, f32>, GlobalOut<'static, f32>, Elsewhere<GlobalOut<'static, f32>>);

    fn run<'k>(
        &self,
        _: Core<'k>,
        ub: Ub<'k>,
        (x, seen, _): (GlobalIn<'k, f32>, GlobalOut<'k, f32>, Elsewhere<GlobalOut<'static, f32>>),
    ) -> Retired<PlanAt<'k, Ub<'static>>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }
}

impl Phase<1> for Swap {
    type Plan = Ub<'static>;
    type Views = (Elsewhere<GlobalIn<'static, f32>>, GlobalIn<'static, f32>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        _: Core<'k>,
        ub: Ub<'k>,
        (_, seen, y): (Elsewhere<GlobalIn<'static, f32>>, GlobalIn<'k, f32>, GlobalOut<'k, f32>),
    ) -> Retired<PlanAt<'k, Ub<'static>>> {
        let x = tload(ub.x, &seen.tile(1 - y.part().0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn main() {}
