//! Handles that can be checked: numbers that look like pointers and are none.
//!
//! A handle names a slot and the generation of what is in it. A slot lives for ever, and so does the
//! stream or event in it: destroying one empties it, ends its generation and keeps it for the next
//! that is made alike. So a stale handle, or any number at all, can be looked at without a lock and
//! without danger: it is valid if its slot says that it is this very number.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use crate::lock::Lock;
use crate::status::Status;

/// An `orStream_t` or an `orEvent_t`.
///
/// From the top: 32 bits of generation, 24 of the place in a chunk, 5 of the chunk, 3 that tell streams
/// from events. The lowest bit is 0, as in a pointer: PyTorch counts on it.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(u64);

const CHUNK_SHIFT: u32 = 3;
const OFFSET_SHIFT: u32 = 8;
const GENERATION_SHIFT: u32 = 32;
/// As many as a handle can tell apart.
const CHUNKS: usize = 1 << (OFFSET_SHIFT - CHUNK_SHIFT);
/// The first chunk holds this many slots, each further one twice as many as the one before.
const FIRST_CHUNK: usize = 64;

struct Slot<T> {
    /// The number of the one handle that is valid, or that of [`Handle::NONE`]; a handle only once there
    /// is a value.
    valid: AtomicU64,
    /// What it stands for, and of what kind that is.
    value: OnceLock<(usize, T)>,
}

/// A run of slots that live for ever, or, at first, of none. A query of an event is little more than a
/// look into it, so that it is kept as bare as can be.
struct Chunk<T> {
    /// Set once, after `slots`.
    len: AtomicUsize,
    slots: AtomicPtr<Slot<T>>,
    _slots: PhantomData<Box<[Slot<T>]>>,
}

pub(crate) struct Unused {
    /// The first handle of the slot that was never used and comes next.
    fresh: Handle,
    /// The next handles of emptied slots, by the kind of what is in them.
    emptied: Vec<Vec<Handle>>,
}

/// All streams, or all events.
pub(crate) struct Registry<T> {
    chunks: [Chunk<T>; CHUNKS],
    unused: Lock<Unused>,
}

impl Handle {
    /// In a slot: no handle is valid. It is in the last chunk, which there never is, so that whoever comes
    /// with this number does not find it.
    const NONE: Self = Self(((CHUNKS - 1) as u64) << CHUNK_SHIFT);

    /// The first of all: generation 1 of the first slot. No handle is null.
    const fn first(tag: u64) -> Self {
        Self(1 << GENERATION_SHIFT | tag)
    }

    #[inline]
    fn chunk(self) -> usize {
        (self.0 >> CHUNK_SHIFT) as usize % CHUNKS
    }

    #[inline]
    fn offset(self) -> usize {
        (self.0 as u32 >> OFFSET_SHIFT) as usize
    }

    /// The handle after this one in the same slot; none after the last.
    fn next_generation(self) -> Option<Self> {
        self.0.checked_add(1 << GENERATION_SHIFT).map(Self)
    }

    /// The first handle of the next slot; none after the last.
    fn next_slot(self) -> Option<Self> {
        if self.offset() + 1 < FIRST_CHUNK << self.chunk() {
            return Some(Self(self.0 + (1 << OFFSET_SHIFT)));
        }
        let tag = self.0 % (1 << CHUNK_SHIFT);
        let chunk = self.chunk() + 1;
        // A chunk has no more slots than a handle can tell apart.
        let last = (GENERATION_SHIFT - OFFSET_SHIFT - FIRST_CHUNK.ilog2()) as usize;
        (chunk <= last).then(|| Self(Self::first(tag).0 | (chunk as u64) << CHUNK_SHIFT))
    }
}

impl<T> Chunk<T> {
    const fn none() -> Self {
        Self {
            len: AtomicUsize::new(0),
            slots: AtomicPtr::new(ptr::null_mut()),
            _slots: PhantomData,
        }
    }

    #[inline]
    fn get(&self, offset: usize) -> Option<&Slot<T>> {
        if offset >= self.len.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: `len` was set after `slots` had been set to as many slots, which nobody ever frees or
        // borrows mutably.
        Some(unsafe { &*self.slots.load(Ordering::Relaxed).add(offset) })
    }

    /// Makes the slots. Only one thread may, and only once.
    fn fill(&self, len: usize) {
        let slot = |_| Slot { valid: AtomicU64::new(Handle::NONE.0), value: OnceLock::new() };
        let slots: Box<[Slot<T>]> = (0..len).map(slot).collect();
        self.slots.store(Box::into_raw(slots).cast(), Ordering::Relaxed);
        self.len.store(len, Ordering::Release);
    }
}

impl<T> Registry<T> {
    /// A registry whose handles end in `tag`, an even number below 8.
    pub(crate) const fn new(tag: u64) -> Self {
        Self {
            chunks: [const { Chunk::none() }; CHUNKS],
            unused: Lock::new(Unused { fresh: Handle::first(tag), emptied: Vec::new() }),
        }
    }

    /// The lock that making and destroying takes.
    pub(crate) fn lock(&self) -> &Lock<Unused> {
        &self.unused
    }

    /// A new handle of something of that `kind`: an emptied one, or else one that is made now.
    pub(crate) fn create(&self, kind: usize, make: impl FnOnce() -> T) -> Result<Handle, Status> {
        // It is made under the lock, so that a fork does not meet it halfway.
        let mut unused = self.unused.lock();
        let handle = unused.take(kind)?;
        let chunk = &self.chunks[handle.chunk()];
        if chunk.get(handle.offset()).is_none() {
            chunk.fill(FIRST_CHUNK << handle.chunk());
        }
        let slot = self.slot(handle)?;
        slot.value.get_or_init(|| (kind, make()));
        slot.valid.store(handle.0, Ordering::Release);
        Ok(handle)
    }

