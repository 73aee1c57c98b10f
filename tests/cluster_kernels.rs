//! What the cores of the examples `gemm_dequant`, `gemm_weights_a5` and `attention` issue is clean, with edges on all sides and with tiles
//! that are skipped.

use tilesync::exec::check::check_cluster;
use tilesync::op::Pipe;
use tilesync::prelude::*;

#[path = "../examples/attention.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod attention;

#[path = "../examples/gemm_dequant.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod dequant;

#[path = "../examples/gemm_weights_a5.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod weights;

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

#[test]
fn the_product_with_weights_is_clean() {
    for (m, k, n) in [(64, 64, 64), (128, 256, 192)] {
        let (a, w) = (vec![f16::ONE; m * k], vec![-2_i8; k * n]);
        let (scale, bias) = (vec![f16::from_f32(0.5); n], vec![3.0_f32; n]);
        for order in ORDERS {
            let mut y = vec![f32::NAN; m * n];
            let report = weights::run((&a, &w, &scale, &bias), (m, k, n), &mut y, Some(order));
            let report = report.expect("runs").expect("reports");
            let verdict = check_cluster(&report.program);
            assert!(verdict.is_clean(), "{m} x {k} x {n}: {verdict}");
            assert!(y.iter().all(|&y| y == 3.0 - k as f32));
        }
    }
}

/// A row a pipe of each core; and who waits for a message says for which FIFO.
#[test]
fn the_timeline_has_the_pipes_of_all_cores() {
    let (m, k, n) = (70, 128, 200);
    let (a, b) = (vec![1_i8; m * k], vec![2_i8; k * n]);
    let (scale, bias) = (vec![0.5_f32; n], vec![3.0_f32; n]);
    let mut waits = 0;
    for seed in 0..8 {
        let mut y = vec![f32::NAN; m * n];
        let order = Some(Order::Random(seed));
        let report = dequant::run((&a, &b, &scale, &bias), (m, k, n), &mut y, order);
        let timeline = report.expect("runs").expect("reports").timeline;
        let names: Vec<_> = timeline.cores().iter().map(|core| core.name.as_str()).collect();
        assert_eq!(names, ["cube", "vector 0", "vector 1"]);
        for core in timeline.cores() {
            let spans = core.pipes.iter().flat_map(|(_, spans)| spans);
            let said = spans.filter(|span| timeline.name(span) == "waits for sums");
            waits += said.inspect(|span| assert!(span.begin <= span.end)).count();
            let pipe = if core.name == "cube" { Pipe::M } else { Pipe::V };
            assert!(core.pipes.iter().any(|(of, spans)| *of == pipe && !spans.is_empty()));
        }
        for drawn in [timeline.to_string(), timeline.svg(), timeline.html(), timeline.chrome()] {
            assert!(drawn.contains("vector 1"), "{drawn}");
        }
    }
    assert!(waits > 0, "nobody waits for another core");
}
