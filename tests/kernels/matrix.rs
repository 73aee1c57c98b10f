//! The kernels of the examples `gemm_bias_relu` and `attention_one_core`: rings of pairs, and a way from the sums to V and back.

use tilesync::prelude::*;
use tilesync::program::Program;

#[path = "../../examples/attention_one_core.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod attention;
#[path = "../../examples/gemm_bias_relu.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod bias_relu;

/// What `gemm_bias_relu` issues for one tile and two panels of two products each.
fn recorded_bias_relu() -> Program {
    let (row, one, mut c) = (vec![f16::ONE; 500], [f16::ONE], [f16::NAN]);
    let a = GlobalTensor::new(&row, &[1, 500]).expect("the shape fits");
    let b = GlobalTensor::new(&row, &[500, 1]).expect("the shape fits");
    let bias = GlobalTensor::new(&one, &[1, 1]).expect("the shape fits");
    let mut c = GlobalTensorMut::new(&mut c, &[1, 1]).expect("the shape fits");
    let args = (a.whole(), b.whole(), bias.whole(), c.whole(), 128);
    let launched = Pipelined::new().launch(&bias_relu::gemm_bias_relu, 1, args);
    launched.expect("the kernel runs").program
}

/// What `attention` issues for one query and two tiles of keys, the second with a mask.
fn recorded_attention() -> Program {
    let run = attention::Input::random(1, 129, 1).run(true, Some(Pipelined::new()));
    run.expect("the kernel runs").1.expect("it was recorded").program
}

/// The recorded programs, each with its kernel's name.
pub(crate) fn programs() -> Vec<(&'static str, Program)> {
    vec![("gemm_bias_relu", recorded_bias_relu()), ("attention", recorded_attention())]
}
