//! What the types do not see of a message that is read where it lies: an error that names the line, before anything runs.

use tilesync::prelude::*;
use tilesync::tile::{Full, Nz, Tile, space};
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct L1<'k> {
    left: LeftTile<'k, f32, 32, 32, Full, A5>,
    upper: LeftTile<'k, f32, 16, 32, Full, A5>,
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 16, 32, Full, A5>,
    nz: Tile<'k, space::Vec, f32, 16, 32, Nz, Full, A5>,
    narrow: VecTile<'k, f32, 16, 16, Full, A5>,
    narrow_nz: Tile<'k, space::Vec, f32, 16, 16, Nz, Full, A5>,
}

#[derive(Fifos)]
struct Links<'k, R> {
    xs: V2M<'k, R, usize, f32, 32, 32, 2>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Nothing,
    /// The vector cores store half of the columns.
    Part,
    /// The cube core reads the message as a tile of another shape.
    Shape,
}

struct Sends(Wrong);

#[cluster]
impl Sends {
    fn schedule(_block: usize) -> Vec<usize> {
        vec![0, 1, 2]
    }

    fn cube<'k>(
        &self,
        l1: L1<'k>,
        links: Links<'k, OnCube>,
    ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
        let (mut left, mut upper, mut xs) = (l1.left.on::<Mte1>(), l1.upper.on::<Mte1>(), links.xs);
        let xs = loop {
            match xs.next() {
                Next::End(end) => break end,
                Next::Step(step) => {
                    let slot = tpop_slot(step);
                    if self.0 == Wrong::Shape {
                        upper = tmov(upper, &slot.as_tile::<16, 32>()).discard().on();
                    } else {
                        left = tmov(left, &slot.as_tile::<32, 32>()).discard().on();
                    }
                    xs = tfree(slot);
                }
            }
        };
        L1::retire(L1Tokens { left, upper }).and(Links::retire(LinksTokens { xs }))
    }

    fn vector<'k>(
        &self,
        ub: Ub<'k>,
        links: Links<'k, OnVector>,
        x: GlobalIn<'k, f32>,
    ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
        let loaded = tload(ub.x, &x.at(0, 0)).record::<Vector>();
        let mut nz = tmov(ub.nz, &loaded).record::<TStoreVec>().wait();
        let narrow = tload(ub.narrow, &x.at(0, 0)).record::<Vector>();
        let mut narrow_nz = tmov(ub.narrow_nz, &narrow).record::<TStoreVec>().wait();
        let mut xs = links.xs;
        let xs = loop {
            match xs.next() {
                Next::End(end) => break end,
                Next::Step(step) => {
                    let slot = talloc(step);
                    if self.0 == Wrong::Part {
                        narrow_nz = tstore(&slot.at(0, 0), narrow_nz);
                    } else {
                        nz = tstore(&slot.at(0, 0), nz);
                    }
                    xs = tpush_slot(slot);
                }
            }
        };
        Ub::retire(UbTokens { x: loaded, nz, narrow, narrow_nz })
            .and(Links::retire(LinksTokens { xs }))
    }
}

fn launch(wrong: Wrong, order: Option<Order>) -> Result<(), LaunchError> {
    let x = vec![1.0; 16 * 32];
    let x = GlobalTensor::new(&x, &[16, 32])?;
    let (cluster, args) = (Sends(wrong), (x.whole(),));
    match order {
        None => Eager::new().launch_cluster(&cluster, 1, (), args),
        Some(order) => {
            Pipelined::new().order(order).launch_cluster(&cluster, 1, (), args).map(drop)
        }
    }
}

#[test]
fn a_message_is_read_whole_and_in_its_shape() {
    let shape = Trouble::MessageShape { name: "TPOP", tile: (16, 32), share: (32, 32) };
    let part =
        Trouble::NotPushed { fifo: "xs".to_owned(), message: 0, corner: (0, 0), extent: (32, 32) };
    for order in [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(1))] {
        launch(Wrong::Nothing, order).expect("nothing is wrong");
        for (wrong, expected) in [(Wrong::Part, &part), (Wrong::Shape, &shape)] {
            let outcome = launch(wrong, order);
            let Err(LaunchError::Fault(fault)) = outcome else { panic!("{wrong:?}: {outcome:?}") };
            assert_eq!(&fault.trouble, expected);
            assert!(fault.at.is_some_and(|at| at.file().ends_with("cluster_direct_faults.rs")));
        }
    }
}