    /// What the handle stands for, if it is valid.
    #[inline]
    pub(crate) fn get(&self, handle: Handle) -> Result<&T, Status> {
        let slot = self.slot(handle)?;
        if slot.valid.load(Ordering::Acquire) != handle.0 {
            return Err(Status::Unknown);
        }
        // SAFETY: the slot says that it is this number, which is not `NONE`, because that is in no slot. So
        // it is that of a handle; and none is valid before its slot has a value, which it keeps.
        let (_, value) = unsafe { slot.value.get().unwrap_unchecked() };
        Ok(value)
    }

    /// Ends a handle. Of several calls with one handle, one succeeds: it empties the value, which is
    /// kept for the next of its kind, unless `empty` says that it could not be emptied.
    pub(crate) fn destroy(
        &self,
        handle: Handle,
        empty: impl FnOnce(&T) -> bool,
    ) -> Result<(), Status> {
        let slot = self.slot(handle)?;
        let (kind, value) = slot.value.get().ok_or(Status::Unknown)?;
        slot.valid
            .compare_exchange(handle.0, Handle::NONE.0, Ordering::AcqRel, Ordering::Relaxed)
            .map_err(|_| Status::Unknown)?;
        if empty(value)
            && let Some(next) = handle.next_generation()
        {
            self.unused.lock().emptied[*kind].push(next);
        }
        Ok(())
    }

    /// The slot that a number names, if there is one.
    #[inline]
    fn slot(&self, handle: Handle) -> Result<&Slot<T>, Status> {
        self.chunks[handle.chunk()].get(handle.offset()).ok_or(Status::Unknown)
    }
}

impl Unused {
    fn take(&mut self, kind: usize) -> Result<Handle, Status> {
        if self.emptied.len() <= kind {
            self.emptied.resize_with(kind + 1, Vec::new);
        }
        if let Some(handle) = self.emptied[kind].pop() {
            return Ok(handle);
        }
        let handle = self.fresh;
        self.fresh = handle.next_slot().ok_or(Status::Unknown)?;
        Ok(handle)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use std::sync::atomic::Ordering;

    use super::{CHUNK_SHIFT, FIRST_CHUNK, GENERATION_SHIFT, Handle, OFFSET_SHIFT, Registry};
    use crate::status::Status;

    #[test]
    fn each_slot_has_one_name_and_the_last_has_no_next() {
        let mut handle = Handle::first(2);
        for chunk in 0..10 {
            for offset in 0..FIRST_CHUNK << chunk {
                assert_eq!((handle.chunk(), handle.offset()), (chunk, offset));
                assert_eq!((handle.0 >> GENERATION_SHIFT, handle.0 % 8), (1, 2));
                handle = handle.next_slot().unwrap();
            }
        }
        let last = Handle(Handle::first(2).0 | 0xFF_FFFF << OFFSET_SHIFT | 18 << CHUNK_SHIFT);
        assert_eq!(last.offset() + 1, FIRST_CHUNK << last.chunk());
        assert_eq!(last.next_slot(), None);
    }

    #[test]
    fn a_handle_ends_once_and_never_comes_back() {
        let registry = Registry::new(2);
        let first = registry.create(0, || "made").unwrap();
        assert_eq!(registry.get(first), Ok(&"made"));
        assert_eq!(registry.destroy(first, |_| true), Ok(()));
        assert_eq!(registry.destroy(first, |_| true), Err(Status::Unknown));
        let second = registry.create(0, || "not made, but kept").unwrap();
        assert_eq!(registry.get(second), Ok(&"made"));
        assert_eq!(registry.get(first), Err(Status::Unknown));
        let other = registry.create(1, || "of another kind").unwrap();
        assert_eq!(registry.get(other), Ok(&"of another kind"));
    }

    #[test]
    fn what_could_not_be_emptied_is_not_used_again() {
        let registry = Registry::new(2);
        let first = registry.create(0, || "full").unwrap();
        assert_eq!(registry.destroy(first, |_| false), Ok(()));
        assert_eq!(registry.get(first), Err(Status::Unknown));
        let second = registry.create(0, || "new").unwrap();
        assert_eq!(registry.get(second), Ok(&"new"));
    }

    #[test]
    fn a_slot_ends_with_its_last_generation() {
        let registry = Registry::new(2);
        let first = registry.create(0, || "old").unwrap();
        let last = Handle(first.0 | u64::from(u32::MAX) << GENERATION_SHIFT);
        registry.slot(first).unwrap().valid.store(last.0, Ordering::Relaxed);
        assert_eq!(registry.destroy(last, |_| true), Ok(()));
        let next = registry.create(0, || "new").unwrap();
        assert_eq!(registry.get(next), Ok(&"new"));
    }

    #[test]
    fn no_number_that_was_not_handed_out_is_valid() {
        let registry = Registry::new(2);
        let handle = registry.create(0, || ()).unwrap();
        for bit in 0..64 {
            let Handle(number) = handle;
            assert!(registry.get(Handle(number ^ 1 << bit)).is_err(), "bit {bit}");
        }
        for number in [0, u64::MAX, Handle::NONE.0] {
            assert!(registry.get(Handle(number)).is_err());
            assert!(registry.destroy(Handle(number), |()| true).is_err());
        }
        // Nor is any where no handle is.
        assert_eq!(registry.destroy(handle, |()| true), Ok(()));
        for number in [0, Handle::NONE.0, handle.0, Handle::first(2).0, Handle::first(0).0] {
            assert!(registry.get(Handle(number)).is_err());
            assert!(registry.destroy(Handle(number), |()| true).is_err());
        }
    }
}
