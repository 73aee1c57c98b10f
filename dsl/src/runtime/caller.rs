//! Which thread gave work to a stream, so that it is told where the work came to nothing.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::context;
use super::fork;

/// A thread that gives work to streams. No two threads of a process are the same, also not one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Caller(NonZeroU64);

static ALIVE: Mutex<BTreeSet<Caller>> = Mutex::new(BTreeSet::new());

thread_local! {
    static PRESENT: Cell<Option<Caller>> = const { Cell::new(None) };
    static END: End = const { End };
}

/// When it is dropped, the thread ends.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        // The child of a fork may have inherited the lock in any state.
        if let Some(caller) = PRESENT.take()
            && !fork::in_forked_child()
        {
            ALIVE.lock().remove(&caller);
        }
    }
}

impl Caller {
    /// The present thread; `None` in a kernel, which cannot wait for a stream, and so cannot be told.
    #[inline]
    pub(crate) fn present() -> Option<Self> {
        if context::is_inside_kernel() {
            return None;
        }
        PRESENT.get().or_else(Self::enter)
    }

    #[cold]
    fn enter() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        fork::watch();
        // A thread that is being torn down will ask for nothing any more.
        END.try_with(|_| ()).ok()?;
        let caller = Self(NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed))?);
        ALIVE.lock().insert(caller);
        PRESENT.set(Some(caller));
        Some(caller)
    }

    /// Whether the thread has not ended.
    pub(crate) fn is_alive(self) -> bool {
        ALIVE.lock().contains(&self)
    }
}
