//! What one token carries: several tiles, two readers, windows, a tile that is changed in place, a tile under two types.

use tilesync::op::Pipe::{M, Mte1, Mte2, Mte3, V};
use tilesync::prelude::*;
use tilesync::program::InstrKind;

use super::schedules::{everywhere, flags, launch, stores, turns};

type Vt<'k> = VecTile<'k, f32, 8, 8>;
type In<'k> = GlobalIn<'k, f32>;
type To<'k> = GlobalOut<'k, f32>;

#[derive(Buffers)]
struct Scaled<'k> {
    data: [Vt<'k>; 2],
    scale: Vt<'k>,
    out: Vt<'k>,
}

/// What may pass between the two ops is in the types of both functions; so is the buffer.
fn load<'k>(free: Vt<'k>, x: &In<'k>, at: usize) -> Event<TLoad, TMul, Live<Vt<'k>>> {
    tload(free, &x.tile(at, 0)).record()
}

fn square<'k>(
    out: Vt<'k>,
    x: &Event<TLoad, TMul, Live<Vt<'k>>>,
) -> Event<TMul, TStoreVec, Live<Vt<'k>>> {
    tmul(out, x, x).record()
}

#[kernel]
fn squared<'k>(ub: Scaled<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Scaled<'k>> {
    let loaded = load(ub.scale, &x, turns - 1);
    let out = tstore(&y.tile(0, 0), square(ub.out, &loaded));
    Scaled::retire(ScaledTokens { data: ub.data, scale: loaded, out })
}

#[test]
fn a_token_names_its_two_ops_and_owns_its_buffer() {
    let (y, program) = turns(&squared, 1, 1);
    assert!(stores(&y, 1, |x| x * x));
    let set = flags(&program);
    assert_eq!((set(Mte2, V), set(V, Mte3)), (1, 1));
}

/// A scale for each two tiles of data. V is in order, so the flag that hands the second tile back hands the scale back too.
#[kernel]
fn scaled<'k>(ub: Scaled<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Scaled<'k>> {
    let mut data = ub.data.map(|tile| tile.prime::<TMul, TLoad>());
    let mut scale = Turn::First(ub.scale);
    let mut out = ub.out.prime::<TStoreVec, TMul>();
    for i in (0..turns).step_by(2) {
        let (a, open) = data.take();
        let (b, open) = open.take();
        let loaded = tload(scale, &x.tile(i, 0)).record::<TMul>();
        let a = tload(a, &x.tile(i, 0)).record::<TMul>();
        let b = tload(b, &x.tile(i + 1, 0)).record::<TMul>();

        let product = tmul(out, &a, &loaded).record::<TStoreVec>();
        out = tstore(&y.tile(i, 0), product).release();
        let open = open.put(a.release());
        let product = tmul(out, &b, &loaded).record::<TStoreVec>();
        out = tstore(&y.tile(i + 1, 0), product).release();
        let (b, free) = b.join(loaded).release::<TLoad>().split();
        data = open.put(b);
        scale = Turn::Later(free);
    }
    Scaled::retire(ScaledTokens { data, scale, out })
}

#[test]
fn one_flag_hands_several_buffers_back() {
    for count in [0, 2, 4] {
        let (y, program) = turns(&scaled, count, 4);
        for (i, y) in y[..count * 64].iter().enumerate() {
            let (x, scale) = (i as f32 / 64.0, (i / 128 * 128 + i % 64) as f32 / 64.0);
            assert_eq!(*y, x * scale);
        }
        // One a tile of data; the scale needs none of its own.
        assert_eq!(flags(&program)(V, Mte2), 2 + count);
    }
}

