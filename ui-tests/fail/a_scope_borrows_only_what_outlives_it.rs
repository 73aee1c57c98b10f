// What is made inside a scope is gone before the scope waits for its kernels.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    scope(|scope| {
        let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
        scope.launch(&stream, || buffer.fill(1))
    })
}

fn main() {
    assert!(run().is_ok());
}
