// An op gets the event that another op made, and a stream one of the host.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;
use tilesync::runtime::{self, Device, Stream};

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TMulS>();
    let b = tmuls(ub.b, &a, 2.0).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b) })
}

fn main() {
    let launched = runtime::Event::builder().build();
    let [first, second] = [(); 2].map(|()| Stream::new(Device::current()));
    launched.record_on(&first).expect("a stream");
    second.wait(&launched).expect("a stream");
    verify::one_input(&double, 1, |x| 2.0 * x);
}
