//! Random kernels whose tiles are windows of larger ones, which come back whole now and then, beside a place that is used in two ways:
//! what compiles is clean, and every executor leaves the same bits.
#![allow(
    clippy::duplicate_mod,
    reason = "the steps are those of `random_typed`, with another type of tile"
)]

#[path = "../random_typed/harness.rs"]
mod harness;
#[path = "../random_typed/token.rs"]
mod token;

use std::sync::atomic::Ordering;

use harness::property;
use tilesync::prelude::*;
use token::*;

/// A tile is two windows, side by side.
type Cut = [Cols<N>; 2];
type Wide<'k> = VecParts<'k, f32, N, { 2 * N }, Cut>;
/// The tiles whose tokens are drawn.
type T<'k> = VecPart<'k, f32, N, N, Cut, N, { 2 * N }>;
type Place<'k> = Union<VecTile<'k, f32, N, N>, [VecTile<'k, f32, { N / 2 }, N>; 2]>;

#[derive(Buffers)]
struct Plan<'k, const DRAWN: usize> {
    tiles: [Wide<'k>; DRAWN],
    place: Place<'k>,
    col: VecCol<'k, f32, N>,
    tmp: VecTile<'k, f32, N, N>,
}

/// The window, without data, on the pipe that loads.
fn home<'k>(token: Token<'k>) -> RecordEvent<Mte2, T<'k>> {
    match token {
        Free(t) | PerhapsBack(Turn::First(t)) => t.on(),
        OnLoad(t) => t.discard().on(),
        Blank(t) => t.release::<TLoad>().on(),
        OnVector(t) => t.release::<TLoad>().on(),
        OnStore(t) => t.release::<TLoad>().on(),
        OnScalar(t) => t.release::<TLoad>().on(),
        LoadToVector(t) => t.release::<TLoad>().on(),
        LoadToStore(t) => t.release::<TLoad>().on(),
        LoadToScalar(t) => t.release::<TLoad>().on(),
        VectorToStore(t) => t.release::<TLoad>().on(),
        VectorToVector(t) => t.release::<TLoad>().on(),
        VectorToScalar(t) => t.release::<TLoad>().on(),
        StoreToVector(t) => t.release::<TLoad>().on(),
        ScalarToVector(t) => t.release::<TLoad>().on(),
        ScalarToStore(t) => t.release::<TLoad>().on(),
        StoreBackToVector(t) => t.release::<TLoad>().on(),
        SharedLoad(t) => t.unite::<TLoad>().on(),
        SharedVector(t) => t.unite::<TLoad>().on(),
        VectorBackToLoad(t) | PerhapsBack(Turn::Later(t)) => t.on(),
        StoreBackToLoad(t) => t.on(),
        ScalarBackToLoad(t) => t.on(),
        BothBackToLoad(t) => t.on(),
    }
}

/// The tile comes back whole, is used, and is taken apart again.
fn whole<'k>(one: Token<'k>, two: Token<'k>, world: &mut World<'k>) -> [Token<'k>; 2] {
    let (from, to) = (world.row(), world.row());
    match (one, two) {
        (OnVector(one), OnVector(two)) => {
            let tile = RecordEvent::all([two, one]).whole();
            tmuls_assign(tile, 0.75).on().parts().split().map(OnVector)
        }
        (LoadToVector(one), LoadToVector(two)) => {
            let tile = Event::all([one, two]).whole();
            tile.parts().split().map(LoadToVector)
        }
        (VectorToStore(one), VectorToStore(two)) => {
            let stored = tstore(&world.y.at(to, 0), Event::all([one, two]).whole());
            stored.parts().split().map(OnStore)
        }
        (Free(one), Free(two)) => [two, one].whole().parts().map(Free),
        (one, two) => {
            let tile = RecordEvent::all([home(one), home(two)]).whole();
            tload(tile, &world.x.at(from, 0)).record().parts().split().map(LoadToVector)
        }
    }
}

/// The place is used as the one or the other.
fn visit<'k>(
    place: Event<TStoreVec, TLoad, Place<'k>>,
    world: &mut World<'k>,
) -> Event<TStoreVec, TLoad, Place<'k>> {
    let (from, to) = (world.row(), world.row());
    let (from, to) = (world.x.at(from, N), world.y.at(to, N));
    if world.random.bool() {
        let (tile, open) = place.first();
        let tile = tload(tile, &from).record::<TStoreVec>();
        open.close(tstore(&to, tile).release())
    } else {
        let (pair, open) = place.second();
        let [one, two] = pair.split().map(|tile| tload(tile, &from).record::<Vector>());
        let sum = tadd_assign(one, &two).record::<TStoreVec>();
        let two = two.wait().record::<TStoreVec>();
        open.close(Event::all([tstore(&to, sum).release(), tstore(&to, two).release()]))
    }
}

#[kernel]
fn drawn<'k, const DRAWN: usize>(
    core: Core<'k>,
    ub: Plan<'k, DRAWN>,
    seed: u64,
    faulty: bool,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Plan<'k, DRAWN>> {
    let random = fastrand::Rng::with_seed(seed.wrapping_add(core.block_idx() as u64) ^ seed << 32);
    let mut world = World { x, y, random, faulty, looks: seed & harness::BLIND == 0 };
    let mut tokens = ub.tiles.map(|tile| tile.parts().map(|part| Some(Free(part))));
    let mut place = ub.place.prime();
    let (mut col, mut tmp) = (ub.col.on::<Vector>(), ub.tmp.on::<Vector>());
    for _ in 0..world.random.usize(20 * DRAWN..60 * DRAWN) {
        let [at, other] = [(); 2].map(|()| world.random.usize(..DRAWN));
        let [side, other_side] = [(); 2].map(|()| world.random.usize(..2));
        let Some(token) = tokens[at][side].take() else { continue };
        let token = match (world.random.u8(..10), tokens[other][other_side].take()) {
            (4..6, Some(two)) => {
                let (token, two) = step_two(token, two, &mut world);
                tokens[other][other_side] = Some(two);
                token
            }
            // The two windows of a tile; where the kernel may do wrong, also those of two tiles.
            (6..8, Some(two)) if side != other_side && (at == other || world.slip()) => {
                let [token, two] = whole(token, two, &mut world);
                tokens[other][other_side] = Some(two);
                token
            }
            (8, two) => {
                tokens[other][other_side] = two;
                place = visit(place, &mut world);
                token
            }
            (9, two) => {
                tokens[other][other_side] = two;
                match token {
                    OnVector(t) => {
                        let sums = trowmax(col, &t, &mut tmp);
                        let t = trowexpand(t, &sums).on();
                        col = sums.discard().on();
                        OnVector(t)
                    }
                    token => token,
                }
            }
            (_, two) => {
                tokens[other][other_side] = two;
                step(token, &mut world)
            }
        };
        SEEN[token.state().0].fetch_add(1, Ordering::Relaxed);
        tokens[at][side] = Some(token);
    }
    let tiles = tokens.map(|parts| {
        let parts = parts.map(|token| home(token.expect("every step gives its tiles back")));
        RecordEvent::all(parts).whole()
    });
    Plan::retire(PlanTokens { tiles, place, col, tmp })
}

#[test]
fn kernels_of_two_windows_do_the_same_on_every_executor() {
    property(&drawn::<1>, 2 * N, &[], false);
}

#[test]
fn kernels_of_eight_windows_do_the_same_on_every_executor() {
    property(&drawn::<4>, 2 * N, &["PartsOfTwoTiles"], true);
}
