//! A place that only one thread may touch at a time, which loom watches.

#![allow(unsafe_code)]

use std::sync::{Arc, Mutex};

struct Watched(loom::cell::UnsafeCell<()>);

// SAFETY: there is nothing in it. Loom counts the accesses and fails if two of them could race, which
// is what it is for.
unsafe impl Sync for Watched {}

/// Fails the case if two threads can touch it unordered, and keeps the order in which they did.
#[derive(Clone)]
pub(crate) struct Cell {
    access: Arc<Watched>,
    marks: Arc<Mutex<Vec<u32>>>,
}

impl Cell {
    pub(crate) fn new() -> Self {
        Self {
            access: Arc::new(Watched(loom::cell::UnsafeCell::new(()))),
            marks: Arc::new(Mutex::new(Vec::new())),
        }
    }

    /// Counts as a write, and leaves a mark.
    pub(crate) fn write(&self, mark: u32) {
        self.access.0.with_mut(|_| ());
        self.marks.lock().expect("nobody panics here").push(mark);
    }

    /// Counts as a read, and returns the marks so far.
    pub(crate) fn read(&self) -> Vec<u32> {
        self.access.0.with(|_| ());
        self.marks.lock().expect("nobody panics here").clone()
    }
}
