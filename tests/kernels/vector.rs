//! The kernels of the examples `layernorm`, `rmsnorm` and `swiglu`: ping-pong, rows that stay on V, two tiles behind one flag.

use tilesync::prelude::*;
use tilesync::program::Program;

use super::kernels::recorded;

#[path = "../../examples/layernorm.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod layernorm;
#[path = "../../examples/rmsnorm.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod rmsnorm;
#[path = "../../examples/swiglu.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod swiglu;

/// What `layernorm` issues for `rows` rows.
fn recorded_layernorm(rows: usize) -> Program {
    let (x, row, mut y) = (vec![1.0; rows * 8], vec![1.0; 8], vec![0.0; rows * 8]);
    let x = GlobalTensor::new(&x, &[rows, 8]).expect("the shape fits");
    let row = GlobalTensor::new(&row, &[8]).expect("the shape fits");
    let mut y = GlobalTensorMut::new(&mut y, &[rows, 8]).expect("the shape fits");
    let args = (x.whole(), row.whole(), row.whole(), y.whole());
    Pipelined::new().launch(&layernorm::layernorm, 1, args).expect("the kernel runs").program
}

/// The recorded programs, each with its kernel's name.
pub(crate) fn programs() -> Vec<(&'static str, Program)> {
    vec![
        ("layernorm", recorded_layernorm(3 * layernorm::TILE)),
        ("rmsnorm", recorded(&rmsnorm::rmsnorm, 3)),
        ("swiglu", recorded(&swiglu::swiglu, 2)),
    ]
}