#[derive(Buffers)]
struct Parts<'k> {
    parts: [[Vt<'k>; 3]; 2],
    sum: Vt<'k>,
}

/// A slot of three tiles: three loads, one flag there, one back.
#[kernel]
fn in_parts<'k>(ub: Parts<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Parts<'k>> {
    let mut ring = ub.parts.map(|slot| slot.prime::<Vector, TLoad>());
    let mut sum = Turn::First(ub.sum);
    for i in 0..turns {
        let (slot, open) = ring.take();
        let loads = slot.split().map(|part| tload(part, &x.tile(i, 0)));
        let parts = RecordEvent::all(loads).record::<Vector>().split();
        let [a, b, c] = &parts;
        let added = tadd_assign(tadd(sum, a, b), c).record::<TStoreVec>();
        sum = Turn::Later(tstore(&y.tile(i, 0), added).release::<TAdd>());
        ring = open.put(Event::all(parts).release());
    }
    Parts::retire(PartsTokens { parts: ring, sum })
}

#[test]
fn one_flag_covers_the_parts_of_a_buffer() {
    for count in [0, 1, 3] {
        let (y, program) = turns(&in_parts, count, 3);
        assert!(stores(&y, count, |x| 3.0 * x));
        let set = flags(&program);
        assert_eq!((set(Mte2, V), set(V, Mte2)), (count, 2 + count));
    }
}

#[derive(Buffers)]
struct Shares<'k> {
    x: Vt<'k>,
    square: Vt<'k>,
}

/// Stores each tile and its square: two pipes read the loaded tile at once, and the next load waits for both.
#[kernel]
fn copied_and_squared<'k>(
    ub: Shares<'k>,
    x: In<'k>,
    y: To<'k>,
    turns: usize,
) -> Retired<Shares<'k>> {
    let mut free_x = ub.x.prime::<(TMul, TStoreVec), TLoad>();
    let mut free = ub.square.prime::<TStoreVec, TMul>();
    for i in 0..turns {
        let both = tload(free_x, &x.tile(i, 0)).share::<TMul, TStoreVec>();
        let square = tmul(free, &both.first(), &both.first()).record::<TStoreVec>();
        tstore(&y.tile(2 * i, 0), both.second());
        free_x = both.unite();
        free = tstore(&y.tile(2 * i + 1, 0), square).release();
    }
    Shares::retire(SharesTokens { x: free_x, square: free })
}

#[test]
fn two_readers_hand_a_tile_back_with_a_flag_each() {
    for count in [0, 1, 3] {
        let (y, program) = turns(&copied_and_squared, count, 6);
        for (i, pair) in y[..count * 128].chunks(128).enumerate() {
            for (e, (x, square)) in pair[..64].iter().zip(&pair[64..]).enumerate() {
                assert_eq!(*x, i as f32 + e as f32 / 64.0);
                assert_eq!(*square, x * x);
            }
        }
        let set = flags(&program);
        assert_eq!((set(V, Mte2), set(Mte3, Mte2)), (1 + count, 1 + count));
    }
}

/// In place, over and over: no flag, and on a2a3 a barrier between ops that need each other's result.
#[kernel]
fn in_place<'k>(ub: Shares<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Shares<'k>> {
    let loaded = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut acc = texpands(ub.square, 1.0).on::<Vector>();
    for _ in 0..turns {
        acc = tadd_assign(tmuls_assign(acc, 0.5), &loaded).on::<Vector>();
    }
    Shares::retire(SharesTokens {
        x: loaded,
        square: tstore(&y.tile(0, 0), acc.record::<TStoreVec>()),
    })
}

#[test]
fn a_tile_is_changed_in_place_with_barriers_and_without_flags() {
    let (y, program) = turns(&in_place, 3, 1);
    assert!(stores(&y, 1, |x| 0.125 + 1.75 * x));
    let set = flags(&program);
    assert_eq!((set(Mte2, V), set(V, Mte3)), (1, 1));
    let barriers = program.instrs.iter().filter(|i| matches!(i.kind, InstrKind::Barrier)).count();
    assert_eq!(barriers, 6, "each of the six ops in the loop needs the one before it");
}

