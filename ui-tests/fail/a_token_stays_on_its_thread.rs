// A second thread issues an op of this kernel: the order in which a core's ops are issued would be left to chance.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}
#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = std::thread::scope(|threads| {
        let load = threads.spawn(|| tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>());
        load.join().expect("no panic")
    });
    Ub::retire(tstore(&out.tile(0, 0), e))
}

fn main() {}
