//! The programs of the examples `gemm_bias_relu`, `gemm_i8` and `split_k` are clean, tile by tile and with edges, with one flag a slot; and no
//! kernel sees a sum over nothing.
#![allow(clippy::unwrap_used, reason = "a test")]

mod schedules;

use schedules::flags;
use tilesync::exec::check::{check, check_cluster};
use tilesync::global::GlobalError;
use tilesync::op::Pipe::{M, Mte1, Mte2};
use tilesync::prelude::*;
use tilesync::program::Program;

#[path = "../examples/gemm_bias_relu.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod bias_relu;

#[path = "../examples/gemm_i8.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod quantised;

#[path = "../examples/split_k.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod split_k;

/// m, k and n: one tile, many, edges on all sides.
const SIZES: [(usize, usize, usize); 3] = [(16, 16, 16), (256, 768, 256), (131, 700, 140)];

/// Each slot of two tiles is primed with one flag and handed back with one: of `panels` loads and `products`, two slots each.
/// `others` is what else is handed back between the same pipes.
fn assert_slots(program: &Program, panels: usize, products: usize, others: usize) {
    assert_eq!(flags(program)(Mte1, Mte2), 2 + panels + others);
    assert_eq!(flags(program)(M, Mte1), 2 + products + others);
}

#[test]
fn the_product_with_bias_and_relu_is_clean() {
    for (m, k, n) in SIZES {
        let (a, b) = (vec![f16::ONE; m * k], vec![f16::NEG_ONE; k * n]);
        let bias: Vec<f16> = (0..n).map(|j| f16::from_f32((k + j % 7) as f32)).collect();
        let mut c = vec![f16::NAN; m * n];
        let mut out = GlobalTensorMut::new(&mut c, &[m, n]).unwrap();
        let args = (
            GlobalTensor::new(&a, &[m, k]).unwrap().whole(),
            GlobalTensor::new(&b, &[k, n]).unwrap().whole(),
            GlobalTensor::new(&bias, &[1, n]).unwrap().whole(),
            out.parts(m.max(n), m.max(n)).unwrap(),
            m.max(n),
        );
        let report = Pipelined::new().launch(&bias_relu::gemm_bias_relu, 1, args).unwrap();
        let verdict = check(&report.program);
        assert!(verdict.is_clean(), "{verdict}");
        // The bias and its table are primed, and handed back by each tile.
        let tiles = m.div_ceil(128) * n.div_ceil(128);
        let (panels, products) = (tiles * k.div_ceil(256), tiles * k.div_ceil(128));
        assert_slots(&report.program, panels, products, 1 + tiles);
        assert!(c.iter().enumerate().all(|(at, c)| c.to_f32() == (at % n % 7) as f32));
    }
}

#[test]
fn the_quantised_product_is_clean() {
    for (m, k, n) in SIZES {
        let (a, b) = (vec![2; m * k], vec![1; k * n]);
        let words: Vec<u64> = (0..n).map(|j| quant_param::<i8>((j % 3) as f32 * 0.125)).collect();
        let mut c = vec![-1; m * n];
        let mut out = GlobalTensorMut::new(&mut c, &[m, n]).unwrap();
        let args = (
            GlobalTensor::new(&a, &[m, k]).unwrap().whole(),
            GlobalTensor::new(&b, &[k, n]).unwrap().whole(),
            GlobalTensor::new(&words, &[1, n]).unwrap().whole(),
            out.parts(m.max(n), m.max(n)).unwrap(),
            m.max(n),
        );
        let report = Pipelined::new().launch(&quantised::gemm_i8, 1, args).unwrap();
        let verdict = check(&report.program);
        assert!(verdict.is_clean(), "{verdict}");
        let tiles = m.div_ceil(128) * n.div_ceil(128);
        let (panels, products) = (tiles * k.div_ceil(512), tiles * k.div_ceil(256));
        assert_slots(&report.program, panels, products, 0);
        let value = |at: usize| (2 * k * (at % n % 3) / 8).min(127) as i8;
        assert!(c.iter().enumerate().all(|(at, &c)| c == value(at)));
    }
}

#[test]
fn a_matrix_without_columns_is_no_tensor() {
    let error = GlobalTensor::<f32>::new(&[], &[3, 0]).unwrap_err();
    assert_eq!(error, GlobalError::Empty { shape: vec![3, 0] });
    assert!(error.to_string().contains("skip the launch"), "{error}");
}

/// Its bits are those of one order of the sums, on any number of blocks; those of sums in memory are near them.
#[test]
fn a_depth_in_slices_is_clean_and_does_not_depend_on_the_number_of_blocks() {
    for (size, slices) in [((64, 512, 64), 4), ((70, 300, 130), 3), ((1, 5, 3), 9)] {
        let mut first = None;
        for (blocks, order) in [(1, Order::Late), (5, Order::Early), (24, Order::Random(7))] {
            let input = split_k::Input::random(size, slices, blocks);
            for in_memory in [false, true] {
                let mut y = vec![f32::NAN; size.0 * size.2];
                let report = input.run(in_memory, &mut y, Some(order)).unwrap().unwrap();
                let verdict = check_cluster(&report.program);
                assert!(verdict.is_clean(), "{size:?} in {blocks} blocks: {verdict}");
                input.check(&y).unwrap();
                if !in_memory {
                    let bits: Vec<_> = y.iter().map(|y| y.to_bits()).collect();
                    assert!(first.get_or_insert_with(|| bits.clone()) == &bits, "{blocks} blocks");
                }
            }
        }
    }
    let too_many = split_k::Input::random((64, 64, 64), 1, 25).run(false, &mut [0.0; 4096], None);
    assert!(matches!(too_many, Err(LaunchError::TooManyBlocks { grid: 25, cores: 24, .. })));
}
