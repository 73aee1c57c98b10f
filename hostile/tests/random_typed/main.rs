//! Random kernels through the typed API: whatever compiles is clean, and every executor does the same: the same bits, or the same
//! fault at the same line.
//!
//! A kernel is drawn from a seed, one step at a time: each tile is held as the token that owns it, and a step is anything
//! that its type allows. Plans of 7 tiles, whose flags are never counted, and of 14, which may need too many.

mod harness;
mod token;

use std::sync::atomic::Ordering;

use harness::{BLIND, property};
use tilesync::prelude::*;
use token::*;

/// The tiles whose tokens are drawn.
type T<'k> = VecTile<'k, f32, N, N>;

#[derive(Buffers)]
struct Plan<'k, const DRAWN: usize> {
    tiles: [T<'k>; DRAWN],
    col: VecCol<'k, f32, N>,
    tmp: T<'k>,
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
    let random =
        || fastrand::Rng::with_seed(seed.wrapping_add(core.block_idx() as u64) ^ seed << 32);
    let mut world = World { x, y, random: random(), faulty, looks: seed & BLIND == 0 };
    let mut tokens = ub.tiles.map(|tile| Some(Free(tile)));
    let (mut blank_col, mut col) = (Some(ub.col.on::<Vector>()), None);
    let mut tmp = ub.tmp.on::<Vector>();
    // Some kernels do the same several times.
    let (rounds, steps) = (1 + seed as usize % 3, world.random.usize(10 * DRAWN..30 * DRAWN));
    for round in 0..rounds * steps {
        if round % steps == 0 {
            world.random = random();
        }
        let [at, other] = [(); 2].map(|()| world.random.usize(..DRAWN));
        let Some(token) = tokens[at].take() else { continue };
        let token = match (world.random.u8(..8), tokens[other].take()) {
            (0..4, two) => {
                tokens[other] = two;
                step(token, &mut world)
            }
            (4..6, Some(two)) => {
                let (token, two) = step_two(token, two, &mut world);
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
        };
        SEEN[token.state().0].fetch_add(1, Ordering::Relaxed);
        tokens[at] = Some(token);
        match world.random.u8(..32) {
            0 => core.tsync_op::<TAdd>(),
            1 => core.pipe_barrier_all(),
            _ => {}
        }
    }
    let tokens = tokens.map(|token| token.expect("every step gives its tiles back"));
    match (blank_col, col) {
        (Some(col), _) => Plan::retire(PlanTokens { tiles: tokens, col, tmp }),
        (_, Some(col)) => Plan::retire(PlanTokens { tiles: tokens, col, tmp }),
        _ => unreachable!("the column is blank or full"),
    }
}

#[test]
fn kernels_of_7_tiles_do_the_same_on_every_executor() {
    property(&drawn::<5>, N, &[], false);
}

#[test]
fn kernels_of_14_tiles_do_the_same_on_every_executor() {
    property(&drawn::<12>, N, &[], true);
}
