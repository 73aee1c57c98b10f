//! Random kernels through the typed API: whatever compiles is clean, and every order computes the same bits.
//!
//! A kernel is drawn from a seed, one step at a time: each tile is held as the token that owns it, and a step is anything
//! that its type allows. `TILESYNC_CASES` sets how many kernels are drawn.

use tilesync::event::Shared;
use tilesync::exec::check::check;
use tilesync::exec::explore::explore;
use tilesync::prelude::*;

const N: usize = 8;
const ROWS: usize = 4;
type T<'k> = VecTile<'k, f32, N, N>;
type Col<'k> = VecCol<'k, f32, N>;

#[derive(Buffers)]
struct Plan<'k> {
    a: T<'k>,
    b: T<'k>,
    c: T<'k>,
    d: T<'k>,
    col: Col<'k>,
    tmp: T<'k>,
}

/// Who owns a tile.
enum Token<'k> {
    Free(T<'k>),
    OnLoad(RecordEvent<TLoad, Live<T<'k>>>),
    OnVector(RecordEvent<Vector, Live<T<'k>>>),
    OnStore(RecordEvent<TStoreVec, Live<T<'k>>>),
    LoadToVector(Event<TLoad, Vector, Live<T<'k>>>),
    LoadToStore(Event<TLoad, TStoreVec, Live<T<'k>>>),
    VectorToStore(Event<Vector, TStoreVec, Live<T<'k>>>),
    StoreToVector(Event<TStoreVec, Vector, Live<T<'k>>>),
    ScalarToVector(Event<Scalar, Vector, Live<T<'k>>>),
    Shared(Shared<TLoad, Vector, TStoreVec, Live<T<'k>>>),
    VectorBackToLoad(Event<Vector, TLoad, T<'k>>),
    StoreBackToLoad(Event<TStoreVec, TLoad, T<'k>>),
    BothBackToLoad(Event<(Vector, TStoreVec), TLoad, T<'k>>),
    StoreBackToVector(Event<TStoreVec, Vector, T<'k>>),
}
use Token::*;

impl<'k> Retire<'k> for Token<'k> {
    type Tile = T<'k>;

    #[track_caller]
    fn retire(self) -> Retired<T<'k>> {
        match self {
            Free(t) => t.retire(),
            OnLoad(t) => t.retire(),
            OnVector(t) => t.retire(),
            OnStore(t) => t.retire(),
            LoadToVector(t) => t.retire(),
            LoadToStore(t) => t.retire(),
            VectorToStore(t) => t.retire(),
            StoreToVector(t) => t.retire(),
            ScalarToVector(t) => t.retire(),
            Shared(t) => t.retire(),
            VectorBackToLoad(t) => t.retire(),
            StoreBackToLoad(t) => t.retire(),
            BothBackToLoad(t) => t.retire(),
            StoreBackToVector(t) => t.retire(),
        }
    }
}

/// Runs `$do` with `$t` as what the vector pipe may overwrite, or gives the token back.
macro_rules! overwritten {
    ($token:expr, $t:ident => $do:expr) => {
        match $token {
            Free($t) => OnVector($do.on::<Vector>()),
            OnVector($t) => OnVector($do.on::<Vector>()),
            LoadToVector($t) => OnVector($do.on::<Vector>()),
            StoreToVector($t) => OnVector($do.on::<Vector>()),
            ScalarToVector($t) => OnVector($do.on::<Vector>()),
            StoreBackToVector($t) => OnVector($do.on::<Vector>()),
            other => other,
        }
    };
}

/// Runs `$do` with `$t` as what the vector pipe may change in place, or gives the token back.
macro_rules! changed {
    ($token:expr, $t:ident => $do:expr) => {
        match $token {
            OnVector($t) => OnVector($do.on::<Vector>()),
            LoadToVector($t) => OnVector($do.on::<Vector>()),
            StoreToVector($t) => OnVector($do.on::<Vector>()),
            ScalarToVector($t) => OnVector($do.on::<Vector>()),
            other => other,
        }
    };
}

/// Runs `$do` with `$t` as what the vector pipe may read, or `$none`.
macro_rules! read {
    ($token:expr, $t:ident => $do:expr, $none:expr) => {
        match $token {
            OnVector($t) => $do,
            LoadToVector($t) => $do,
            StoreToVector($t) => $do,
            ScalarToVector($t) => $do,
            Shared(both) => {
                let $t = &both.first();
                $do
            }
            _ => $none,
        }
    };
}

/// One step with one tile: what its token allows.
fn step<'k>(
    token: Token<'k>,
    random: &mut fastrand::Rng,
    x: &GlobalIn<'k, f32>,
    y: &GlobalOut<'k, f32>,
) -> Token<'k> {
    let (from, to) = (x.tile(random.usize(..ROWS), 0), y.tile(random.usize(..ROWS), 0));
    let choice = random.u8(..4);
    match (token, choice) {
        (Free(t), 0) => OnLoad(tload(t, &from)),
        (Free(t), 1) => VectorBackToLoad(t.prime()),
        (Free(t), 2) => StoreBackToVector(t.prime()),
        (Free(t), _) => BothBackToLoad(t.prime()),
        (OnLoad(t), 0) => OnLoad(tload(t, &from)),
        (OnLoad(t), 1) => LoadToVector(t.record()),
        (OnLoad(t), 2) => LoadToStore(t.record()),
        (OnLoad(t), _) => Shared(t.share()),
        (OnVector(t), 0) => VectorToStore(t.record()),
        (OnVector(t), 1) => VectorBackToLoad(t.release()),
        (OnVector(t), 2) => {
            let t = t.record::<Scalar>().wait();
            let seen = t.get(random.usize(..N), random.usize(..N));
            // The kernel's own code decides by what it read.
            if seen > 0.0 {
                ScalarToVector(t.record())
            } else {
                VectorToStore(t.record::<Vector>().wait().on().record())
            }
        }
        (OnStore(t), 0) => OnStore(tstore(&to, t)),
        (OnStore(t), 1) => StoreToVector(t.record()),
        (OnStore(t), 2) => StoreBackToLoad(t.release()),
        (OnStore(t), _) => StoreBackToVector(t.release()),
        (LoadToVector(t), 0) => OnVector(t.wait()),
        (LoadToVector(t), 1) => VectorBackToLoad(t.release()),
        (VectorToStore(t), 0) => StoreBackToVector(t.release()),
        (VectorToStore(t), _) => OnStore(tstore(&to, t)),
        (LoadToStore(t), 0) => StoreBackToLoad(t.release()),
        (LoadToStore(t), _) => OnStore(tstore(&to, t)),
        (Shared(t), 0) => {
            tstore(&to, t.second());
            Shared(t)
        }
        (Shared(t), 1) => BothBackToLoad(t.unite()),
        (VectorBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (StoreBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (BothBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (other, 2) => overwritten!(other, t => texpands(t, 1.5)),
        (other, _) => changed!(other, t => tmuls_assign(t, 0.5)),
    }
}

/// One step with two tiles: the first is written, the second read; or both are handed over behind one flag.
fn step_two<'k>(
    one: Token<'k>,
    two: Token<'k>,
    random: &mut fastrand::Rng,
) -> (Token<'k>, Token<'k>) {
    match (one, two, random.u8(..3)) {
        (OnVector(one), OnVector(two), 0) => {
            let (one, two) = one.join(two).record().split();
            (VectorToStore(one), VectorToStore(two))
        }
        (OnLoad(one), OnLoad(two), _) => {
            let (one, two) = one.join(two).record().split();
            (LoadToVector(one), LoadToVector(two))
        }
        (LoadToVector(one), LoadToVector(two), 0) => {
            let (one, two) = one.join(two).wait().split();
            (OnVector(one), OnVector(two))
        }
        (one, two, 1) => {
            let one = read!(&two, s => changed!(one, t => tadd_assign(t, s)), one);
            (one, two)
        }
        (one, two, _) => {
            let one = read!(&two, s => overwritten!(one, t => tmax(t, s, s)), one);
            (one, two)
        }
    }
}

#[kernel]
fn drawn<'k>(
    core: Core<'k>,
    ub: Plan<'k>,
    seed: u64,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Plan<'k>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tokens = [Some(Free(ub.a)), Some(Free(ub.b)), Some(Free(ub.c)), Some(Free(ub.d))];
    let (mut blank_col, mut col) = (Some(ub.col.on::<Vector>()), None);
    let mut tmp = ub.tmp.on::<Vector>();
    for _ in 0..random.usize(10..60) {
        let [at, other] = [(); 2].map(|()| random.usize(..4));
        let Some(token) = tokens[at].take() else { continue };
        tokens[at] = Some(match (random.u8(..8), tokens[other].take()) {
            (0..4, two) => {
                tokens[other] = two;
                step(token, &mut random, &x, &y)
            }
            (4..6, Some(two)) => {
                let (token, two) = step_two(token, two, &mut random);
                tokens[other] = Some(two);
                token
            }
            (6, two) => {
                tokens[other] = two;
                if let Some(dst) = blank_col.take() {
                    (blank_col, col) = read!(
                        &token,
                        s => (None, Some(trowmax(dst, s, &mut tmp).on::<Vector>())),
                        (Some(dst), None)
                    );
                }
                token
            }
            (_, two) => {
                tokens[other] = two;
                match col.take() {
                    Some(full) => {
                        let token = overwritten!(token, t => trowexpand(t, &full));
                        blank_col = Some(full.discard());
                        token
                    }
                    None => token,
                }
            }
        });
        if random.u8(..16) == 0 {
            core.tsync_op::<TAdd>();
        }
    }
    let [a, b, c, d] = tokens.map(|token| token.expect("every step gives its tiles back"));
    match (blank_col, col) {
        (Some(col), _) => Plan::retire(PlanTokens { a, b, c, d, col, tmp }),
        (_, Some(col)) => Plan::retire(PlanTokens { a, b, c, d, col, tmp }),
        _ => unreachable!("the column is blank or full"),
    }
}

#[test]
fn whatever_compiles_is_clean_and_computes_the_same_bits_in_every_order() {
    let cases =
        std::env::var("TILESYNC_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000u64);
    println!("seeds 0 to {}", cases - 1);
    let shape = [ROWS * N, N];
    let x: Vec<f32> = (0..shape[0] * N).map(|i| i as f32 - 100.0).collect();
    let input = GlobalTensor::new(&x, &shape).expect("the shape fits");
    let (mut ops, mut flags, mut explored) = (0, 0, 0);
    for seed in 0..cases {
        let mut eager = vec![0.0; x.len()];
        let mut output = GlobalTensorMut::new(&mut eager, &shape).expect("the shape fits");
        let outcome = Eager::sequential().launch(&drawn, 1, (seed, input.whole(), output.whole()));
        outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        for order in [Order::Early, Order::Late, Order::Random(seed)] {
            let mut y = vec![0.0; x.len()];
            let mut output = GlobalTensorMut::new(&mut y, &shape).expect("the shape fits");
            let pipelined = Pipelined::new().order(order);
            let report = pipelined
                .launch(&drawn, 1, (seed, input.whole(), output.whole()))
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(bits(&eager), bits(&y), "seed {seed}, {order:?}\n{}", report.program);
            if order != Order::Early {
                continue;
            }
            let verdict = check(&report.program);
            assert_eq!(verdict.findings, [], "seed {seed}: {verdict}\n{}", report.program);
            ops += report.program.ops().count();
            flags += report.program.flag_count;
            if seed % 50 == 0 {
                let exploration = explore(&report.program, 100);
                assert!(exploration.is_clean(), "seed {seed}: {exploration}");
                assert_eq!(exploration.schedules, 1, "seed {seed}: no race, no choice");
                explored += 1;
            }
        }
    }
    println!("{cases} kernels, {ops} ops, {flags} flags; {explored} of them explored");
    assert!(ops as u64 > 5 * cases, "the kernels do something");
}
