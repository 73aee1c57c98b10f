//! Tiles in one place: one or the other at a time, with the hand-over that the device needs from the one to the other.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{on_every_schedule, rng, small};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::explore;
use tilesync::op::{OpCode, Pipe};
use tilesync::prelude::*;
use tilesync::raw::Block;
use tilesync::tile::{DtypeId, Space};
use tilesync::{Fault, Trouble};

const N: usize = 8;
const WIDE: usize = 2 * N;

#[derive(Buffers)]
struct Ub<'k> {
    place: Union<VecTile<'k, f32, N, N>, [VecTile<'k, f16, N, WIDE>; 2]>,
    half: VecTile<'k, f16, N, WIDE>,
}

/// Each turn uses the place as a tile of f32, and then as two of f16.
#[kernel]
fn alternate<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    x16: GlobalIn<'k, f16>,
    y16: GlobalOut<'k, f16>,
    turns: usize,
) -> Retired<Ub<'k>> {
    let mut place = ub.place.prime::<TStoreVec, TLoad>();
    let mut half = ub.half.prime::<TStoreVec, TAdd>();
    for i in 0..turns {
        let (tile, open) = place.first();
        let tile = tload(tile, &x.tile(i, 0)).record::<TMulS>();
        let tile = tstore(&y.tile(i, 0), tmuls_assign(tile, 2.0).record::<TStoreVec>());

        let (pair, open) = open.close(tile.release::<TLoad>()).second();
        let loads = pair.split().map(|tile| tload(tile, &x16.tile(i, 0)));
        let pair = RecordEvent::all(loads).record::<TAdd>().split();
        let sum = tadd(half, &pair[0], &pair[1]).record::<TStoreVec>();
        half = tstore(&y16.tile(i, 0), sum).release();
        place = open.close(Event::all(pair).release::<TStoreVec>()).wait().release();
    }
    Ub::retire(UbTokens { place, half })
}

const TURNS: usize = 3;

#[test]
fn a_place_is_used_as_one_and_as_two_in_turn() {
    let x = small::<f32>(&mut rng(), TURNS * N * N);
    let x16 = small::<f16>(&mut rng(), TURNS * N * WIDE);
    let input = GlobalTensor::new(&x, &[TURNS * N, N]).unwrap();
    let input16 = GlobalTensor::new(&x16, &[TURNS * N, WIDE]).unwrap();
    let mut other = vec![f16::ZERO; x16.len()];
    let y = on_every_schedule!(
        alternate,
        y = vec![0.0; x.len()],
        (
            input.whole(),
            GlobalTensorMut::new(&mut y, &[TURNS * N, N]).unwrap().whole(),
            input16.whole(),
            GlobalTensorMut::new(&mut other, &[TURNS * N, WIDE]).unwrap().whole(),
            TURNS
        )
    );
    assert!(x.iter().zip(&y).all(|(x, y)| 2.0 * x == *y));
    let mut other = vec![0.0; x.len()];
    let y16 = on_every_schedule!(
        alternate,
        y16 = vec![f16::ZERO; x16.len()],
        (
            input.whole(),
            GlobalTensorMut::new(&mut other, &[TURNS * N, N]).unwrap().whole(),
            input16.whole(),
            GlobalTensorMut::new(&mut y16, &[TURNS * N, WIDE]).unwrap().whole(),
            TURNS
        )
    );
    assert!(x16.iter().zip(&y16).all(|(x, y)| x.to_f32() * 2.0 == y.to_f32()));
}

#[test]
fn a_union_is_one_buffer_and_explored_as_one() {
    let (x, x16) = (vec![1.0; N * N], vec![f16::ONE; N * WIDE]);
    let (mut y, mut y16) = (x.clone(), x16.clone());
    let input = GlobalTensor::new(&x, &[N, N]).unwrap();
    let input16 = GlobalTensor::new(&x16, &[N, WIDE]).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &[N, N]).unwrap();
    let mut output16 = GlobalTensorMut::new(&mut y16, &[N, WIDE]).unwrap();
    let args = (input.whole(), output.whole(), input16.whole(), output16.whole(), 1);
    let program = Pipelined::new().launch(&alternate, 1, args).unwrap().program;
    let addresses: Vec<_> = program.tiles.iter().map(|tile| (&*tile.name, tile.addr)).collect();
    let bytes = (2 * N * WIDE * 2) as u32;
    let expected = [
        ("place.first", 0),
        ("place.second[0]", 0),
        ("place.second[1]", bytes / 2),
        ("half", bytes),
    ];
    assert_eq!(addresses, expected);
    assert_eq!(check(&program).findings, [], "not even a warning");
    let exploration = explore(&program, 1000);
    assert!(exploration.is_clean(), "{exploration}");
}

