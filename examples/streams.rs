//! Two streams of one device add two vectors, chunk by chunk: while one stream computes on a chunk,
//! the other already copies the next.
//!
//! `cargo run --release --example streams`

mod timeline;

use tilesync::prelude::*;
use tilesync::runtime::{self, Device, DeviceBuffer, Error, InFlight, Returned};
use timeline::Timeline;

const CHUNKS: usize = 8;
const TILES: usize = 64;
const CHUNK: usize = TILES * 64 * 64;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 64, 64>,
    b: VecTile<'k, f32, 64, 64>,
}

/// The kernel that the compute stream runs, one tile a block.
#[kernel]
fn vec_add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let a = tload(ub.a, &x.tile(0, 0)).record::<TAdd>();
    let b = tload(ub.b, &y.tile(0, 0)).record::<TAdd>();
    let sum = tadd_assign(a, &b).record::<TStoreVec>();
    Ub::retire(UbTokens { a: tstore(&z.tile(0, 0), sum), b })
}

/// One chunk: where it comes from and goes to on the host, and its memory on the device.
struct Chunk {
    host: [Vec<f32>; 3],
    device: [DeviceBuffer<f32>; 3],
}

impl Chunk {
    fn new(device: Device, number: usize) -> Result<Self, Error> {
        let left = (0..CHUNK).map(|i| (i + number) as f32).collect();
        let right = (0..CHUNK).map(|i| (i % 7) as f32).collect();
        let memory = || DeviceBuffer::filled(device, CHUNK, 0.0);
        Ok(Self {
            host: [left, right, vec![0.0; CHUNK]],
            device: [memory()?, memory()?, memory()?],
        })
    }

    fn upload(&mut self) -> Result<(), LaunchError> {
        for (device, host) in self.device.iter_mut().zip(&self.host).take(2) {
            device.copy_from_slice(host);
        }
        Ok(())
    }

    /// Launches the kernel; an error would poison the stream, and come out where it is synchronized.
    fn add(&mut self) -> Result<(), LaunchError> {
        let [left, right, sum] = &mut self.device;
        let shape = [TILES * 64, 64];
        let left = GlobalTensor::new(left, &shape)?.parts(64, 64)?;
        let right = GlobalTensor::new(right, &shape)?.parts(64, 64)?;
        let mut sum = GlobalTensorMut::new(sum, &shape)?;
        Eager::sequential().launch(&vec_add, TILES, (left, right, sum.parts(64, 64)?))
    }

    fn download(&mut self) -> Result<(), LaunchError> {
        self.host[2].copy_from_slice(&self.device[2]);
        Ok(())
    }
}

fn main() -> Result<(), Error> {
    let device = Device::current();
    let copies = runtime::Stream::new(device);
    let compute = runtime::Stream::new(device);
    let chunks =
        (0..CHUNKS).map(|number| Chunk::new(device, number)).collect::<Result<Vec<_>, _>>()?;

    // Events that keep the time. Recording one marks a point of a stream; nobody waits here.
    let [start, uploaded, end] = [(); 3].map(|()| runtime::Event::builder().timing(true).build());
    let timeline = Timeline::new();
    let draw = |row, mark, work: fn(&mut Chunk) -> Result<(), LaunchError>| {
        let timeline = timeline.clone();
        move |chunk: &mut Chunk| timeline.draw(row, mark, || work(chunk))
    };

    start.record_on(&copies)?;
    let mut in_flight = Vec::new();
    for chunk in chunks {
        // A launch takes the chunk. `hand_to` makes `compute` wait until `copies` is done with it:
        // an event between the streams, which cannot be forgotten because the chunk comes with it.
        let added = copies
            .launch_with(chunk, draw("copies", '>', Chunk::upload))?
            .hand_to(&compute)?
            .then(draw("compute", '+', Chunk::add))?;
        in_flight.push(added);
    }
    uploaded.record_on(&copies)?;
    let in_flight = in_flight
        .into_iter()
        .map(|added| added.hand_to(&copies)?.then(draw("copies", '<', Chunk::download)))
        .collect::<Result<Vec<_>, Returned<_>>>()?;
    end.record_on(&copies)?;

    // Only now does the host wait: for each chunk, which comes back with the work done.
    let chunks = in_flight.into_iter().map(InFlight::synchronize).collect::<Result<Vec<_>, _>>()?;
    end.synchronize()?;
    for (number, chunk) in chunks.iter().enumerate() {
        for (i, sum) in chunk.host[2].iter().enumerate() {
            let expected = (i + number) as f32 + (i % 7) as f32;
            assert_eq!(*sum, expected, "element {i} of chunk {number}");
        }
    }

    println!("{CHUNKS} chunks: > upload, + add, < download");
    timeline.print(&["copies", "compute"]);
    println!(
        "uploads {:.2} ms, all {:.2} ms; every sum is right",
        start.elapsed(&uploaded)?,
        start.elapsed(&end)?
    );
    Ok(())
}
