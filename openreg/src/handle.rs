//! Handles that can be checked: numbers that look like pointers and are none.
//!
//! A handle names a slot and the generation of what is in it. A slot lives for ever, and so does the
//! stream or event in it: destroying one empties it, ends its generation and keeps it for the next
//! that is made alike. So a stale handle, or any number at all, can be looked at without a lock and
//! without danger.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::status::Status;

/// An `orStream_t` or an `orEvent_t`.
///
/// From the top: 31 bits of generation, 29 of slot, 3 that tell streams from events. The lowest bit
/// is 0, as in a pointer: PyTorch counts on it.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(u64);

const TAG_BITS: u32 = 3;
const GENERATION_SHIFT: u32 = 32;
const GENERATION_MASK: u32 = u32::MAX >> 1;
/// The first chunk holds this many slots, each further one twice as many as the one before.
const FIRST_CHUNK: usize = 64;
const CHUNKS: usize = 23;

struct Slot<T> {
    /// Odd while the handle of that generation is valid.
    generation: AtomicU32,
    value: OnceLock<(usize, T)>,
}

struct Unused {
    /// Slots from this number on were never used.
    fresh: usize,
    /// Emptied slots, by the kind of what is in them.
    emptied: Vec<Vec<usize>>,
}

/// All streams, or all events.
pub(crate) struct Registry<T> {
    tag: u64,
    chunks: [OnceLock<Box<[Slot<T>]>>; CHUNKS],
    unused: Mutex<Unused>,
}

impl<T> Registry<T> {
    /// A registry whose handles end in `tag`, an even number below 8.
    pub(crate) const fn new(tag: u64) -> Self {
        Self {
            tag,
            chunks: [const { OnceLock::new() }; CHUNKS],
            unused: Mutex::new(Unused { fresh: 0, emptied: Vec::new() }),
        }
    }

    /// A new handle of something of that `kind`: an emptied one, or else one that is made now.
    pub(crate) fn create(&self, kind: usize, make: impl FnOnce() -> T) -> Result<Handle, Status> {
        let index = self.unused.lock().take(kind);
        let slot = self.slot_or_new(index).ok_or(Status::Unknown)?;
        slot.value.get_or_init(|| (kind, make()));
        let generation = slot.generation.fetch_add(1, Ordering::AcqRel) + 1;
        let generation = u64::from(generation & GENERATION_MASK) << GENERATION_SHIFT;
        Ok(Handle(generation | (index as u64) << TAG_BITS | self.tag))
    }

    /// What the handle stands for, if it is valid.
    #[inline]
    pub(crate) fn get(&self, handle: Handle) -> Result<&T, Status> {
        let (slot, _, generation) = self.find(handle).ok_or(Status::Unknown)?;
        if slot.generation.load(Ordering::Acquire) & GENERATION_MASK != generation {
            return Err(Status::Unknown);
        }
        let (_, value) = slot.value.get().ok_or(Status::Unknown)?;
        Ok(value)
    }

    /// Ends a handle. Of several calls with one handle, one succeeds: it empties the value, which is
    /// then kept for the next of its kind.
    pub(crate) fn destroy(&self, handle: Handle, empty: impl FnOnce(&T)) -> Result<(), Status> {
        let (slot, index, generation) = self.find(handle).ok_or(Status::Unknown)?;
        let full = slot.generation.load(Ordering::Acquire);
        let ended = full & GENERATION_MASK == generation
            && slot
                .generation
                .compare_exchange(full, full.wrapping_add(1), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        let (true, Some((kind, value))) = (ended, slot.value.get()) else {
            return Err(Status::Unknown);
        };
        empty(value);
        self.unused.lock().emptied[*kind].push(index);
        Ok(())
    }

    /// The slot of a handle that could be valid, its number, and the generation that it must have.
    #[inline]
    fn find(&self, handle: Handle) -> Option<(&Slot<T>, usize, u32)> {
        let generation = (handle.0 >> GENERATION_SHIFT) as u32;
        let low = handle.0 as u32;
        let live = generation % 2 == 1 && u64::from(low) % (1 << TAG_BITS) == self.tag;
        let index = (low >> TAG_BITS) as usize;
        let (chunk, offset) = place(index);
        let slot = self.chunks.get(chunk)?.get()?.get(offset)?;
        live.then_some((slot, index, generation))
    }

    fn slot_or_new(&self, index: usize) -> Option<&Slot<T>> {
        let (chunk, offset) = place(index);
        let chunk = self.chunks.get(chunk)?.get_or_init(|| {
            let slot = |_| Slot { generation: AtomicU32::new(0), value: OnceLock::new() };
            (0..FIRST_CHUNK << chunk).map(slot).collect()
        });
        chunk.get(offset)
    }
}

impl Unused {
    fn take(&mut self, kind: usize) -> usize {
        if self.emptied.len() <= kind {
            self.emptied.resize_with(kind + 1, Vec::new);
        }
        self.emptied[kind].pop().unwrap_or_else(|| {
            self.fresh += 1;
            self.fresh - 1
        })
    }
}

/// The chunk that a slot is in, and where.
#[inline]
fn place(index: usize) -> (usize, usize) {
    let chunk = ((index / FIRST_CHUNK) + 1).ilog2() as usize;
    (chunk, index - FIRST_CHUNK * ((1 << chunk) - 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::{FIRST_CHUNK, Handle, Registry, place};
    use crate::status::Status;

    #[test]
    fn chunks_follow_on_each_other() {
        let mut last = place(0);
        assert_eq!(last, (0, 0));
        for index in 1..100 * FIRST_CHUNK {
            let here = place(index);
            let next_in_chunk = here == (last.0, last.1 + 1);
            let full = last.1 + 1 == FIRST_CHUNK << last.0;
            assert!(next_in_chunk && !full || full && here == (last.0 + 1, 0));
            last = here;
        }
    }

    #[test]
    fn a_handle_ends_once_and_never_comes_back() {
        let registry = Registry::new(2);
        let first = registry.create(0, || "made").unwrap();
        assert_eq!(registry.get(first), Ok(&"made"));
        assert_eq!(registry.destroy(first, |_| ()), Ok(()));
        assert_eq!(registry.destroy(first, |_| ()), Err(Status::Unknown));
        let second = registry.create(0, || "not made, but kept").unwrap();
        assert_eq!(registry.get(second), Ok(&"made"));
        assert_eq!(registry.get(first), Err(Status::Unknown));
        let other = registry.create(1, || "of another kind").unwrap();
        assert_eq!(registry.get(other), Ok(&"of another kind"));
    }

    #[test]
    fn no_number_that_was_not_handed_out_is_valid() {
        let registry = Registry::new(2);
        let handle = registry.create(0, || ()).unwrap();
        for bit in 0..64 {
            let Handle(number) = handle;
            assert!(registry.get(Handle(number ^ 1 << bit)).is_err(), "bit {bit}");
        }
        assert!(registry.get(Handle(0)).is_err());
        assert!(registry.get(Handle(u64::MAX)).is_err());
    }
}