/// What C++ does where the hand-over is forgotten: the second tile is loaded while the first one is being stored.
#[test]
fn without_the_hand_over_the_two_race() {
    let record = |hand_over: bool| {
        let mut k = Block::new(ChipId::A2A3);
        let (x, y) = (k.global_in(DtypeId::F32, 8, 8), k.global_out(DtypeId::F32, 8, 8));
        let one = k.tile("one", Space::Vec, 0, DtypeId::F32, 8, 8);
        let two = k.tile("two", Space::Vec, 32, DtypeId::F32, 8, 8);
        k.op(OpCode::TLOAD, [one], [x]);
        k.set_flag(Pipe::Mte2, Pipe::Mte3, 0);
        k.wait_flag(Pipe::Mte2, Pipe::Mte3, 0);
        k.op(OpCode::TSTORE_VEC, [y], [one]);
        if hand_over {
            k.set_flag(Pipe::Mte3, Pipe::Mte2, 0);
            k.wait_flag(Pipe::Mte3, Pipe::Mte2, 0);
        }
        k.op(OpCode::TLOAD, [two], [x]);
        k.finish()
    };
    let broken = record(false);
    assert!(check(&broken).findings.iter().any(|finding| finding.code == Code::OverwriteTooEarly));
    assert!(!explore(&broken, 1000).is_clean());
    let repaired = record(true);
    assert!(check(&repaired).is_clean());
    assert!(explore(&repaired, 1000).is_clean());
}

#[derive(Buffers)]
struct Large<'k> {
    any: Union<
        VecTile<'k, f32, 128, 256>,
        Union<VecParts<'k, f32, 64, 256, [Rows<32>; 2]>, VecTile<'k, i32, 64, 256>>,
    >,
}

/// Three tiles of 128, 64 and 64 KB in one place, all on the vector pipe: barriers alone, and no flag.
#[kernel]
fn in_turn<'k>(ub: Large<'k>, y: GlobalOut<'k, f32>) -> Retired<Large<'k>> {
    let (large, open) = ub.any.first();
    let large = texpands(large, 1.0).discard();
    let (inner, open) = open.close(large).second();
    let (tile, open_inner) = inner.second();
    let tile = texpands(tile, 5).discard();
    let (tile, open_inner) = open_inner.close(tile).first();
    let [a, b] = texpands(tile, 2.0).parts().split();
    let b = tadds_assign(b, 1.0);
    let tile = RecordEvent::all([a.on::<Vector>(), b.on()]).whole().record::<TStoreVec>();
    let tile = tstore(&y.tile(0, 0), tile).discard();
    Large::retire(LargeTokens { any: open.close(open_inner.close(tile)) })
}

#[test]
fn tiles_that_would_not_fit_side_by_side_take_turns() {
    let y = on_every_schedule!(
        in_turn,
        y = vec![0.0; 64 * 256],
        (GlobalTensorMut::new(&mut y, &[64, 256]).unwrap().whole(),)
    );
    assert!(y.iter().enumerate().all(|(at, y)| *y == if at < 32 * 256 { 2.0 } else { 3.0 }));
}

#[derive(Buffers)]
struct Two<'k> {
    place: Union<VecTile<'k, f32, N, N>, VecTile<'k, i32, N, N>>,
    tile: VecTile<'k, f32, N, N>,
}

/// Gives a tile of another field back to the union where `swapped` says so.
#[kernel]
fn swap<'k>(ub: Two<'k>, swapped: bool) -> Retired<Two<'k>> {
    let (mut one, open) = ub.place.first();
    let mut tile = ub.tile;
    if swapped {
        std::mem::swap(&mut one, &mut tile);
    }
    Two::retire(TwoTokens { place: open.close(one), tile })
}

#[test]
fn a_union_takes_its_own_tiles_back() {
    for swapped in [false, true] {
        let outcome = Eager::new().launch(&swap, 1, (swapped,));
        let piped = Pipelined::new().launch(&swap, 1, (swapped,)).map(|_| ());
        for outcome in [outcome, piped] {
            match outcome {
                Ok(()) => assert!(!swapped),
                Err(LaunchError::Fault(Fault { trouble, at, .. })) => {
                    assert!(swapped && trouble == Trouble::TilesOfAnotherField && at.is_some());
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}
