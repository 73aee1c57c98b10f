//! The machine below streams and events: what must never lose work or a wake-up.
//!
//! - [`progress`]: how many tasks of a queue are done, and who sleeps until how many are;
//! - [`epoch`]: what a place in a queue must know of failures;
//! - [`failures`]: what a queue knows of the tasks that failed, and whom it must tell;
//! - [`parker`]: where a thread of the host sleeps until then;
//! - [`lane`]: one in-order queue, who may run it, and the places in it;
//! - [`drive`]: the loop that runs a queue, and parks it where it must wait for another;
//! - [`ready`]: the queues that could run now, and the threads that sleep for want of one.
//!
//! The files use locks and atomics only through [`sync`], and the work itself only through
//! [`job`]. The test `runtime_model` puts loom behind the one and a toy behind the other, and walks
//! through every interleaving of small cases.

pub(super) mod drive;
mod epoch;
mod failures;
pub(super) mod job;
pub(super) mod lane;
pub(super) mod parker;
pub(super) mod progress;
pub(super) mod ready;
mod sync;
