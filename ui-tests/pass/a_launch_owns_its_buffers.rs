// A buffer that was handed to a launch is used again when it has been given back.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    let buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    let filling = stream.launch_with(buffer, |buffer| buffer.fill(1))?;
    let buffer = filling.synchronize()?;
    println!("{}", buffer[0]);
    Ok(())
}

fn main() {
    assert!(run().is_ok());
}
