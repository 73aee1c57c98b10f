//! What the cores of the examples `gemm_dequant` and `attention` issue is clean, with edges on all sides and with tiles that are skipped.

use tilesync::exec::check::check_cluster;
use tilesync::prelude::*;

#[path = "../examples/attention.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod attention;

#[path = "../examples/gemm_dequant.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod dequant;

/// Late as well as early, lest a core waits for what never comes.
const ORDERS: [Order; 3] = [Order::Early, Order::Late, Order::Random(5)];

#[test]
fn attention_is_clean() {
    let sizes = [(1, 1, 1, 1), (2, 70, 200, 64), (1, 100, 333, 80), (1, 190, 130, 128)];
    for ((heads, queries, keys, dim), causal) in
        sizes.into_iter().flat_map(|size| [(size, false), (size, true)])
    {
        let input = attention::Input::random(heads, queries, keys, dim, causal);
        for order in ORDERS {
            let mut out = input.result();
            let report = input.run(&mut out, Some(order)).expect("runs").expect("reports");
            let verdict = check_cluster(&report.program);
            assert!(verdict.is_clean(), "{heads} x {queries} x {keys} x {dim}: {verdict}");
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn the_dequantised_product_is_clean() {
    for (m, k, n) in [(1, 1, 1), (64, 128, 64), (70, 300, 200)] {
        let (a, b) = (vec![1_i8; m * k], vec![-2_i8; k * n]);
        let (scale, bias) = (vec![0.5_f32; n], vec![3.0_f32; n]);
        for order in ORDERS {
            let mut y = vec![f32::NAN; m * n];
            let report = dequant::run((&a, &b, &scale, &bias), (m, k, n), &mut y, Some(order));
            let report = report.expect("runs").expect("reports");
            let verdict = check_cluster(&report.program);
            assert!(verdict.is_clean(), "{m} x {k} x {n}: {verdict}");
            assert!(y.iter().all(|&y| y == 3.0 - k as f32));
        }
    }
}
