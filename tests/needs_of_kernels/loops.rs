//! Rings and what a loop carries.

use tilesync::op::OpCode;
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::prelude::*;
use tilesync::program::{InstrKind, Place, Program};

use super::schedules::{flags, most_in_flight, stores, turns};

type Vt<'k> = VecTile<'k, f32, 8, 8>;
type In<'k> = GlobalIn<'k, f32>;
type To<'k> = GlobalOut<'k, f32>;

#[derive(Buffers)]
struct Three<'k> {
    x: [Vt<'k>; 3],
}

/// Slots in turn, as many turns as there happen to be: the credits before the loop, the drain after it.
#[kernel]
fn in_turn<'k>(ub: Three<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Three<'k>> {
    let mut ring = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..turns {
        let (slot, open) = ring.take();
        let loaded = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
        ring = open.put(tstore(&y.tile(i, 0), loaded).release());
    }
    Three::retire(ThreeTokens { x: ring })
}

/// The tiles that the loads write, in order.
fn loaded(program: &Program) -> Vec<u32> {
    let loads = program.instrs.iter().filter_map(|instr| match &instr.kind {
        InstrKind::Op(op) if op.code == Some(OpCode::TLOAD) => Some(program.operands(op)[0].place),
        _ => None,
    });
    let slot = |place| match place {
        Place::Tile { slot, .. } => slot,
        _ => panic!("a load writes a tile"),
    };
    loads.map(slot).collect()
}

#[test]
fn slots_come_in_turn_and_every_credit_is_drained() {
    for count in 0..6 {
        let (y, program) = turns(&in_turn, count, 6);
        assert!(stores(&y, count, |x| x));
        assert_eq!(loaded(&program), [0, 1, 2, 0, 1][..count]);
        let set = flags(&program);
        assert_eq!(set(Mte2, Mte3), count);
        assert_eq!(set(Mte3, Mte2), 3 + count);
    }
}

/// Three loads before the first store: three flags of one pair at once, waited on in the order of the loads.
#[kernel]
fn far_ahead<'k>(ub: Three<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Three<'k>> {
    let mut ring = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in (0..turns).step_by(3) {
        let (a, open) = ring.take();
        let (b, open) = open.take();
        let (c, open) = open.take();
        let a = tload(a, &x.tile(i, 0)).record::<TStoreVec>();
        let b = tload(b, &x.tile(i + 1, 0)).record::<TStoreVec>();
        let c = tload(c, &x.tile(i + 2, 0)).record::<TStoreVec>();
        let open = open.put(tstore(&y.tile(i, 0), a).release());
        let open = open.put(tstore(&y.tile(i + 1, 0), b).release());
        ring = open.put(tstore(&y.tile(i + 2, 0), c).release());
    }
    Three::retire(ThreeTokens { x: ring })
}

#[test]
fn several_flags_of_a_pair_are_in_flight() {
    let (y, program) = turns(&far_ahead, 6, 6);
    assert!(stores(&y, 6, |x| x));
    assert_eq!(most_in_flight(&program, Mte2, Mte3), 3);
    assert_eq!(loaded(&program), [0, 1, 2, 0, 1, 2]);
}

#[derive(Buffers)]
struct Periodic<'k> {
    x: Vt<'k>,
    sum: Vt<'k>,
}

/// A load every third turn, a read every turn: also where the last three are not complete.
#[kernel]
fn periodic<'k>(ub: Periodic<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Periodic<'k>> {
    let mut panel = Turn::First(ub.x);
    let mut sum = texpands(ub.sum, 0.0).on::<Vector>();
    for i in 0..turns {
        let loaded = match panel {
            Turn::First(free) => tload(free, &x.tile(0, 0)).record::<TAdd>(),
            Turn::Later(loaded) if i % 3 != 0 => loaded,
            Turn::Later(read) => tload(read.release::<TLoad>(), &x.tile(i / 3, 0)).record(),
        };
        sum = tadd_assign(sum, &loaded).on::<Vector>();
        panel = Turn::Later(loaded);
    }
    let stored = tstore(&y.tile(0, 0), sum.record::<TStoreVec>());
    Periodic::retire(PeriodicTokens { x: panel, sum: stored })
}

#[test]
fn a_token_is_used_under_a_periodic_condition() {
    for (count, sum) in [(0, 0.0), (1, 0.0), (3, 0.0), (4, 1.0), (6, 3.0), (8, 7.0)] {
        let (y, program) = turns(&periodic, count, 1);
        assert!(stores(&y, 1, |x| count as f32 * x + sum));
        let loads = count.div_ceil(3);
        let set = flags(&program);
        assert_eq!(set(Mte2, V), loads);
        assert_eq!(set(V, Mte2), loads.saturating_sub(1));
    }
}

