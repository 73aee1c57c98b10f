//! What a role of a cluster may do wrong in ways that its types do not see: an error that names the line, before anything runs.

use tilesync::cluster::When;
use tilesync::exec::ClusterReport;
use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct L1<'k> {
    x: MatTile<'k, f32, 16, 16, Dyn, RowMajor>,
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 16, Dyn>,
    tall: VecTile<'k, f32, 16, 16, Dyn>,
}

/// For the first step alone.
enum First {}

impl When<usize> for First {
    fn when(step: &usize) -> bool {
        *step == 0
    }
}

#[derive(Fifos)]
struct Links<'k, R> {
    xs: V2C<'k, R, usize, f32, 16, 16, 2>,
    ys: V2C<'k, R, usize, f32, 16, 16, 2>,
    /// Empty messages, for some of the steps.
    firsts: C2V<'k, R, usize, f32, 2, 8, 1, A2A3, First>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Nothing,
    /// The cube loads all of a message of which the vector cores have stored some rows.
    LoadsMore,
    /// The cube walks two ends together that stand at different steps.
    StepsApart,
    /// The cube is content with a step less.
    StepsLeft,
    /// The vector cores push a tile of another shape.
    Shape,
    /// The vector cores read an element that an op has computed.
    ReadsBack,
    /// The vector cores panic.
    Panics,
}

struct Copies(Wrong);

/// Rows that each vector core stores.
const ROWS: usize = 5;

#[cluster]
impl Copies {
    fn schedule(_block: usize) -> Vec<usize> {
        vec![0, 1, 2]
    }

    fn cube<'k>(
        &self,
        l1: L1<'k>,
        links: Links<'k, OnCube>,
        out: GlobalOut<'k, f32>,
    ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
        let (mut xs, mut ys, mut firsts) = (links.xs, links.ys, links.firsts.next());
        if let Next::Step(step) = firsts {
            firsts = tpush_slot(talloc(step)).next();
        }
        if self.0 == Wrong::StepsApart {
            let Next::Step(step) = xs.next() else { unreachable!("there are three steps") };
            xs = tfree(tpop_slot(step));
        }
        let mut free = l1.x.prime::<TStoreMat, TLoad>();
        let (xs, ys) = loop {
            match (xs, ys).next() {
                Next::End(ends) => break ends,
                Next::Step((x, y)) => {
                    let tile = *x;
                    let message = tpop_slot(x);
                    for half in [0, 8] {
                        let rows = if self.0 == Wrong::LoadsMore && tile == 1 { 8 } else { ROWS };
                        let loaded = tload(free, &message.at(half, 0).sized(rows, 16));
                        let place = out.at(tile * 16 + half, 0);
                        free = tstore(&place, loaded.record::<TStoreMat>()).release();
                    }
                    xs = tfree(message);
                    ys = tfree(tpop_slot(y));
                }
            }
        };
        let firsts = firsts.end();
        let ends = LinksTokens { xs, ys, firsts };
        L1::retire(L1Tokens { x: free }).and(Links::retire(ends))
    }

    fn vector<'k>(
        &self,
        ub: Ub<'k>,
        links: Links<'k, OnVector>,
        x: GlobalIn<'k, f32>,
    ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
        let mut free = ub.x.prime::<TStoreVec, TLoad>();
        let mut other = ub.tall.prime::<TStoreVec, TLoad>();
        let mut ends = (links.xs, links.ys);
        let (xs, ys) = loop {
            match ends.next() {
                Next::End(ends) => break ends,
                Next::Step((first, second)) => {
                    assert!(self.0 != Wrong::Panics, "out of sorts");
                    let region = x.at(*first * 8, 0).sized(ROWS, 16);
                    let loaded = tload(free, &region).record::<TStoreVec>();
                    let (stored, xs) = match self.0 {
                        Wrong::ReadsBack => {
                            let read = loaded.wait().record::<Scalar>().wait();
                            assert!(read.get(0, 0).is_finite());
                            tpush(first, read.record::<TStoreVec>())
                        }
                        Wrong::Shape => {
                            let tall = tload(other, &region).record::<TStoreVec>();
                            let (stored, xs) = tpush(first, tall);
                            other = stored.release();
                            (loaded.wait(), xs)
                        }
                        _ => tpush(first, loaded),
                    };
                    free = stored.release();
                    ends = (xs, tpush_slot(talloc(second)));
                }
            }
        };
        let mut firsts = links.firsts.next();
        if let Next::Step(step) = firsts {
            firsts = if self.0 == Wrong::StepsLeft {
                Next::Step(step)
            } else {
                tfree(tpop_slot(step)).next()
            };
        }
        let ends = LinksTokens { xs, ys, firsts: firsts.end() };
        Ub::retire(UbTokens { x: free, tall: other }).and(Links::retire(ends))
    }
}

