// A buffer that was handed to a launch cannot be used until it is given back.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    let buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    let filling = stream.launch_with(buffer, |buffer| buffer.fill(1))?;
    println!("{}", buffer[0]);
    filling.synchronize()?;
    Ok(())
}

fn main() {
    assert!(run().is_ok());
}