type Slot<'k> = Event<TStoreVec, TLoad, Vt<'k>>;
type Loaded<'k> = Event<TLoad, TStoreVec, Live<Vt<'k>>>;

/// Loads one tile ahead of the store. Between calls it keeps the ring; or, once there was a load, what is left of the ring, the
/// loaded slot, and where that goes.
struct Ahead<'k>(Turn<[Slot<'k>; 2], ([Slot<'k>; 1], Loaded<'k>, usize)>);

impl<'k> Ahead<'k> {
    /// Loads tile `at`, and then stores the one before it. A tile to be skipped changes nothing.
    fn run(self, x: &In<'k>, y: &To<'k>, at: usize, skip: bool) -> Self {
        if skip {
            return self;
        }
        let load = |slot| tload(slot, &x.tile(at, 0)).record::<TStoreVec>();
        let (open, loaded) = match self.0 {
            Turn::First(ring) => {
                let (slot, open) = ring.take();
                (open, load(slot))
            }
            Turn::Later((open, before, to)) => {
                let (slot, open) = open.take();
                let loaded = load(slot);
                (open.put(tstore(&y.tile(to, 0), before).release()), loaded)
            }
        };
        Ahead(Turn::Later((open, loaded, at)))
    }

    /// Stores what is still loaded, if anything is, and gives the whole ring back.
    fn flush(self, y: &To<'k>) -> [Slot<'k>; 2] {
        match self.0 {
            Turn::First(ring) => ring,
            Turn::Later((open, loaded, to)) => open.put(tstore(&y.tile(to, 0), loaded).release()),
        }
    }
}

#[derive(Buffers)]
struct Two<'k> {
    x: [Vt<'k>; 2],
}

/// Skips tile 2. With no turns there is nothing to do, and it returns early.
#[kernel]
fn across_calls<'k>(ub: Two<'k>, x: In<'k>, y: To<'k>, turns: usize) -> Retired<Two<'k>> {
    if turns == 0 {
        return Two::retire(TwoTokens { x: ub.x });
    }
    let mut ahead = Ahead(Turn::First(ub.x.map(|tile| tile.prime())));
    for i in 0..turns {
        ahead = ahead.run(&x, &y, i, i == 2);
    }
    Two::retire(TwoTokens { x: ahead.flush(&y) })
}

#[test]
fn a_token_outlives_a_call_and_an_early_return_owes_as_much_as_any_other() {
    for count in 0..6 {
        let (y, program) = turns(&across_calls, count, 5);
        let done: Vec<usize> = (0..count).filter(|&i| i != 2).collect();
        for (i, tile) in y.chunks(64).enumerate() {
            assert_eq!(tile.iter().all(|x| x.is_nan()), !done.contains(&i));
            assert!(tile.iter().all(|x| x.is_nan() || x.floor() == i as f32));
        }
        let set = flags(&program);
        let credits = if count == 0 { 0 } else { 2 };
        assert_eq!((set(Mte2, Mte3), set(Mte3, Mte2)), (done.len(), credits + done.len()));
        assert!(most_in_flight(&program, Mte2, Mte3) <= 2);
    }
}

/// No credit before the loop: the hand-back is waited for if there was a turn, in the next turn or after the last.
#[kernel]
fn handed_back_if_any<'k>(
    ub: Periodic<'k>,
    x: In<'k>,
    y: To<'k>,
    turns: usize,
) -> Retired<Periodic<'k>> {
    let mut free = Turn::First(ub.x);
    let mut sum = texpands(ub.sum, 0.0).on::<Vector>();
    for i in 0..turns {
        let loaded = tload(free, &x.tile(i, 0)).record::<TAdd>();
        sum = tadd_assign(sum, &loaded).on::<Vector>();
        free = Turn::Later(loaded.release::<TLoad>());
    }
    let stored = tstore(&y.tile(0, 0), sum.record::<TStoreVec>());
    Periodic::retire(PeriodicTokens { x: free, sum: stored })
}

#[test]
fn a_flag_that_may_not_be_set_is_waited_on_only_if_it_is() {
    for count in [0, 1, 2, 5] {
        let (y, program) = turns(&handed_back_if_any, count, 1);
        let sum = (0..count).sum::<usize>() as f32;
        assert!(stores(&y, 1, |x| count as f32 * x + sum));
        let set = flags(&program);
        assert_eq!(set(V, Mte2), count);
        assert_eq!(set(V, Mte3), 1);
        assert_eq!(set(Mte3, Mte2), 0);
    }
}
