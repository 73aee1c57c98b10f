//! How the vector cores of a cluster share messages and tensors: by rows, by columns, or not at all; on both chips.

use tilesync::exec::ClusterReport;
use tilesync::exec::check::check_cluster;
use tilesync::prelude::*;
use tilesync::program::Core as On;

#[path = "clusters/copies.rs"]
mod copies;

use copies::{BLOCKS, Copying, N, TILES, inputs};

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            copies_all(&copies::$name::Copies);
        }
    )*};
}

tests! { halves_of_rows halves_of_columns one_vector_core halves_of_rows_on_a5 one_vector_core_on_a5 }

/// What comes out is what went in, on every executor; and what the cores issue is clean.
fn copies_all(cluster: &impl Copying) {
    let ([x, one], rows) = (inputs(), BLOCKS * TILES * N);
    let orders = [Order::Early, Order::Late, Order::Random(7)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let mut out = vec![f32::NAN; rows * N];
        let report = (|| -> Result<Option<ClusterReport>, LaunchError> {
            let x = GlobalTensor::new(&x, &[rows, N])?;
            let one = GlobalTensor::new(&one, &[N, N])?;
            let mut result = GlobalTensorMut::new(&mut out, &[rows, N])?;
            let (cube, vector) = ((one.whole(), result.parts(TILES * N, N)?), (x.whole(),));
            match order {
                None => Eager::new().launch_cluster(cluster, BLOCKS, cube, vector).map(|()| None),
                Some(order) => Pipelined::new()
                    .order(order)
                    .launch_cluster(cluster, BLOCKS, cube, vector)
                    .map(Some),
            }
        })();
        let report = report.expect("runs");
        assert_eq!(out, x, "{order:?}");
        if let Some(ClusterReport { program, .. }) = report {
            let verdict = check_cluster(&program);
            assert!(verdict.is_clean(), "{verdict}");
            assert!(program.program(1, On::Vector0).is_some());
        }
    }
}
