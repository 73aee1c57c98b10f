//! A kernel that waits, so that a test decides when a stream goes on.

use std::sync::mpsc::{Sender, channel};

use tilesync::runtime::{Error, Stream};

/// TileToken a stream up until it is dropped.
pub(crate) struct Gate {
    _open: Sender<()>,
}

impl Gate {
    /// Launches a kernel that ends when the gate is dropped.
    pub(crate) fn on(stream: &Stream) -> Result<Self, Error> {
        let (open, gate) = channel();
        stream.launch(move || while gate.recv().is_ok() {})?;
        Ok(Self { _open: open })
    }
}
