// A plain launch returns at once, so its kernel cannot borrow from the caller.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    stream.launch(|| buffer.fill(1))?;
    stream.synchronize()
}

fn main() {
    assert!(run().is_ok());
}
