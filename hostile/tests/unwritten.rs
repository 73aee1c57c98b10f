//! No kernel sees what it has not written: whatever lay in its tiles before, it computes the same bits.
//!
//! A launch poisons its tiles by itself, with the means of every kernel: blocks on one thread share a core's memory, which is not
//! cleared in between (a unit test of the library says so). Block 0 fills each tile with the poison, and block 1 is drawn at random.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::op::pipe::PipeFix;
use tilesync::prelude::*;
use tilesync::tile::space;
use tilesync_hostile::{cases, seed};

const N: usize = 16;
type T<'k> = VecTile<'k, f32, N, N, Dyn>;

#[derive(Buffers)]
struct Ub<'k> {
    tiles: [T<'k>; 4],
    whole: VecTile<'k, f32, N, N>,
    col: VecCol<'k, f32, N, Dyn>,
    row: VecTile<'k, f32, 1, N, Dyn>,
    tmp: T<'k>,
}

/// A tile of the vector pipe: without data, or with some.
enum Perhaps<X> {
    Blank(RecordEvent<Vector, X>),
    Written(RecordEvent<Vector, Live<X>>),
}
use Perhaps::{Blank, Written};

/// Runs `$do` with `$t` as what is overwritten.
macro_rules! overwritten {
    ($token:expr, $t:ident => $do:expr) => {
        match $token {
            Blank($t) => Written($do.on::<Vector>()),
            Written($t) => Written($do.on::<Vector>()),
        }
    };
}

/// Vector ops on regions smaller than their tiles; what has data is stored.
#[kernel]
fn vector<'k>(
    core: Core<'k>,
    ub: Ub<'k>,
    seed: u64,
    poison: GlobalIn<'k, f32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    if core.block_idx() == 0 {
        let all = poison.tile(0, 0);
        let tiles = ub.tiles.map(|tile| tload(tile, &all).record::<Vector>());
        let mut tmp = tload(ub.tmp, &all).record::<Vector>().wait().discard();
        let col = trowsum(ub.col, &tiles[0], &mut tmp);
        let row = tcolsum(ub.row, &tiles[0]);
        return Ub::retire(UbTokens { tiles, whole: tload(ub.whole, &all), col, row, tmp });
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let (rows, cols) = (random.usize(1..=N), random.usize(1..=N));
    let load =
        |tile: T<'k>, row| tload(tile, &x.at(row, 0).sized(rows, cols)).record::<Vector>().wait();
    let [a, b, c, d] = ub.tiles;
    let mut tiles = [Written(load(a, 0)), Written(load(b, 3)), Blank(c.on()), Blank(d.on())];
    let (mut whole, mut col, mut row) =
        (Blank(ub.whole.on()), Blank(ub.col.on()), Blank(ub.row.on()));
    let mut tmp = ub.tmp.on::<Vector>();
    for _ in 0..random.usize(4..24) {
        random.shuffle(&mut tiles);
        let [one, two, rest @ ..] = tiles;
        let one = match (&two, random.u8(..10)) {
            (Written(s), 0) => overwritten!(one, t => tmax(t, s, s)),
            (Written(s), 1) => overwritten!(one, t => texp(t, s)),
            (Written(s), 2) => match one {
                Written(t) => Written(tadd_assign(t, s).on()),
                blank => blank,
            },
            (Written(s), 3) => {
                col = Written(match col {
                    Blank(t) => trowmax(t, s, &mut tmp).on::<Vector>(),
                    Written(t) => trowsum(t.discard(), s, &mut tmp).on::<Vector>(),
                });
                one
            }
            (Written(s), 4) => {
                row = Written(match row {
                    Blank(t) => tcolmax(t, s).on::<Vector>(),
                    Written(t) => tcolsum(t.discard(), s).on::<Vector>(),
                });
                one
            }
            (Written(s), 5) => {
                whole = Written(match whole {
                    Blank(t) => tfillpad(t, s, Pad::Zero).on::<Vector>(),
                    Written(t) => tfillpad(t.discard(), s, Pad::Max).on::<Vector>(),
                });
                one
            }
            (_, 6) => match &col {
                Written(col) => match one {
                    Written(t) => Written(trowexpand(t.discard(), col).on()),
                    blank => blank,
                },
                Blank(_) => one,
            },
            (_, 7) => match &row {
                Written(row) => match one {
                    Written(t) => Written(tcolexpand(t.discard(), row).on()),
                    blank => blank,
                },
                Blank(_) => one,
            },
            (_, _) => match one {
                Written(t) if random.bool() => Written(tmuls_assign(t, 0.5).on()),
                Written(t) if random.u8(..4) == 0 => Blank(t.discard()),
                other => other,
            },
        };
        let [three, four] = rest;
        tiles = [one, two, three, four];
    }
    let mut at = 0;
    let mut next = || {
        at += N;
        at - N
    };
    let tiles = tiles.map(|token| match token {
        Blank(t) => t.retire(),
        Written(t) => tstore(&y.at(next(), 0), t.record::<TStoreVec>()).retire(),
    });
    let whole = match whole {
        Blank(t) => t.retire(),
        Written(t) => tstore(&y.at(next(), 0), t.record::<TStoreVec>()).retire(),
    };
    let row = match row {
        Blank(t) => t.retire(),
        Written(t) => tstore(&y.at(next(), 0), t.record::<TStoreVec>()).retire(),
    };
    match col {
        Blank(t) => Ub::retire(UbTokens { tiles, whole, col: t, row, tmp }),
        Written(t) => Ub::retire(UbTokens { tiles, whole, col: t, row, tmp }),
    }
}

