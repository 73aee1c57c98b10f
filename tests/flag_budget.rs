//! At most 8 flags are in flight between two pipes, less those that library bodies use.
//!
//! A plan with few tiles cannot exceed that, since each flag carries a tile. A larger one is checked while it is issued, by
//! every executor, and the error names the line.

use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

/// Loads `N` tiles, each with an event of its own, and then stores them.
struct Flood<const N: usize>;

#[derive(Buffers)]
struct Ub<'k, const N: usize> {
    x: [VecTile<'k, f32, 8, 8>; N],
}

impl<const N: usize> Kernel for Flood<N> {
    type Plan = Ub<'static, N>;
    type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        _: Core<'k>,
        ub: Ub<'k, N>,
        (x, y): (GlobalIn<'k, f32>, GlobalOut<'k, f32>),
    ) -> Retired<Ub<'k, N>> {
        let mut row = 0;
        let loaded = ub.x.map(|tile| {
            row += 1;
            tload(tile, &x.tile(row - 1, 0)).record::<TStoreVec>()
        });
        let mut row = 0;
        let stored = loaded.map(|tile| {
            row += 1;
            tstore(&y.tile(row - 1, 0), tile)
        });
        Ub::retire(UbTokens { x: stored })
    }
}

fn launch<const N: usize>() -> [Result<(), LaunchError>; 2] {
    let x: Vec<f32> = (0..N * 64).map(|i| i as f32).collect();
    let gx = GlobalTensor::new(&x, &[N * 8, 8]).expect("valid");
    let [mut eager, mut pipelined] = [(); 2].map(|()| vec![0.0; x.len()]);
    let mut out = GlobalTensorMut::new(&mut eager, &[N * 8, 8]).expect("valid");
    let fast = Eager::new().launch(&Flood::<N>, 1, (gx.whole(), out.whole()));
    let mut out = GlobalTensorMut::new(&mut pipelined, &[N * 8, 8]).expect("valid");
    let faithful = Pipelined::new().launch(&Flood::<N>, 1, (gx.whole(), out.whole()));
    if fast.is_ok() {
        assert_eq!(eager, x);
        assert_eq!(pipelined, x);
    }
    [fast, faithful.map(|_| ())]
}

#[test]
fn eight_flags_are_allowed() {
    for outcome in launch::<8>() {
        outcome.expect("8 ids");
    }
}

#[test]
fn the_ninth_flag_is_an_error_that_names_its_line() {
    for outcome in launch::<9>() {
        let Err(LaunchError::Fault(fault)) = outcome else { panic!("9 flags were accepted") };
        let (src, dst) = (Pipe::Mte2, Pipe::Mte3);
        assert_eq!(fault.trouble, Trouble::TooManyFlags { src, dst, limit: 8 });
        let at = fault.at.expect("the line is known");
        let line = include_str!("flag_budget.rs").lines().nth(at.line() as usize - 1);
        assert!(line.is_some_and(|line| line.contains(".record::<TStoreVec>()")), "{at}");
    }
}

/// Sends nine tiles over and over, one at a time: ids are used again once their flags are consumed.
struct Rotate;

impl Kernel for Rotate {
    type Plan = Ub<'static, 9>;
    type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        _: Core<'k>,
        ub: Ub<'k, 9>,
        (x, y): (GlobalIn<'k, f32>, GlobalOut<'k, f32>),
    ) -> Retired<Ub<'k, 9>> {
        let mut ring = ub.x.map(|tile| Some(tile.on::<Vector>().discard()));
        let mut last = None;
        for i in 0..90 {
            let slot = &mut ring[i % 9];
            let token = slot.take().expect("each slot is put back");
            // A flag there and back in each step, so that MTE2 knows that the last one was consumed.
            let there = token.release::<TLoad>();
            let back = tload(there, &x.tile(i % 9, 0)).record::<Vector>().wait();
            *slot = Some(back.on::<Vector>().discard());
            last = Some(i);
        }
        assert_eq!(last, Some(89));
        let row = ring.map(|token| token.expect("each slot is put back"));
        let _ = y;
        Ub::retire(UbTokens { x: row })
    }
}

#[test]
fn ids_are_used_again_once_their_flags_are_consumed() {
    let x = vec![1.0; 9 * 64];
    let gx = GlobalTensor::new(&x, &[72, 8]).expect("valid");
    let mut y = vec![0.0; 9 * 64];
    let mut out = GlobalTensorMut::new(&mut y, &[72, 8]).expect("valid");
    Eager::new().launch(&Rotate, 1, (gx.whole(), out.whole())).expect("one flag at a time");
    Pipelined::new().launch(&Rotate, 1, (gx.whole(), out.whole())).expect("one flag at a time");
}
