//! Setting the number of devices. It can be done once in a process, hence a file of its own.

#![allow(clippy::unwrap_used, reason = "a test may")]

use tilesync::runtime::{Device, Error, Stream};

#[test]
fn the_number_of_devices_is_settled_once_and_before_their_use() {
    for impossible in [0, Device::MAX + 1] {
        let refused = Device::set_count(impossible).unwrap_err();
        assert!(matches!(refused, Error::DeviceCount { asked, count: 2 } if asked == impossible));
    }
    Device::set_count(3).unwrap();
    assert_eq!(Device::count(), 3);
    let third = Device::new(2).unwrap();
    assert_eq!(third.default_stream().device(), third);
    assert_eq!(Stream::new(third).device(), third);
    assert!(matches!(Device::new(3), Err(Error::NoSuchDevice { index: 3, count: 3 })));
    for again in [0, 2, 3, Device::MAX + 1] {
        assert!(matches!(Device::set_count(again), Err(Error::DeviceCount { count: 3, .. })));
    }
}
