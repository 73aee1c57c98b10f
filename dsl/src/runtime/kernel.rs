//! A closure that a queue keeps in place.
//!
//! A box for each launch would be allocated by the host's thread and freed by a worker's, and the two
//! get in each other's way in the allocator: a launch took ten times as long. So a small closure lies
//! in the queue itself, and only a larger one in a box.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};

use super::error::KernelError;

/// Where a small closure lies: as much as a `std::function` of C++ takes.
type Room = MaybeUninit<[usize; 4]>;

/// What can be done with a closure whose type is forgotten. Either ends it.
struct Actions {
    /// Calls the closure that lies there.
    run: unsafe fn(*mut Room) -> Result<(), KernelError>,
    /// Drops the closure that lies there.
    drop: unsafe fn(*mut Room),
}

/// A closure that can be called once, on any thread, and lives no longer than `'k`.
///
/// `room` holds a closure of the type that `actions` were made for, until one of them is used.
pub(crate) struct Kernel<'k> {
    room: Room,
    actions: &'static Actions,
    _borrows: PhantomData<&'k mut &'k ()>,
}

// SAFETY: `new` admits only closures that are `Send`.
unsafe impl Send for Kernel<'_> {}

/// Carries a type to its [`Actions`].
struct For<F>(PhantomData<F>);

impl<F: FnOnce() -> Result<(), KernelError>> For<F> {
    const FITS: bool = size_of::<F>() <= size_of::<Room>() && align_of::<F>() <= align_of::<Room>();

    const ACTIONS: Actions = Actions {
        // SAFETY: as these ask for, an `F` lies there and will not be used again.
        run: |room| unsafe { room.cast::<F>().read()() },
        // SAFETY: as above.
        drop: |room| unsafe { room.cast::<F>().drop_in_place() },
    };
}

impl<'k> Kernel<'k> {
    pub(crate) fn new<F: FnOnce() -> Result<(), KernelError> + Send + 'k>(kernel: F) -> Self {
        if For::<F>::FITS { Self::in_place(kernel) } else { Self::in_place(Box::new(kernel)) }
    }

    fn in_place<F: FnOnce() -> Result<(), KernelError> + Send + 'k>(kernel: F) -> Self {
        const { assert!(For::<Box<F>>::FITS) };
        assert!(For::<F>::FITS);
        let mut room = Room::uninit();
        // SAFETY: it fits, in size and in alignment, and nothing lies there yet.
        unsafe { room.as_mut_ptr().cast::<F>().write(kernel) };
        Self { room, actions: &For::<F>::ACTIONS, _borrows: PhantomData }
    }

    /// Calls the closure. Its captures are gone when this returns or unwinds.
    pub(crate) fn run(self) -> Result<(), KernelError> {
        let mut kernel = ManuallyDrop::new(self);
        // SAFETY: `actions` were made for what lies there, and `kernel` is not used again, nor dropped.
        unsafe { (kernel.actions.run)(&raw mut kernel.room) }
    }

    /// Forgets how long the closure may live.
    ///
    /// # Safety
    ///
    /// The kernel must be run or dropped while `'k` lasts, or never.
    pub(crate) unsafe fn forget_lifetime(self) -> Kernel<'static> {
        let kernel = ManuallyDrop::new(self);
        Kernel { room: kernel.room, actions: kernel.actions, _borrows: PhantomData }
    }
}

impl Drop for Kernel<'_> {
    fn drop(&mut self) {
        // SAFETY: `actions` were made for what lies there, and it is not used again.
        unsafe { (self.actions.drop)(&raw mut self.room) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{For, Kernel, KernelError};

    fn fits<F: FnOnce() -> Result<(), KernelError>>(_: &F) -> bool {
        For::<F>::FITS
    }

    /// Runs and drops kernels of `PADDING` words, and counts what they captured.
    fn captures_end_once<const PADDING: usize>(small: bool) {
        let capture = Arc::new(());
        let make = || {
            let (capture, padding) = (Arc::clone(&capture), [PADDING; PADDING]);
            move || {
                assert!(padding.iter().all(|&word| word == PADDING));
                assert_eq!(Arc::strong_count(&capture), 2);
                Ok(())
            }
        };
        assert_eq!(fits(&make()), small);
        assert!(Kernel::new(make()).run().is_ok());
        assert_eq!(Arc::strong_count(&capture), 1);
        drop(Kernel::new(make()));
        assert_eq!(Arc::strong_count(&capture), 1);
    }

    #[test]
    fn captures_end_once_in_place_and_in_a_box() {
        captures_end_once::<0>(true);
        captures_end_once::<3>(true);
        captures_end_once::<4>(false);
        captures_end_once::<100>(false);
    }

    #[test]
    fn what_is_aligned_to_more_than_a_word_goes_to_a_box() {
        #[repr(align(64))]
        struct Aligned(u8);
        let aligned = Aligned(7);
        let kernel = move || {
            let aligned = aligned;
            assert_eq!((&raw const aligned).addr() % 64, 0);
            assert_eq!(aligned.0, 7);
            Ok(())
        };
        assert!(!fits(&kernel));
        assert!(Kernel::new(kernel).run().is_ok());
    }

    #[test]
    fn captures_end_once_when_a_kernel_panics() {
        let capture = Arc::new(());
        let inside = Arc::clone(&capture);
        let kernel = Kernel::new(move || {
            assert_eq!(Arc::strong_count(&inside), 1, "on purpose");
            Ok(())
        });
        let run = std::panic::AssertUnwindSafe(|| kernel.run());
        assert!(std::panic::catch_unwind(run).is_err());
        assert_eq!(Arc::strong_count(&capture), 1);
    }
}
