// A kernel returns nothing, or a result whose error its stream reports.
use tilesync::runtime::{Device, Error, Stream};

fn run() -> Result<(), Error> {
    let stream = Stream::new(Device::current());
    stream.launch(|| drop(42.to_string()))?;
    stream.launch(|| "42".parse::<i32>().map(drop))?;
    stream.synchronize()
}

fn main() {
    assert!(run().is_ok());
}
