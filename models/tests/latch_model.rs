//! The latch between two pipes under loom: every interleaving, under the memory model.

/// What the latch is made of, here loom's.
mod sync {
    pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};
}

#[path = "../../dsl/src/exec/pipelined/latch.rs"]
mod latch;

use latch::Latch;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

/// One pipe writes a tile and sets the flag; the other waits and reads it. Whoever is left to resume the waiting pipe does
/// so exactly once, and sees the write.
#[test]
fn a_parked_pipe_is_resumed_exactly_once_and_sees_the_write() {
    loom::model(|| {
        let shared = Arc::new((Latch::default(), UnsafeCell::new(0), AtomicBool::new(false)));
        let resume = |(_, tile, resumed): &(Latch, UnsafeCell<i32>, AtomicBool)| {
            assert!(!resumed.swap(true, Ordering::Relaxed), "resumed twice");
            // SAFETY: loom checks this very access.
            #[allow(unsafe_code)]
            tile.with(|tile| assert_eq!(unsafe { *tile }, 42));
        };

        let setter = Arc::clone(&shared);
        let setter = thread::spawn(move || {
            // SAFETY: as above.
            #[allow(unsafe_code)]
            setter.1.with_mut(|tile| unsafe { *tile = 42 });
            if setter.0.set() {
                resume(&setter);
            }
        });
        if shared.0.is_set() {
            assert!(shared.0.wait(), "a set flag was lost");
            resume(&shared);
        } else if shared.0.wait() {
            resume(&shared);
        }
        setter.join().expect("no panic");
        assert!(shared.2.load(Ordering::Relaxed), "the wake-up was lost");
    });
}
