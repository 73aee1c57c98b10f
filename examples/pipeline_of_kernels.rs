//! A producer and a consumer on two streams, with two buffers between them: while the consumer reads
//! one, the producer fills the other.
//!
//! Each buffer goes round: to the producer, to the consumer, and back. Going back matters as much as
//! going there: the producer must not fill what is still being read. Here neither can be forgotten,
//! because whoever has no buffer has nothing to launch a kernel with.
//!
//! `cargo run --release --example pipeline_of_kernels`

mod timeline;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tilesync::runtime::{Device, DeviceBuffer, Error, Event, Stream};
use timeline::Timeline;

const ROUNDS: u64 = 12;
const LEN: usize = 1 << 18;

/// The numbers of one round.
fn produce(buffer: &mut [u64], round: u64) {
    for (i, x) in buffer.iter_mut().enumerate() {
        *x = (i as u64).wrapping_mul(2_654_435_761) ^ round;
    }
}

/// What is made of them.
fn consume(buffer: &[u64], sum: &AtomicU64) {
    let part = buffer.iter().fold(0_u64, |sum, x| sum.rotate_left(5) ^ x);
    sum.fetch_add(part, Ordering::Relaxed);
}

fn main() -> Result<(), Error> {
    let device = Device::current();
    let producer = Stream::new(device);
    let consumer = Stream::new(device);
    let [start, end] = [(); 2].map(|()| Event::builder().timing(true).build());
    let sum = Arc::new(AtomicU64::new(0));
    let timeline = Timeline::new();

    start.record_on(&producer)?;
    // Both buffers begin with the producer, free to be filled.
    let buffer = || DeviceBuffer::filled(device, LEN, 0);
    let mut free = producer.launch_with(buffer()?, |_| ())?;
    let mut next = producer.launch_with(buffer()?, |_| ())?;
    for round in 0..ROUNDS {
        let mark = char::from(b'a' + (round % 26) as u8);
        let (draw, read_sum) = (timeline.clone(), Arc::clone(&sum));
        let filled = free.then({
            let draw = draw.clone();
            move |buffer| draw.draw("producer", mark, || produce(buffer, round))
        })?;
        let read = filled
            .hand_to(&consumer)?
            .then(move |buffer| draw.draw("consumer", mark, || consume(buffer, &read_sum)))?;
        // Handed back: the producer will wait for this read before it fills the buffer again.
        free = next;
        next = read.hand_to(&producer)?;
    }
    end.record_on(&producer)?;
    free.synchronize()?;
    next.synchronize()?;
    end.synchronize()?;

    let expected = AtomicU64::new(0);
    let mut buffer = vec![0; LEN];
    for round in 0..ROUNDS {
        produce(&mut buffer, round);
        consume(&buffer, &expected);
    }
    assert_eq!(sum.load(Ordering::Relaxed), expected.into_inner());

    println!("{ROUNDS} rounds, one letter each, through two buffers");
    timeline.print(&["producer", "consumer"]);
    println!("{:.2} ms; the sum is that of the sequential loop", start.elapsed(&end)?);
    Ok(())
}
