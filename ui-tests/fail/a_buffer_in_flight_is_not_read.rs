// What a launch may write cannot be read before its scope ends.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    scope(|scope| {
        scope.launch(&stream, || buffer.fill(1))?;
        println!("{}", buffer[0]);
        Ok(())
    })
}

fn main() {
    assert!(run().is_ok());
}