/// One buffer under two types: there is one token, so the two never meet.
#[kernel]
fn aliased<'k>(ub: Shares<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Shares<'k>> {
    let mut free = ub.x.prime::<TStoreVec, TLoad>();
    for i in 0..turns {
        let wide = tload(free, &x.tile(i, 0)).record::<Vector>().wait();
        let flat = tneg_assign(wide.treshape::<f32, 1, 64, RowMajor>());
        let wide = flat.treshape::<f32, 8, 8, RowMajor>().record::<TStoreVec>();
        free = tstore(&y.tile(i, 0), wide).release();
    }
    Shares::retire(SharesTokens { x: free, square: ub.square })
}

#[test]
fn two_buffers_in_one_place_share_one_token() {
    for count in [0, 1, 3] {
        let (y, program) = turns(&aliased, count, 3);
        assert!(stores(&y, count, |x| -x));
        assert_eq!(flags(&program)(Mte3, Mte2), 1 + count);
    }
}

#[derive(Buffers)]
struct Matrix<'k> {
    panel: MatTile<'k, f32, 16, 64>,
    factor: MatTile<'k, f32, 16, 16>,
    l0: [(LeftTile<'k, f32, 16, 16>, RightTile<'k, f32, 16, 16>); 2],
    acc: AccTile<'k, f32, 16, 16>,
}

/// Four windows of one loaded panel: one flag there, one back, and nothing in between.
#[kernel]
fn windows<'k>(
    tiles: Matrix<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32>,
    c: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Matrix<'k>> {
    let panel = tload(tiles.panel, &a.tile(0, 0)).record::<TExtractM2LR>();
    let factor = tload(tiles.factor, &b.tile(0, 0)).record::<TExtractM2LR>();
    let mut l0 = tiles.l0.map(|slot| slot.prime::<TMatmul, TExtractM2LR>());
    let mut sum = Turn::First(tiles.acc);
    for step in 0..4 {
        let (slot, open) = l0.take();
        let (left, right) = slot.split();
        let left = textract(left, &panel, 0, 16 * step);
        let right = textract(right, &factor, 0, 0);
        let (left, right) = left.join(right).record::<TMatmul>().split();
        sum = Turn::Later(match sum {
            Turn::First(acc) => tmatmul(acc, &left, &right),
            Turn::Later(sum) => tmatmul_acc(sum, &left, &right),
        });
        l0 = open.put(left.join(right).release());
    }
    match sum {
        Turn::First(acc) => Matrix::retire(MatrixTokens { panel, factor, l0, acc }),
        Turn::Later(sum) => {
            let acc = tstore(&c.tile(0, 0), sum.record::<TStoreAcc>());
            Matrix::retire(MatrixTokens { panel, factor, l0, acc })
        }
    }
}

#[test]
fn windows_of_a_tile_are_read_under_its_one_token() {
    let a: Vec<f32> = (0..16 * 64).map(|i| (i % 13) as f32 - 6.0).collect();
    let b: Vec<f32> = (0..256).map(|i| (i % 7) as f32 - 3.0).collect();
    let (left, right) = (GlobalTensor::new(&a, &[16, 64]), GlobalTensor::new(&b, &[16, 16]));
    let (left, right) = (left.expect("a shape"), right.expect("a shape"));
    let (c, program) = everywhere(256, |out, order| {
        let mut out = GlobalTensorMut::new(out, &[16, 16]).expect("a shape");
        launch(&windows, (left.whole(), right.whole(), out.whole()), order)
    });
    for (at, c) in c.iter().enumerate() {
        let (row, col) = (at / 16, at % 16);
        let terms = (0..64).map(|k| a[row * 64 + k] * b[k % 16 * 16 + col]);
        assert_eq!(*c, terms.sum::<f32>());
    }
    let set = flags(&program);
    assert_eq!((set(Mte2, Mte1), set(Mte1, M), set(M, Mte1)), (2, 4, 2 + 4));
}
