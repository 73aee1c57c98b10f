//! Who owns a tile, and each step that the types allow to whoever does.

use std::sync::atomic::AtomicUsize;

use tilesync::event::Shared;
use tilesync::prelude::*;

use crate::T;

pub(crate) const N: usize = 8;
pub(crate) const ROWS: usize = 4;

/// How often the tokens of a drawn kernel came to each state.
pub(crate) static SEEN: [AtomicUsize; Token::STATES] =
    [const { AtomicUsize::new(0) }; Token::STATES];

/// Declares the states of a tile, and how each is retired.
macro_rules! tokens {
    ($($name:ident($token:ty),)*) => {
        /// Who owns a tile.
        pub(crate) enum Token<'k> {
            $($name($token),)*
        }
        pub(crate) use Token::*;

        impl Token<'_> {
            /// How many states there are.
            pub(crate) const STATES: usize = [$(stringify!($name)),*].len();

            /// Which of them it is.
            pub(crate) fn state(&self) -> (usize, &'static str) {
                let states = [$(stringify!($name)),*];
                let name = match self {
                    $($name(_) => stringify!($name),)*
                };
                (states.iter().position(|&state| state == name).unwrap_or(0), name)
            }
        }

        // Where `T` is a tile: a part is not retired.
        impl<'k> Retire<'k> for Token<'k>
        where
            Turn<T<'k>, Event<Vector, TLoad, T<'k>>>: Retire<'k, Tile = T<'k>>,
        {
            type Tile = T<'k>;

            #[track_caller]
            fn retire(self) -> Retired<T<'k>> {
                match self {
                    $($name(token) => token.retire(),)*
                }
            }
        }
    };
}

