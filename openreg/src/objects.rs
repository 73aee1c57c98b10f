//! All streams and all events, by their handles.

use tilesync::runtime::{Event, Stream};

use crate::handle::Registry;

/// All streams; a kind is a device and a priority.
pub(crate) static STREAMS: Registry<Stream> = Registry::new(2);

/// All events; a kind is a device, with timing or without.
pub(crate) static EVENTS: Registry<Event> = Registry::new(4);
