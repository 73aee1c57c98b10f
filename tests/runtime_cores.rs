//! Clusters and kernels in phases on streams.

#[path = "clusters/relay.rs"]
#[allow(dead_code, reason = "only the kernel is used")]
mod relay;

use relay::{N, Relay};
use tilesync::prelude::*;
use tilesync::runtime::{self, Device, DeviceBuffer, DeviceTensor, Error};

fn tensor(
    device: Device,
    data: Vec<f32>,
    shape: &[usize],
    parts: Option<usize>,
) -> DeviceTensor<f32> {
    let buffer = DeviceBuffer::new(device, data);
    let tensor = DeviceTensor::new(buffer, shape).expect("a shape");
    match parts {
        Some(rows) => tensor.in_parts(rows, shape[1]).expect("not empty"),
        None => tensor,
    }
}

/// The rows of each block, and those of the result that each vector core has, as the relay lays them.
fn on_a_stream<const SLOTS: usize>(relay: Relay<SLOTS>, blocks: usize) -> Result<Vec<f32>, Error> {
    let device = Device::new(1).expect("two devices");
    let stream = runtime::Stream::new(device);
    let (x, b) = relay.inputs(blocks);
    let rows = relay.tiles * N;
    let shape = [blocks * rows, N];
    let out = tensor(device, vec![f32::NAN; x.len()], &shape, Some(rows));
    let (x, b) = (tensor(device, x, &shape, None), tensor(device, b, &[N, N], None));
    let launched = stream.launch_cluster(relay, blocks, (b,), (x, out)).expect("queued");
    let (_, (_, out)) = launched.synchronize().map_err(|returned| returned.error)?;
    Ok(out.to_vec())
}

#[test]
fn a_cluster_runs_on_a_stream_and_its_buffers_come_back() {
    for (tiles, ahead) in [(1, 0), (7, 1)] {
        let expected = Relay::<2> { tiles, ahead }.expected(3);
        let out = on_a_stream(Relay::<2> { tiles, ahead }, 3).expect("a right launch");
        assert_eq!(out, expected);
    }
}

#[test]
fn what_stops_a_cluster_comes_out_of_its_stream() {
    let error = on_a_stream(Relay::<2> { tiles: 12, ahead: 6 }, 1).expect_err("a cyclic wait");
    let Error::KernelFailed { .. } = &error else { panic!("{error}") };
    let text = format!("{error}");
    assert!(text.contains("wait for each other") && text.contains("relay.rs"), "{text}");
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// Each block adds 1 to its part, and then takes that of the next block.
struct Shift;

#[phases]
impl Shift {
    fn add<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TAddS>();
        let x = tadds_assign(x, 1.0).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }

    fn shift<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let next = (y.part().0 + 1) % y.grid().0;
        let x = tload(ub.x, &seen.tile(next, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn shifted(x: &[f32]) -> Vec<f32> {
    (0..x.len()).map(|at| x[(at + 64) % x.len()] + 1.0).collect()
}

/// Two launches one after the other: the second one sees what the first has stored.
#[test]
fn phases_run_on_a_stream_and_their_buffers_come_back() {
    let device = Device::current();
    let stream = runtime::Stream::new(device);
    let x: Vec<f32> = (0..5 * 64).map(|i| i as f32).collect();
    let of = |data| tensor(device, data, &[40, 8], Some(8));
    let args = (of(x.clone()), of(vec![f32::NAN; 320]), of(vec![f32::NAN; 320]));
    let (_, seen, y) =
        stream.launch_phases(Shift, 5, args).expect("queued").synchronize().expect("runs");
    assert_eq!(y.to_vec(), shifted(&x));
    let again = stream.launch_phases(Shift, 5, (y, seen, of(vec![f32::NAN; 320])));
    let (.., y) = again.expect("queued").synchronize().expect("runs");
    assert_eq!(y.to_vec(), shifted(&shifted(&x)));
}

#[test]
fn more_blocks_than_meet_come_out_of_the_stream_as_an_error() {
    let device = Device::current();
    let stream = runtime::Stream::new(device);
    let of = |value: f32| tensor(device, vec![value; 49 * 64], &[49 * 8, 8], Some(8));
    let launched = stream.launch_phases(Shift, 49, (of(0.0), of(1.0), of(2.0))).expect("queued");
    let returned = launched.synchronize().expect_err("more blocks than cores");
    let text = returned.error.to_string();
    assert!(text.contains("all blocks of a kernel in phases run at once"), "{text}");
}

/// In a scope a cluster and a kernel in phases borrow what they work on; behind each other on one stream, one sees what the other stored.
#[test]
fn a_scope_lends_tensors_to_clusters_and_phases() {
    let relay = Relay::<2> { tiles: 2, ahead: 0 };
    let (x, b) = relay.inputs(1);
    let shape = [2 * N, N];
    let mut out = vec![f32::NAN; x.len()];
    let stream = runtime::Stream::new(Device::current());
    let run = |out: &mut [f32]| -> Result<(), Box<dyn std::error::Error>> {
        let (b, x) = (GlobalTensor::new(&b, &[N, N])?, GlobalTensor::new(&x, &shape)?);
        let mut out = GlobalTensorMut::new(out, &shape)?;
        let vector = (x.whole(), out.parts(2 * N, N)?);
        runtime::scope(|scope| scope.launch_cluster(&stream, &relay, 1, (b.whole(),), vector))?;
        Ok(())
    };
    run(&mut out).expect("runs");
    assert_eq!(out, relay.expected(1));

    let (mut seen, mut y) = (vec![f32::NAN; out.len()], vec![f32::NAN; out.len()]);
    let run = |seen: &mut [f32], y: &mut [f32]| -> Result<(), Box<dyn std::error::Error>> {
        let shape = [out.len() / 8, 8];
        let x = GlobalTensor::new(&out, &shape)?;
        let mut seen = GlobalTensorMut::new(seen, &shape)?;
        let mut y = GlobalTensorMut::new(y, &shape)?;
        let args = (x.parts(8, 8)?, seen.parts(8, 8)?, y.parts(8, 8)?);
        runtime::scope(|scope| scope.launch_phases(&stream, &Shift, 8, args))?;
        Ok(())
    };
    run(&mut seen, &mut y).expect("runs");
    assert_eq!(y, shifted(&out));
}
