// An op gets an event of the host, and a stream one of a kernel: two things of one name.
use tilesync::prelude::*;
use tilesync::runtime::{self, Device, Stream};

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let loaded = runtime::Event::builder().build();
    let a = tload(ub.a, &x.tile(0, 0)).record::<TMulS>();
    Stream::new(Device::current()).wait(&a).expect("a stream");
    let b = tmuls(ub.b, &loaded, 2.0).record::<TStoreVec>();
    Ub::retire(UbTokens { a, b: tstore(&out.tile(0, 0), b) })
}

fn main() {}