/// Launches it, eagerly or pipelined, and says how it ended and what came out.
fn launch(
    wrong: Wrong,
    order: Option<Order>,
) -> (Result<Option<ClusterReport>, LaunchError>, Vec<f32>) {
    let x: Vec<f32> = (0..48 * 16).map(|i| i as f32).collect();
    let mut out = vec![f32::NAN; 48 * 16];
    let outcome = (|| {
        let x = GlobalTensor::new(&x, &[48, 16])?.parts(48, 16)?;
        let mut result = GlobalTensorMut::new(&mut out, &[48, 16])?;
        let (cube, vector) = ((result.parts(48, 16)?,), (x,));
        match order {
            None => Eager::new().launch_cluster(&Copies(wrong), 1, cube, vector).map(|()| None),
            Some(order) => Pipelined::new()
                .order(order)
                .launch_cluster(&Copies(wrong), 1, cube, vector)
                .map(Some),
        }
    })();
    (outcome, out)
}

#[test]
fn what_was_pushed_in_part_is_loaded_in_part() {
    for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(3))] {
        let (outcome, out) = launch(Wrong::Nothing, order);
        outcome.expect("nothing is wrong");
        for (row, col) in (0..48).flat_map(|row| (0..16).map(move |col| (row, col))) {
            // Tile `t` of the cube: rows 8 t of the upper half of `x`, then those of the lower half.
            let (tile, half, line) = (row / 16, row % 16 / 8, row % 8);
            let got = out[row * 16 + col];
            if line < ROWS {
                assert_eq!(got, ((half * 24 + tile * 8 + line) * 16 + col) as f32, "{row}, {col}");
            } else {
                assert!(got.is_nan(), "{row}, {col}: {got}");
            }
        }
    }
}

/// The fault of a launch that does nothing.
fn fault(wrong: Wrong) -> (Trouble, u32) {
    for order in [Some(Order::Early), None] {
        let (outcome, out) = launch(wrong, order);
        assert!(out.iter().all(|x| x.is_nan()), "{wrong:?}: something ran");
        let Err(LaunchError::Fault(fault)) = outcome else { panic!("{wrong:?}: {outcome:?}") };
        println!("{fault}");
        if order.is_none() {
            return (fault.trouble, fault.at.map_or(0, |at| at.line()));
        }
    }
    unreachable!("one of two orders is the last")
}

#[test]
fn what_was_not_pushed_is_not_loaded() {
    let (trouble, line) = fault(Wrong::LoadsMore);
    let expected =
        Trouble::NotPushed { fifo: "xs".to_owned(), message: 1, corner: (0, 0), extent: (8, 16) };
    assert_eq!(trouble, expected);
    assert!(line > 0);
}

#[test]
fn ends_that_walk_together_stand_at_one_step() {
    let (trouble, line) = fault(Wrong::StepsApart);
    assert_eq!(trouble, Trouble::StepsApart { steps: (1, 0) });
    assert!(line > 0);
}

#[test]
fn a_walk_is_not_at_its_end_before_its_last_step() {
    let (trouble, line) = fault(Wrong::StepsLeft);
    assert_eq!(trouble, Trouble::StepsLeft);
    assert!(line > 0);
}

#[test]
fn a_tile_has_the_shape_of_a_message() {
    let (trouble, line) = fault(Wrong::Shape);
    let expected = Trouble::MessageShape { name: "TPUSH", tile: (16, 16), share: (8, 16) };
    assert_eq!(trouble, expected);
    assert!(line > 0);
}

#[test]
fn a_role_does_not_read_what_has_not_run() {
    let (trouble, line) = fault(Wrong::ReadsBack);
    assert_eq!(trouble, Trouble::ReadsBack);
    assert!(line > 0);
}

#[test]
fn a_role_that_panics_stops_the_launch() {
    let (trouble, _) = fault(Wrong::Panics);
    assert!(matches!(trouble, Trouble::Panicked { .. }), "{trouble:?}");
}
