//! The blocks of memory that were handed out.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::lock::Lock;
use crate::status::{Status, require};

/// Where a block was allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// Host memory: readable and writable at any time.
    Host,
    /// Memory of the device of that number: inaccessible pages, but for a while.
    Device(usize),
}

/// One block of memory. Its pages go back when the last copy that uses it is done.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) address: usize,
    pub(crate) len: usize,
    pub(crate) home: Home,
    /// How often it has been made accessible and not yet inaccessible again. Used, as the protection of
    /// the pages is changed, under the lock of the table, so that a fork meets neither halfway.
    open: AtomicUsize,
}

/// All blocks, by address.
pub(crate) static BLOCKS: Lock<BTreeMap<usize, Arc<Block>>> = Lock::new(BTreeMap::new());

/// Allocates a block.
pub(crate) fn allocate(len: usize, home: Home) -> Result<Arc<Block>, Status> {
    let protection = match home {
        Home::Host => libc::PROT_READ | libc::PROT_WRITE,
        Home::Device(_) => libc::PROT_NONE,
    };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let pages = pages(len).ok_or(Status::Unknown)?;
    // SAFETY: new pages, wherever the system likes, change nothing that exists.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), pages, protection, flags, -1, 0) };
    require(address != libc::MAP_FAILED)?;
    let block = Arc::new(Block { address: address as usize, len, home, open: AtomicUsize::new(0) });
    BLOCKS.lock().insert(block.address, Arc::clone(&block));
    Ok(block)
}

/// Takes a block off the table, if one begins at `address` whose home is as it should be.
pub(crate) fn forget(address: usize, is_home: impl Fn(Home) -> bool) -> Result<(), Status> {
    let mut blocks = BLOCKS.lock();
    let block = blocks.get(&address).ok_or(Status::Unknown)?;
    require(is_home(block.home))?;
    let block = blocks.remove(&address);
    drop(blocks);
    // The pages go back here, without the lock, unless a copy uses them.
    drop(block);
    Ok(())
}

/// The block that `address` lies in.
pub(crate) fn find(address: usize) -> Option<Arc<Block>> {
    let blocks = BLOCKS.lock();
    let (_, block) = blocks.range(..=address).next_back()?;
    (address - block.address < block.len).then(|| Arc::clone(block))
}

/// How many bytes of pages a block of `len` bytes takes.
fn pages(len: usize) -> Option<usize> {
    static PAGE: OnceLock<usize> = OnceLock::new();
    let page = *PAGE.get_or_init(|| {
        // SAFETY: asking for the page size has no conditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(page).unwrap_or(4096)
    });
    len.checked_next_multiple_of(page)
}

impl Block {
    /// Makes device memory accessible, until as many calls of [`close`](Self::close) have followed.
    pub(crate) fn open(&self) -> Result<(), Status> {
        let _table = BLOCKS.lock();
        let open = self.open.load(Ordering::Relaxed);
        if open == 0 {
            self.protect(libc::PROT_READ | libc::PROT_WRITE)?;
        }
        self.open.store(open + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Takes one [`open`](Self::open) back; refuses if there is none.
    pub(crate) fn close(&self) -> Result<(), Status> {
        let _table = BLOCKS.lock();
        let open = self.open.load(Ordering::Relaxed);
        require(open > 0)?;
        if open == 1 {
            self.protect(libc::PROT_NONE)?;
        }
        self.open.store(open - 1, Ordering::Relaxed);
        Ok(())
    }

    fn protect(&self, protection: i32) -> Result<(), Status> {
        let pages = pages(self.len).ok_or(Status::Unknown)?;
        // SAFETY: the pages are this block's own, and mapped for as long as it lives. Who reads them
        // while they are inaccessible gets a fault, as from real device memory.
        let failed = unsafe { libc::mprotect(self.address as *mut c_void, pages, protection) };
        require(failed == 0)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Some(pages) = pages(self.len) {
            // SAFETY: the pages are this block's own; it is off the table, and no copy has it.
            unsafe { libc::munmap(self.address as *mut c_void, pages) };
        }
    }
}
