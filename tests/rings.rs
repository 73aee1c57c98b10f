//! What a ring does not forbid is harmless: slots of one type may change places, and the tiles of two slots may be paired anew.

mod schedules;

use schedules::{flags, stores, turns};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::prelude::*;

type Vt<'k> = VecTile<'k, f32, 8, 8>;

#[derive(Buffers)]
struct Rings<'k> {
    a: [Vt<'k>; 3],
    b: [Vt<'k>; 2],
}

/// Two rings of one type: every turn puts each slot into the other ring, and now and then their order is changed by hand.
#[kernel]
fn exchanged<'k>(
    ub: Rings<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    turns: usize,
) -> Retired<Rings<'k>> {
    let mut a_ring = ub.a.map(|tile| tile.prime::<TStoreVec, TLoad>());
    let mut b_ring = ub.b.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..turns {
        let (a, a_open) = a_ring.take();
        let (b, b_open) = b_ring.take();
        let mut a = tload(a, &x.tile(i, 0)).record::<TStoreVec>();
        let mut b = tload(b, &x.tile(i, 0)).record::<TStoreVec>();
        if i % 2 == 0 {
            std::mem::swap(&mut a, &mut b);
        }
        a_ring = a_open.put(tstore(&y.tile(i, 0), b).release());
        b_ring = b_open.put(tstore(&y.tile(i, 0), a).release());
        a_ring.rotate_left(i % 3);
        std::mem::swap(&mut a_ring[0], &mut b_ring[1]);
    }
    Rings::retire(RingsTokens { a: a_ring, b: b_ring })
}

#[test]
fn slots_of_one_type_may_change_places() {
    for count in 0..6 {
        let (y, _) = turns(&exchanged, count, 6);
        assert!(stores(&y, count, |x| x));
    }
}

#[derive(Buffers)]
struct Pairs<'k> {
    ring: [(Vt<'k>, Vt<'k>); 2],
}

/// One flag primes a pair. The halves of two slots go on in new pairs, and one of the two halves is not even used.
#[kernel]
fn paired_anew<'k>(
    ub: Pairs<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    turns: usize,
) -> Retired<Pairs<'k>> {
    let mut ring = ub.ring.map(|slot| slot.prime::<Vector, TLoad>());
    for i in 0..turns {
        let (first, open) = ring.take();
        let (second, open) = open.take();
        let ((a, b), (c, d)) = (first.split(), second.split());
        let loaded = tload(a, &x.tile(i, 0)).record::<Vector>();
        let copy = tload(d, &x.tile(i, 0)).record::<Vector>().wait();
        let sum = tadd_assign(copy, &loaded).record::<TStoreVec>();
        let d = tstore(&y.tile(i, 0), sum).record::<Vector>().release();
        // `b` and `c` were not touched; what they were handed over for is done by their halves.
        ring = open.put(c.join(b)).put(loaded.release().join(d));
    }
    Pairs::retire(PairsTokens { ring })
}

#[test]
fn the_tiles_of_two_slots_may_be_paired_anew() {
    for count in 0..6 {
        let (y, program) = turns(&paired_anew, count, 6);
        assert!(stores(&y, count, |x| 2.0 * x));
        assert_eq!(flags(&program)(V, Mte2), 2 + 2 * count);
    }
}

#[derive(Buffers)]
struct Longest<'k> {
    x: [Vt<'k>; 8],
}

/// Slots that start free: no credit is set, and the first use of each waits for nothing.
#[kernel]
fn without_credits<'k>(
    ub: Rings<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    turns: usize,
) -> Retired<Rings<'k>> {
    let mut ring = ub.a.map(Turn::First);
    for i in 0..turns {
        let (slot, open) = ring.take();
        let loaded = tload(slot, &x.tile(i, 0)).record::<TStoreVec>();
        ring = open.put(Turn::Later(tstore(&y.tile(i, 0), loaded).release::<TLoad>()));
    }
    Rings::retire(RingsTokens { a: ring, b: ub.b })
}

#[test]
fn a_ring_of_turns_sets_no_credits() {
    for count in 0..6 {
        let (y, program) = turns(&without_credits, count, 6);
        assert!(stores(&y, count, |x| x));
        assert_eq!(flags(&program)(Mte3, Mte2), count);
    }
}

/// As long as a ring gets, with all of its slots out at once. Flags from V to MTE2 have eight ids.
#[kernel]
fn eight<'k>(
    ub: Longest<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    turns: usize,
) -> Retired<Longest<'k>> {
    let ring = ub.x.map(|tile| tile.prime::<Vector, TLoad>());
    let (a, open) = ring.take();
    let (b, open) = open.take();
    let (c, open) = open.take();
    let (d, open) = open.take();
    let (e, open) = open.take();
    let (f, open) = open.take();
    let (g, open) = open.take();
    let (h, open) = open.take();
    let mut ring = open.put(a).put(b).put(c).put(d).put(e).put(f).put(g).put(h);
    for i in 0..turns {
        let (slot, open) = ring.take();
        let loaded = tload(slot, &x.tile(i, 0)).record::<Vector>().wait();
        let stored = tstore(&y.tile(i, 0), loaded.record::<TStoreVec>());
        ring = open.put(stored.record::<Vector>().release());
    }
    Longest::retire(LongestTokens { x: ring })
}

#[test]
fn a_ring_has_up_to_eight_slots_and_all_may_be_out() {
    let (y, program) = turns(&eight, 12, 12);
    assert!(stores(&y, 12, |x| x));
    assert_eq!(flags(&program)(V, Mte2), 8 + 12);
}
