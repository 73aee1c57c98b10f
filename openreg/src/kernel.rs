//! Kernels: a `std::function<void()>` of libstdc++, taken over without any C++.

#![allow(unsafe_code)]

use std::ffi::c_int;
use std::mem;

use crate::handle::Handle;
use crate::status::{Status, answer, require};
use crate::stream::STREAMS;

/// What a `std::function` captures, or a pointer to it.
type Functor = [usize; 2];
type Manager = unsafe extern "C" fn(*mut Functor, *const Functor, c_int) -> bool;
type Invoker = unsafe extern "C" fn(*const Functor);

/// The manager's code for "destroy it".
const DESTROY: c_int = 3;

/// The 32 bytes of a `std::function<void()>` in libstdc++ on Linux.
///
/// They may be moved: libstdc++ keeps in place only what is trivially copyable.
#[repr(C)]
#[derive(Debug)]
pub struct StdFunction {
    functor: Functor,
    manager: Option<Manager>,
    invoker: Option<Invoker>,
}

// SAFETY: whoever hands a function to a stream wants it to be called and destroyed on another thread;
// that its captures bear it is a condition of `add_task_to_stream`.
unsafe impl Send for StdFunction {}

impl StdFunction {
    fn call(&self) {
        if let Some(invoker) = self.invoker {
            // SAFETY: the invoker belongs to this functor, which has not been destroyed.
            unsafe { invoker(&raw const self.functor) };
        }
    }
}

impl Drop for StdFunction {
    fn drop(&mut self) {
        if let Some(manager) = self.manager {
            let functor = &raw mut self.functor;
            // SAFETY: the manager belongs to this functor, which is destroyed here and only here.
            unsafe { manager(functor, functor, DESTROY) };
        }
    }
}

/// `openreg::addTaskToStream`: queues a kernel on a stream.
///
/// The function is moved out of `task`; the caller's is left empty. One that is empty is refused.
///
/// # Safety
///
/// `task` is null, which is refused, or points to a `std::function<void()>` of libstdc++ that this
/// thread may change, and that may be called and destroyed on any thread. It must not throw.
#[unsafe(export_name = "_ZN7openreg15addTaskToStreamEP8orStreamSt8functionIFvvEE")]
pub unsafe extern "C" fn add_task_to_stream(stream: Handle, task: *mut StdFunction) -> Status {
    answer(|| {
        let stream = STREAMS.get(stream)?;
        // SAFETY: null or valid, as the caller promises.
        let task = unsafe { task.as_mut() }.ok_or(Status::Unknown)?;
        require(task.invoker.is_some() && task.manager.is_some())?;
        let empty = StdFunction { functor: [0; 2], manager: None, invoker: None };
        let task = mem::replace(task, empty);
        stream.launch(move || task.call())?;
        Ok(())
    })
}
