// Two launches of one scope cannot both write a buffer: they may run at the same time.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn run() -> Result<(), Error> {
    let [first, second] = [(); 2].map(|()| Stream::new(Device::current()));
    let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    scope(|scope| {
        scope.launch(&first, || buffer.fill(1))?;
        scope.launch(&second, || buffer.fill(2))
    })
}

fn main() {
    assert!(run().is_ok());
}