tokens! {
    Free(T<'k>),
    Blank(RecordEvent<Vector, T<'k>>),
    OnLoad(RecordEvent<TLoad, Live<T<'k>>>),
    OnVector(RecordEvent<Vector, Live<T<'k>>>),
    OnStore(RecordEvent<TStoreVec, Live<T<'k>>>),
    OnScalar(RecordEvent<Scalar, Live<T<'k>>>),
    LoadToVector(Event<TLoad, Vector, Live<T<'k>>>),
    LoadToStore(Event<TLoad, TStoreVec, Live<T<'k>>>),
    LoadToScalar(Event<TLoad, Scalar, Live<T<'k>>>),
    VectorToStore(Event<Vector, TStoreVec, Live<T<'k>>>),
    VectorToVector(Event<Vector, Vector, Live<T<'k>>>),
    VectorToScalar(Event<Vector, Scalar, Live<T<'k>>>),
    StoreToVector(Event<TStoreVec, Vector, Live<T<'k>>>),
    ScalarToVector(Event<Scalar, Vector, Live<T<'k>>>),
    ScalarToStore(Event<Scalar, TStoreVec, Live<T<'k>>>),
    SharedLoad(Shared<TLoad, Vector, TStoreVec, Live<T<'k>>>),
    SharedVector(Shared<Vector, Vector, TStoreVec, Live<T<'k>>>),
    VectorBackToLoad(Event<Vector, TLoad, T<'k>>),
    StoreBackToLoad(Event<TStoreVec, TLoad, T<'k>>),
    ScalarBackToLoad(Event<Scalar, TLoad, T<'k>>),
    BothBackToLoad(Event<(Vector, TStoreVec), TLoad, T<'k>>),
    StoreBackToVector(Event<TStoreVec, Vector, T<'k>>),
    PerhapsBack(Turn<T<'k>, Event<Vector, TLoad, T<'k>>>),
}

/// Runs `$do` with `$t` as what the vector pipe may overwrite, or gives the token back.
macro_rules! overwritten {
    ($token:expr, $t:ident => $do:expr) => {
        match $token {
            Free($t) => OnVector($do.on::<Vector>()),
            Blank($t) => OnVector($do.on::<Vector>()),
            OnVector($t) => OnVector($do.on::<Vector>()),
            LoadToVector($t) => OnVector($do.on::<Vector>()),
            VectorToVector($t) => OnVector($do.on::<Vector>()),
            StoreToVector($t) => OnVector($do.on::<Vector>()),
            ScalarToVector($t) => OnVector($do.on::<Vector>()),
            StoreBackToVector($t) => OnVector($do.on::<Vector>()),
            other => other,
        }
    };
}
#[allow(unused_imports, reason = "some kernels write with it")]
pub(crate) use overwritten;

/// Runs `$do` with `$t` as what the vector pipe may change in place, or gives the token back.
macro_rules! changed {
    ($token:expr, $t:ident => $do:expr) => {
        match $token {
            OnVector($t) => OnVector($do.on::<Vector>()),
            LoadToVector($t) => OnVector($do.on::<Vector>()),
            VectorToVector($t) => OnVector($do.on::<Vector>()),
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
            VectorToVector($t) => $do,
            StoreToVector($t) => $do,
            ScalarToVector($t) => $do,
            SharedLoad(both) => {
                let $t = &both.first();
                $do
            }
            SharedVector(both) => {
                let $t = &both.first();
                $do
            }
            _ => $none,
        }
    };
}
#[allow(unused_imports, reason = "some kernels read with it")]
pub(crate) use read;

/// What steps may use, and whether they may do what stops a kernel.
pub(crate) struct World<'k> {
    pub(crate) x: GlobalIn<'k, f32>,
    pub(crate) y: GlobalOut<'k, f32>,
    pub(crate) random: fastrand::Rng,
    pub(crate) faulty: bool,
    /// Whether the kernel's own code may look at data.
    pub(crate) looks: bool,
}

impl World<'_> {
    /// Whether to do something wrong now.
    pub(crate) fn slip(&mut self) -> bool {
        self.faulty && self.random.u8(..32) == 0
    }

    /// A row where a region may start; sometimes one where it sticks out, or is outside.
    pub(crate) fn row(&mut self) -> usize {
        if self.slip() { self.random.usize(..ROWS * N + 9) } else { self.random.usize(..ROWS) * N }
    }

    /// A row or column of an element; sometimes one that is not there.
    fn element(&mut self) -> usize {
        if self.slip() { N + self.random.usize(..2) } else { self.random.usize(..N) }
    }
}

/// One step with one tile: what its token allows.
pub(crate) fn step<'k>(token: Token<'k>, world: &mut World<'k>) -> Token<'k> {
    assert!(!(world.slip() && world.random.u8(..16) == 0), "the kernel gives up");
    let (from, to) = (world.row(), world.row());
    let (from, to) = (world.x.at(from, 0), world.y.at(to, 0));
    let choice = world.random.u8(..6);
    match (token, choice) {
        (Free(t), 0) => OnLoad(tload(t, &from)),
        (Free(t), 1) => VectorBackToLoad(t.prime()),
        (Free(t), 2) => StoreBackToVector(t.prime()),
        (Free(t), 3) => PerhapsBack(Turn::First(t)),
        (Free(t), _) => BothBackToLoad(t.prime()),
        (OnLoad(t), 0) => OnLoad(tload(t, &from)),
        (OnLoad(t), 1) => LoadToVector(t.record()),
        (OnLoad(t), 2) => LoadToStore(t.record()),
        (OnLoad(t), 3) => LoadToScalar(t.record()),
        (OnLoad(t), _) => SharedLoad(t.share()),
        (OnVector(t), 0) => VectorToStore(t.record()),
        (OnVector(t), 1) => VectorBackToLoad(t.release()),
        (OnVector(t), 2) => VectorToScalar(t.record()),
        (OnVector(t), 3) => SharedVector(t.share()),
        (OnVector(t), 4) => VectorToVector(t.record()),
        (OnVector(t), _) if world.random.bool() => Blank(t.discard()),
        (OnVector(t), _) => OnVector(tadds_assign(t, 0.25).on::<Vector>()),
        (OnStore(t), 0) => OnStore(tstore(&to, t)),
        (OnStore(t), 1) => StoreToVector(t.record()),
        (OnStore(t), 2) => StoreBackToLoad(t.release()),
        (OnStore(t), _) => StoreBackToVector(t.release()),
        (OnScalar(t), 0) => ScalarBackToLoad(t.release()),
        (OnScalar(t), 1) => ScalarToStore(t.record()),
        (OnScalar(t), _) if !world.looks => OnScalar(t),
        (OnScalar(t), _) => {
            let seen = t.get(world.element(), world.element());
            // The kernel's own code decides by what it read.
            if seen > 0.0 { ScalarToVector(t.record()) } else { OnScalar(t) }
        }
        (LoadToScalar(t), _) => OnScalar(t.wait()),
        (VectorToScalar(t), _) => OnScalar(t.wait()),
        (LoadToVector(t), 0) => OnVector(t.wait()),
        (LoadToVector(t), 1) => VectorBackToLoad(t.release()),
        (VectorToVector(t), 0) => PerhapsBack(Turn::Later(t.release())),
        (VectorToStore(t), 0) => StoreBackToVector(t.release()),
        (VectorToStore(t), _) => OnStore(tstore(&to, t)),
        (LoadToStore(t), 0) => StoreBackToLoad(t.release()),
        (LoadToStore(t), _) => OnStore(tstore(&to, t)),
        (ScalarToStore(t), _) => OnStore(tstore(&to, t)),
        (SharedLoad(t), 0) => {
            tstore(&to, t.second());
            SharedLoad(t)
        }
        (SharedVector(t), 0) => {
            tstore(&to, t.second());
            SharedVector(t)
        }
        (SharedLoad(t), 1) => BothBackToLoad(t.unite()),
        (SharedVector(t), 1) => BothBackToLoad(t.unite()),
        (VectorBackToLoad(t), 0) => PerhapsBack(Turn::Later(t)),
        (VectorBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (StoreBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (ScalarBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (BothBackToLoad(t), _) => OnLoad(tload(t, &from)),
        (PerhapsBack(t), _) => OnLoad(tload(t, &from)),
        (other, 2) => overwritten!(other, t => texpands(t, 1.5)),
        (other, _) => changed!(other, t => tmuls_assign(t, 0.5)),
    }
}

/// One step with two tiles: the first is written, the second read; or both are handed over behind one flag, or waited on together,
/// or take turns in a ring.
pub(crate) fn step_two<'k>(
    one: Token<'k>,
    two: Token<'k>,
    world: &mut World<'k>,
) -> (Token<'k>, Token<'k>) {
    match (one, two, world.random.u8(..4)) {
        (OnVector(one), OnVector(two), 0) => {
            let (one, two) = one.join(two).record().split();
            (VectorToStore(one), VectorToStore(two))
        }
        (OnVector(one), OnVector(two), 3) => {
            let [one, two] = RecordEvent::all([one, two]).release().split();
            (VectorBackToLoad(one), VectorBackToLoad(two))
        }
        (OnLoad(one), OnLoad(two), _) => {
            let (one, two) = one.join(two).record().split();
            (LoadToVector(one), LoadToVector(two))
        }
        (LoadToVector(one), LoadToVector(two), 0) => {
            let (one, two) = one.join(two).wait().split();
            (OnVector(one), OnVector(two))
        }
        (LoadToVector(one), LoadToVector(two), 3) => {
            let [one, two] = Event::all([one, two]).release().split();
            (VectorBackToLoad(one), VectorBackToLoad(two))
        }
        (LoadToVector(one), StoreToVector(two), 0 | 3) => {
            let (one, two) = tsync((one, two));
            (OnVector(one), OnVector(two))
        }
        (VectorBackToLoad(one), VectorBackToLoad(two), _) => {
            let (slot, open) = [one, two].take();
            let row = world.row();
            let from = world.x.at(row, 0);
            let [one, two] = open.put(tload(slot, &from).record::<Vector>().release());
            (VectorBackToLoad(one), VectorBackToLoad(two))
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
