//! Typed kernels whose recorded programs the tests take apart.
#![allow(dead_code, reason = "each test uses some of them")]

use tilesync::prelude::*;
use tilesync::program::Program;

const N: usize = 8;
type Vt<'k> = VecTile<'k, f32, N, N>;

#[derive(Buffers)]
struct Three<'k> {
    a: Vt<'k>,
    b: Vt<'k>,
    c: Vt<'k>,
}

#[kernel]
fn vec_add<'k>(
    ub: Three<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Three<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let c = tadd(ub.c, &a, &b).record::<TStoreVec>();
    Three::retire(ThreeTokens { a, b, c: tstore(&z.tile(0, 0), c) })
}

#[kernel]
fn joined<'k>(
    ub: Three<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Three<'k>> {
    let a = tload(ub.a, &x.tile(0, 0));
    let (a, b) = a.join(tload(ub.b, &y.tile(0, 0))).record::<Vector>().split();
    let c = tadd(ub.c, &a, &b);
    let c = tmul_assign(c, &b).record::<TStoreVec>();
    Three::retire(ThreeTokens { a, b, c: tstore(&z.tile(0, 0), c) })
}

#[derive(Buffers)]
struct PingPong<'k> {
    x: [Vt<'k>; 2],
    y: [Vt<'k>; 2],
}

#[kernel]
fn double_buffer<'k>(
    ub: PingPong<'k>,
    x: GlobalIn<'k, f32>,
    _: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<PingPong<'k>> {
    let mut free_x = ub.x.map(|tile| tile.prime::<TMul, TLoad>());
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, TMul>());
    for i in 0..x.rows() / N {
        let [x_now, x_next] = free_x;
        let [y_now, y_next] = free_y;
        let loaded = tload(x_now, &x.tile(i, 0)).record::<TMul>();
        let squared = tmul(y_now, &loaded, &loaded).record::<TStoreVec>();
        let stored = tstore(&y.tile(i, 0), squared);
        free_x = [x_next, loaded.release::<TLoad>()];
        free_y = [y_next, stored.release::<TMul>()];
    }
    PingPong::retire(PingPongTokens { x: free_x, y: free_y })
}

#[derive(Buffers)]
struct Two<'k> {
    x: Vt<'k>,
    square: Vt<'k>,
}

#[kernel]
fn shared_read<'k>(
    ub: Two<'k>,
    x: GlobalIn<'k, f32>,
    _: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Two<'k>> {
    let half = y.rows() / N / 2;
    let mut free_x = ub.x.prime::<(TMul, TStoreVec), TLoad>();
    let mut free_square = ub.square.prime::<TStoreVec, TMul>();
    for i in 0..half {
        let both = tload(free_x, &x.tile(i, 0)).share::<TMul, TStoreVec>();
        let product = tmul(free_square, &both.first(), &both.first()).record::<TStoreVec>();
        tstore(&y.tile(i, 0), both.second());
        free_x = both.unite::<TLoad>();
        free_square = tstore(&y.tile(half + i, 0), product).release::<TMul>();
    }
    Two::retire(TwoTokens { x: free_x, square: free_square })
}

#[derive(Buffers)]
struct One<'k> {
    x: Vt<'k>,
}

#[kernel]
fn scaled<'k>(
    ub: One<'k>,
    x: GlobalIn<'k, f32>,
    _: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<One<'k>> {
    let read = tload(ub.x, &x.tile(0, 0)).record::<Scalar>().wait();
    let factor = read.get(0, 0) + 1.0;
    let done = tmuls_assign(read.record::<TMulS>(), factor).record::<TStoreVec>();
    One::retire(OneTokens { x: tstore(&y.tile(0, 0), done) })
}

#[derive(Buffers)]
struct Slots<'k> {
    pairs: [(Vt<'k>, Vt<'k>); 3],
    sum: Vt<'k>,
}

#[kernel]
fn in_turn<'k>(
    ub: Slots<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Slots<'k>> {
    let mut ring = ub.pairs.map(|slot| slot.prime::<TAdd, TLoad>());
    let mut sum = Turn::First(ub.sum);
    for i in 0..x.rows() / N {
        let (slot, open) = ring.take();
        let (x_slot, y_slot) = slot.split();
        let loaded = tload(x_slot, &x.tile(i, 0)).join(tload(y_slot, &y.tile(i, 0)));
        let (x_now, y_now) = loaded.record::<TAdd>().split();
        let added = tadd(sum, &x_now, &y_now).record::<TStoreVec>();
        sum = Turn::Later(tstore(&z.tile(i, 0), added).release::<TAdd>());
        ring = open.put(x_now.join(y_now).release::<TLoad>());
    }
    Slots::retire(SlotsTokens { pairs: ring, sum })
}

/// What one block of `kernel` issues for tensors of `tiles` tiles.
pub(crate) fn recorded<K>(kernel: &K, tiles: usize) -> Program
where
    K: for<'h> Kernel<
        Args = (GlobalIn<'static, f32>, GlobalIn<'static, f32>, GlobalOut<'static, f32>),
    >,
{
    let shape = [tiles * N, N];
    let input = vec![1.0; shape[0] * shape[1]];
    let mut output = vec![0.0; input.len()];
    let x = GlobalTensor::new(&input, &shape).expect("the shape fits");
    let mut z = GlobalTensorMut::new(&mut output, &shape).expect("the shape fits");
    let args = (x.whole(), x.whole(), z.parts(shape[0], N).expect("one part"));
    Pipelined::new().launch(kernel, 1, args).expect("the kernel runs").program
}

/// The recorded programs, each with its kernel's name.
pub(crate) fn programs() -> Vec<(&'static str, Program)> {
    vec![
        ("vec_add", recorded(&vec_add, 1)),
        ("joined", recorded(&joined, 1)),
        ("double_buffer", recorded(&double_buffer, 4)),
        ("shared_read", recorded(&shared_read, 4)),
        ("scaled", recorded(&scaled, 1)),
        ("in_turn", recorded(&in_turn, 4)),
    ]
}