/// Rows, depth and columns of the product's tiles.
const M: usize = 32;
const K: usize = 48;

#[derive(Buffers)]
struct Cube<'k> {
    a: MatTile<'k, f32, M, K, Dyn>,
    b: MatTile<'k, f32, K, M, Dyn>,
    bias: Tile<'k, space::Mat, f32, 1, M, RowMajor, Dyn>,
    left: LeftTile<'k, f32, M, K, Dyn>,
    right: RightTile<'k, f32, K, M, Dyn>,
    table: BiasTile<'k, f32, M, Dyn>,
    acc: AccTile<'k, f32, M, M, Dyn>,
}

/// Products of factors smaller than their tiles, with a bias or without, added to or not.
#[kernel]
fn matrix<'k>(
    core: Core<'k>,
    cube: Cube<'k>,
    seed: u64,
    poison: GlobalIn<'k, f32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Cube<'k>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (x, m, k, n) = if core.block_idx() == 0 {
        (poison, M, K, M)
    } else {
        (x, random.usize(1..=M), random.usize(1..=K), random.usize(1..=M))
    };
    let a = tload(cube.a, &x.at(0, 0).sized(m, k)).record::<TMovM2L>();
    let b = tload(cube.b, &x.at(1, 1).sized(k, n)).record::<TMovM2R>();
    let bias = tload(cube.bias, &x.at(2, 2).sized(1, n)).record::<TMovM2B>();
    let left = tmov(cube.left, &a).record::<TMatmul>();
    let right = tmov(cube.right, &b).record::<TMatmul>();
    let table = tmov(cube.table, &bias).record::<TMatmul>();
    let y = y.at(0, 0);
    let stored = match random.u8(..3) {
        0 => tstore(&y, tmatmul(cube.acc, &left, &right).record::<TStoreAcc>()).retire(),
        1 => {
            let acc = tmatmul_bias(cube.acc, &left, &right, &table);
            tstore(&y, acc.record::<TStoreAcc>()).retire()
        }
        _ => {
            let acc = tmatmul_acc(tmatmul(cube.acc, &left, &right), &left, &right);
            tstore(&y, acc.record::<TStoreAcc>()).retire()
        }
    };
    Cube::retire(CubeTokens { a, b, bias, left, right, table, acc: stored })
}

/// Values that show where they are used: the first is what memory is made with.
const POISON: [f32; 6] = [0.0, f32::NAN, f32::INFINITY, -1.5, f32::MAX, 1e-40];

/// What an executor leaves behind, or what it stops with.
type Outcome = Result<Vec<u32>, String>;

macro_rules! launched {
    ($executor:expr, $kernel:expr, $seed:expr, $poison:expr, $x:expr) => {{
        let poison = vec![$poison; SIDE * SIDE];
        let mut y = vec![-7.0; 2 * ROWS * COLS];
        let poison = GlobalTensor::new(&poison, &[SIDE, SIDE]).unwrap();
        let x = GlobalTensor::new($x, &[SIDE, SIDE]).unwrap();
        let mut out = GlobalTensorMut::new(&mut y, &[2 * ROWS, COLS]).unwrap();
        let args = ($seed, poison.whole(), x.whole(), out.parts(ROWS, COLS).unwrap());
        let outcome = $executor.launch(&$kernel, 2, args).map(drop);
        let bits = y[ROWS * COLS..].iter().map(|y| y.to_bits()).collect();
        outcome.map(|()| bits).map_err(|error| error.to_string()) as Outcome
    }};
}

/// Rows and columns of the inputs, and of a block's part of the output.
const SIDE: usize = 64;
const ROWS: usize = 96;
const COLS: usize = 64;

macro_rules! property {
    ($test:ident: $kernel:ident, $short:literal) => {
        #[test]
        fn $test() {
            let (first, cases) = (seed(), cases($short));
            let mut written = 0;
            for seed in first..first + u64::from(cases) {
                let mut random = fastrand::Rng::with_seed(seed);
                let x: Vec<f32> = (0..SIDE * SIDE).map(|_| random.f32() - 0.5).collect();
                let wanted = launched!(Eager::sequential(), $kernel, seed, POISON[0], &x);
                let stored = wanted.as_ref().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                written += stored.iter().filter(|&&bits| bits != (-7.0_f32).to_bits()).count();
                for poison in POISON {
                    let eager = launched!(Eager::sequential(), $kernel, seed, poison, &x);
                    assert!(eager == wanted, "seed {seed}: {poison} shows through");
                    for order in [Order::Late, Order::Random(seed)] {
                        let pipelined = Pipelined::new().order(order);
                        let pipelined = launched!(pipelined, $kernel, seed, poison, &x);
                        assert!(
                            pipelined == wanted,
                            "seed {seed}, {order:?}: {poison} shows through"
                        );
                    }
                }
            }
            println!("{cases} kernels under {} poisons, {written} elements written", POISON.len());
            assert!(written > 20 * cases as usize, "the kernels do something");
        }
    };
}

property!(vector_ops_do_not_see_what_is_unwritten: vector, 100);
property!(products_do_not_see_what_is_unwritten: matrix, 60);
