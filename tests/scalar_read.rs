//! The kernel's own code reads scalars out of tiles and decides by them: it is the scalar pipe.

use tilesync::prelude::*;
use tilesync::{LaunchError, Trouble};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// Doubles the tile until its first element is at least 1,000, and stores it.
#[kernel]
fn double_up<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut tile = tload(ub.x, &x.tile(0, 0)).record::<Scalar>().wait();
    while tile.get(0, 0) < 1000.0 {
        let doubled = tmuls_assign(tile.record::<TMulS>(), 2.0);
        tile = doubled.record::<Scalar>().wait().on::<Scalar>();
    }
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), tile.record::<TStoreVec>()) })
}

#[kernel]
fn beyond<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let tile = tload(ub.x, &x.tile(0, 0)).record::<Scalar>().wait();
    assert_eq!(tile.get(8, 0), 0.0);
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), tile.record::<TStoreVec>()) })
}

/// Reads outside of the tensor, and would wait for ever for what it expects there.
#[kernel]
fn waits_for_what_never_comes<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let tile = tload(ub.x, &x.at(100, 0)).record::<Scalar>().wait();
    while tile.get(0, 0) == 0.0 {}
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), tile.record::<TStoreVec>()) })
}

fn launch<K>(kernel: &K) -> Vec<(Result<(), LaunchError>, Vec<f32>)>
where
    K: Kernel<Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>)>,
{
    let x: Vec<f32> = (0..64).map(|i| i as f32 + 3.0).collect();
    let input = GlobalTensor::new(&x, &[8, 8]).expect("valid").whole();
    let run = |executor: Option<Order>| {
        let mut y = vec![0.0; 64];
        let mut output = GlobalTensorMut::new(&mut y, &[8, 8]).expect("valid");
        let outcome = match executor {
            None => Eager::new().launch(kernel, 1, (input, output.whole())),
            Some(order) => {
                let pipelined = Pipelined::new().order(order);
                pipelined.launch(kernel, 1, (input, output.whole())).map(|_| ())
            }
        };
        (outcome, y)
    };
    [None, Some(Order::Early), Some(Order::Late), Some(Order::Random(1))].map(run).into()
}

#[test]
fn a_loop_that_depends_on_data_ends_alike_everywhere() {
    for (outcome, y) in launch(&double_up) {
        outcome.expect("a right launch");
        // 3 * 2^9 is the first that is at least 1,000.
        assert!(y.iter().enumerate().all(|(i, y)| *y == (i as f32 + 3.0) * 512.0));
    }
}

#[test]
fn reading_outside_of_the_valid_region_is_an_error() {
    for (outcome, _) in launch(&beyond) {
        let Err(LaunchError::Fault(fault)) = outcome else { panic!("no fault") };
        assert_eq!(fault.trouble, Trouble::Element { at: (8, 0), valid: (8, 8) });
        assert!(fault.at.is_some_and(|at| at.file().ends_with("scalar_read.rs")));
    }
}

#[test]
fn a_stopped_kernel_does_not_wait_for_a_value() {
    for (outcome, _) in launch(&waits_for_what_never_comes) {
        let Err(LaunchError::Fault(fault)) = outcome else { panic!("no fault") };
        assert_eq!(fault.trouble, Trouble::OutOfBounds { origin: (100, 0), limit: (8, 8) });
    }
}
