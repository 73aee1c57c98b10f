// A struct of arguments that poses as an op of the vector pipe, and lets the store use what was recorded for it: the store on MTE3 would
// not wait for the load.
use tilesync::op::pipe::PipeV;
use tilesync::op::{Includes, Op, OpCode};
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[derive(Args)]
struct Posing<'k> {
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
}

impl Op for Posing<'static> {
    const CODE: OpCode = OpCode::TADD;
    type Pipe = PipeV;
}

impl Includes<TStoreVec> for Posing<'static> {}

#[kernel]
fn copy<'k>(ub: Ub<'k>, args: Posing<'k>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &args.x.tile(0, 0)).record::<Posing<'static>>();
    Ub::retire(UbTokens { a: tstore(&args.y.tile(0, 0), a) })
}

fn main() {}
