//! How a host thread waits for a place in a queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context;
use super::engine::lane::Lane;
use super::error::Error;
use super::fork;
use super::workers;

/// What a waiting thread does meanwhile. It never spins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// It runs the stream itself where no worker does, and sleeps where one does.
    Helping,
    /// It sleeps.
    Asleep,
    /// It sleeps, but no longer than this.
    AtMost(Duration),
}

/// Waits until `lane` has finished `count` tasks.
pub(crate) fn wait_for(lane: &Arc<Lane>, count: u64, patience: Patience) -> Result<(), Error> {
    fork::refuse_in_child()?;
    context::refuse_inside_kernel()?;
    let done = || lane.progress.completed() >= count;
    match patience {
        Patience::Helping => {
            while !done() && workers::help(lane, count)? {}
            lane.progress.sleep_until(count, None);
        }
        Patience::Asleep => lane.progress.sleep_until(count, None),
        Patience::AtMost(waited) => {
            // A time too long for the clock is no limit.
            lane.progress.sleep_until(count, Instant::now().checked_add(waited));
            if !done() {
                return Err(Error::TimedOut {
                    device: lane.place.device,
                    stream: lane.place.stream,
                    waited,
                });
            }
        }
    }
    Ok(())
}
