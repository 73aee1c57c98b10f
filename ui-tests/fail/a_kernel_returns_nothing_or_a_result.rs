// A kernel has nobody to return a value to.
use tilesync::runtime::{Device, Error, Stream};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    stream.launch(|| 42)
}

fn main() {
    assert!(run().is_ok());
}
