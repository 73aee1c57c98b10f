//! Typed kernels in which the bugs of the public threads do not compile.

use tilesync::prelude::*;
use tilesync::program::Program;

type Io = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);

fn recorded<K: Kernel<Args = Io>>(kernel: &K) -> Program {
    let x = vec![1.0; 4 * 64];
    let mut y = vec![0.0; 4 * 64];
    let input = GlobalTensor::new(&x, &[32, 8]).expect("the shape fits");
    let mut output = GlobalTensorMut::new(&mut y, &[32, 8]).expect("the shape fits");
    let args = (input.whole(), output.whole());
    Pipelined::new().launch(kernel, 1, args).expect("the kernel runs").program
}

#[derive(Buffers)]
struct PingPong<'k> {
    x: [VecTile<'k, f32, 8, 8>; 2],
    y: [VecTile<'k, f32, 8, 8>; 2],
}

/// Primed, handed back, drained: leave one out and it does not compile. The slot's token carries the slot's tile.
#[kernel]
fn ping_pong<'k>(
    ub: PingPong<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<PingPong<'k>> {
    let mut free_x = ub.x.map(|tile| tile.prime::<TExp, TLoad>());
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, TExp>());
    for i in 0..4 {
        let [x_now, x_next] = free_x;
        let [y_now, y_next] = free_y;
        let loaded = tload(x_now, &x.tile(i, 0)).record::<TExp>();
        let done = texp(y_now, &loaded).record::<TStoreVec>();
        let stored = tstore(&y.tile(i, 0), done);
        free_x = [x_next, loaded.release::<TLoad>()];
        free_y = [y_next, stored.release::<TExp>()];
    }
    PingPong::retire(PingPongTokens { x: free_x, y: free_y })
}

pub(crate) fn ping_pong_program() -> Program {
    recorded(&ping_pong)
}

#[derive(Buffers)]
struct Two<'k> {
    a: VecTile<'k, f32, 8, 8>,
    b: VecTile<'k, f32, 8, 8>,
}

/// The wait is the first use, wherever that is: a loop that runs zero times cannot swallow it.
#[kernel]
fn zero_trip<'k>(ub: Two<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Two<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let mut b = ub.b.on::<Vector>();
    for _ in 0..x.rows() / 64 {
        b = texp(b, &a).on::<Vector>().discard();
    }
    let b = texp(b, &a).record::<TStoreVec>();
    Two::retire(TwoTokens { a, b: tstore(&y.tile(0, 0), b) })
}

pub(crate) fn zero_trip_program() -> Program {
    recorded(&zero_trip)
}

/// The scalar read needs the tile on the scalar pipe, and only an event brings it there. The library places the barrier between
/// the two vector ops.
#[kernel]
fn scalar_read<'k>(ub: Two<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Two<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<Vector>();
    let b = texp(ub.b, &a);
    let b = texp_assign(b).record::<Scalar>().wait();
    let first = b.get(0, 0);
    let b = tmuls_assign(b.record::<TMulS>(), first).record::<TStoreVec>();
    Two::retire(TwoTokens { a, b: tstore(&y.tile(0, 0), b) })
}

pub(crate) fn scalar_read_program() -> Program {
    recorded(&scalar_read)
}
