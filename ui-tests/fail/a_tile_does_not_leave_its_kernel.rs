// A tile is put aside for a later kernel: its buffer is another's by then, and its flag is gone.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}
thread_local! {
    static ASIDE: std::cell::RefCell<Option<VecTile<'static, f32, 8, 8>>> = const { std::cell::RefCell::new(None) };
}

#[kernel]
fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, out: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let e = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
    ASIDE.set(Some(ub.b));
    let b = ASIDE.take().expect("put there");
    Ub::retire(UbTokens { a: tstore(&out.tile(0, 0), e), b })
}

fn main() {}
