// A second thread stores while the kernel's own goes on: nobody could say which op was issued first.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    let stored = std::thread::scope(|scope| {
        let other = scope.spawn(move || tstore(&out.tile(0, 0), e));
        other.join().expect("it does not panic")
    });
    Ub::retire(UbTokens { a: stored })
}

fn main() {}
