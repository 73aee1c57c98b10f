//! Attention of one head: on one core, and on a cube core and its vector cores.

use half::f16;
use tilesync::prelude::*;

use crate::limit;
use crate::table::{Unit, row, wanted};

#[path = "../../examples/attention_one_core.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod lesson;

#[path = "../../examples/attention.rs"]
#[allow(dead_code, reason = "only the kernel and its oracle are used")]
mod on_cluster;

use lesson::{Input, QUERIES, TABLE, attention, mask_table};

/// Queries, and keys.
const ROWS: usize = 2048;
const DIM: usize = 128;

/// Measures it, beside its two products alone; and on a cluster, beside the kernel on one core.
pub(crate) fn rows() {
    let case = format!("attention {ROWS} x {DIM} f16");
    if !wanted(&case) {
        return;
    }
    let input = Input::random(ROWS, ROWS, DIM);
    let [queries, keys, values] = [&input.queries, &input.keys, &input.values]
        .map(|x| x.iter().map(|x| x.to_f32()).collect::<Vec<_>>());
    let (table, mut out) = (mask_table(), vec![f32::NAN; ROWS * DIM]);
    let (mut scores, mut sums) = (vec![f32::NAN; ROWS * ROWS], vec![f32::NAN; ROWS * DIM]);
    let mut ours = || {
        let mut result = GlobalTensorMut::new(&mut out, &[ROWS, DIM]).expect("valid");
        let args = (
            whole(&input.queries, [ROWS, DIM]),
            GlobalTensor::new(&input.keys, &[DIM, ROWS]).expect("valid").whole(),
            whole(&input.values, [ROWS, DIM]),
            GlobalTensor::new(&table, &[QUERIES, TABLE]).expect("valid").whole(),
            result.parts(QUERIES, DIM).expect("valid"),
            false,
        );
        Eager::new().launch(&attention, ROWS.div_ceil(QUERIES), args).expect("a right launch");
    };
    let mut products = || {
        limit::multiply((DIM, &queries), (DIM, &keys), true, &mut scores);
        limit::multiply((ROWS, &scores), (DIM, &values), false, &mut sums);
    };
    let operations = 4 * ROWS * ROWS * DIM;
    let mut limit = || limit::operate(operations);
    let work = operations as f64;
    row(&case, Unit::Operations, work, [&mut ours, &mut limit, &mut products]);
    let clustered = format!("attention {ROWS} x {DIM} f16, cluster");
    if wanted(&clustered) {
        let input = on_cluster::Input::random(1, ROWS, ROWS, DIM, false);
        let mut result = input.result();
        let mut on_cluster = || {
            input.run(&mut result, None).expect("a right launch");
        };
        row(&clustered, Unit::Operations, work, [&mut on_cluster, &mut limit, &mut ours]);
        compare(&result, |query| input.exact(0, query));
    }
    compare(&out, |query| input.exact(query, false));
}

/// Some queries' results are what they should be.
fn compare(out: &[f32], exact: impl Fn(usize) -> Vec<f64>) {
    for at in (0..ROWS).step_by(97) {
        for (got, exact) in out[at * DIM..].iter().zip(exact(at)) {
            let error = (f64::from(*got) - exact).abs();
            assert!(error < 1e-3, "attention gives {got}, not {exact}");
        }
    }
}

fn whole(x: &[f16], shape: [usize; 2]) -> tilesync::global::InArg<'_, f16> {
    GlobalTensor::new(x, &shape).expect("valid").whole()
}
