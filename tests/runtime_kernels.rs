//! Tile kernels on streams: a launch owns or borrows its buffers, and what stops a kernel comes out of the stream.

use std::sync::Arc;

use tilesync::prelude::*;
use tilesync::runtime::{self, Device, DeviceBuffer, DeviceTensor, Error};

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

#[kernel]
fn scale<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    factor: f32,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
    let x = tmuls_assign(x, factor).record::<TStoreVec>();
    Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
}

/// A tensor of `rows` rows of 8 columns, one part for each 8 rows.
fn tensor(value: f32, rows: usize) -> DeviceTensor<f32> {
    let buffer = DeviceBuffer::filled(Device::current(), rows * 8, value).expect("memory");
    let whole = DeviceTensor::new(buffer, &[rows, 8]).expect("a shape of its length");
    whole.in_parts(8, 8).expect("parts with elements")
}

#[test]
fn a_stream_owns_the_tensors_of_a_kernel_until_it_is_done() {
    let stream = runtime::Stream::new(Device::current());
    let args = (tensor(1.5, 32), tensor(0.0, 32));
    let done = stream.launch_tiles(&negate, 4, args).expect("queued").synchronize();
    let (x, y) = done.expect("a right launch");
    assert!(x.iter().all(|&x| x == 1.5) && y.iter().all(|&y| y == -1.5));
    // Dropped in flight, the tensors live until the kernel is done.
    drop(stream.launch_tiles(&negate, 4, (x, y)).expect("queued"));
    stream.synchronize().expect("a right launch");
}

#[test]
fn several_launches_read_one_tensor_and_take_numbers() {
    let streams = [(); 2].map(|()| runtime::Stream::new(Device::current()));
    let x = Arc::new(tensor(2.0, 16));
    let launched = [3.0, 5.0].map(|factor| (factor, Arc::clone(&x)));
    let in_flight = launched.into_iter().zip(&streams).map(|((factor, x), stream)| {
        let args = (x, tensor(0.0, 16), factor);
        (factor, stream.launch_tiles(&scale, 2, args).expect("queued"))
    });
    for (factor, in_flight) in in_flight.collect::<Vec<_>>() {
        let (_, y, _) = in_flight.synchronize().expect("a right launch");
        assert!(y.iter().all(|&y| y == 2.0 * factor));
    }
}

#[test]
fn a_scope_lends_tensors_to_kernels_on_streams() {
    let [first, second] = [(); 2].map(|()| runtime::Stream::new(Device::current()));
    let input = vec![1.0; 64];
    let [mut one, mut two] = [(); 2].map(|()| vec![0.0; 64]);
    let x = GlobalTensor::new(&input, &[8, 8]).expect("a shape of its length");
    let mut y = GlobalTensorMut::new(&mut one, &[8, 8]).expect("a shape of its length");
    let mut z = GlobalTensorMut::new(&mut two, &[8, 8]).expect("a shape of its length");
    runtime::scope(|scope| {
        scope.launch_tiles(&first, &negate, 1, (x.whole(), y.whole()))?;
        scope.launch_tiles(&second, &scale, 1, (x.whole(), z.whole(), 7.0))
    })
    .expect("right launches");
    assert!(one.iter().all(|&y| y == -1.0) && two.iter().all(|&z| z == 7.0));
}

#[test]
fn a_grid_that_does_not_match_the_parts_comes_out_of_the_stream_and_the_tensors_come_back() {
    let stream = runtime::Stream::new(Device::current());
    let args = (tensor(1.0, 32), tensor(0.0, 32));
    let in_flight = stream.launch_tiles(&negate, 3, args).expect("queued");
    let refused = in_flight.synchronize().expect_err("4 parts for 3 blocks");
    let Error::KernelFailed { source, .. } = &refused.error else { panic!("{}", refused.error) };
    let source = source.downcast_ref::<LaunchError>();
    assert!(matches!(source, Some(LaunchError::GridMismatch { parts: 4, grid: 3, .. })));
    let (x, _) = refused.buffers.synchronize().expect("reported once");
    assert!(x.iter().all(|&x| x == 1.0));
    stream.synchronize().expect_err("the stream is told as well");
}
