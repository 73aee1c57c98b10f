// Two launches of one scope write two halves, or follow each other in two scopes.
use tilesync::runtime::{Device, DeviceBuffer, Error, Stream, scope};

fn run() -> Result<(), Error> {
    let [first, second] = [(); 2].map(|()| Stream::new(Device::current()));
    let mut buffer = DeviceBuffer::filled(Device::current(), 4, 0)?;
    scope(|scope| {
        let (left, right) = buffer.split_at_mut(2);
        scope.launch(&first, || left.fill(1))?;
        scope.launch(&second, || right.fill(2))
    })?;
    scope(|scope| scope.launch(&second, || buffer.iter_mut().for_each(|x| *x += 1)))?;
    assert_eq!(*buffer, [2, 2, 3, 3]);
    Ok(())
}

fn main() {
    assert!(run().is_ok());
}
