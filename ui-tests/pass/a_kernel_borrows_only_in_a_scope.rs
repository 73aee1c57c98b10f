// A kernel borrows in a scope, which does not end before the kernel.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    scope(|scope| scope.launch(&stream, || buffer.fill(1)))?;
    assert_eq!(*buffer, [1; 4]);
    Ok(())
}

fn main() {
    assert!(run().is_ok());
}
