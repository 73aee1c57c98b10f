//! Tile kernels on streams: a launch owns or borrows its buffers, and what stops a kernel comes out of the stream.

use tilesync::prelude::*;
use tilesync::runtime::{self, Device, DeviceBuffer, Error};

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn negate<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TNeg>();
    let x = tneg_assign(x).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
}

/// Rows of the input, of 8 columns, one block for each 8 rows.
fn launch(x: &[f32], y: &mut [f32], rows: usize) -> Result<(), LaunchError> {
    let x = GlobalTensor::new(x, &[rows, 8])?.parts(8, 8)?;
    let mut y = GlobalTensorMut::new(y, &[rows, 8])?;
    Eager::new().launch(&negate, rows.div_ceil(8), (x, y.parts(8, 8)?))
}

#[test]
fn a_kernel_runs_on_a_stream_and_its_buffers_come_back() {
    let device = Device::new(1).expect("two devices");
    let stream = runtime::Stream::new(device);
    let buffers = [(); 2].map(|()| DeviceBuffer::filled(device, 256, 1.5_f32).expect("memory"));
    let [x, y] = stream
        .launch_with(buffers, |[x, y]| launch(x, y, 32))
        .expect("queued")
        .synchronize()
        .expect("a right launch");
    assert!(x.iter().zip(y.iter()).all(|(x, y)| *y == -*x));
}

#[test]
fn a_scope_lends_slices_of_the_host_to_a_kernel() {
    let stream = runtime::Stream::new(Device::current());
    let x: Vec<f32> = (0..256).map(|i| i as f32).collect();
    let mut y = vec![0.0; 256];
    runtime::scope(|scope| scope.launch(&stream, || launch(&x, &mut y, 32))).expect("queued");
    assert!(x.iter().zip(&y).all(|(x, y)| *y == -*x));
}

#[test]
fn what_stops_a_kernel_comes_out_of_its_stream() {
    let stream = runtime::Stream::new(Device::current());
    // 30 rows: the last tile meets the edge with a fixed valid region.
    let (x, mut y) = (vec![0.0; 240], vec![0.0; 240]);
    stream.launch(move || launch(&x, &mut y, 30)).expect("queued");
    let error = stream.synchronize().expect_err("the kernel was stopped");
    let Error::KernelFailed { .. } = &error else { panic!("{error}") };
    let text = format!("{error}");
    assert!(text.contains("runtime_kernels.rs"), "the line of the kernel is missing: {text}");
    stream.synchronize().expect("reported once");
}
