//! Kernels: a function of C, or a `std::function<void()>` of libstdc++, taken over without any C++.
//!
//! What they throw gets as far as the runtime, which ends the process and says why: a Rust library cannot
//! catch exceptions of other languages. `C-unwind` makes that so, and not undefined.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::{c_int, c_void};
use std::mem;

use tilesync::runtime::in_forked_child;

use crate::handle::Handle;
use crate::objects::STREAMS;
use crate::status::{Status, answer, require};

/// `orHostFunction`.
pub type HostFunction = unsafe extern "C-unwind" fn(*mut c_void);

/// What a `std::function` captures, or a pointer to it.
type Functor = [usize; 2];
type Manager = unsafe extern "C-unwind" fn(*mut Functor, *const Functor, c_int) -> bool;
type Invoker = unsafe extern "C-unwind" fn(*const Functor);

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
        // A function that is refused stays with the caller.
        require(!in_forked_child())?;
        // SAFETY: null or valid, as the caller promises.
        let task = unsafe { task.as_mut() }.ok_or(Status::Unknown)?;
        require(task.invoker.is_some() && task.manager.is_some())?;
        let empty = StdFunction { functor: [0; 2], manager: None, invoker: None };
        let task = mem::replace(task, empty);
        stream.launch(move || task.call())?;
        Ok(())
    })
}

/// Queues a call of `function` with `argument` on a stream: a kernel for which no C++ is needed.
///
/// # Safety
///
/// `function` is null, which is refused, or may be called with `argument` on any thread. It must not
/// throw.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orLaunchHostFunc(
    stream: Handle,
    function: Option<HostFunction>,
    argument: *mut c_void,
) -> Status {
    answer(|| {
        let stream = STREAMS.get(stream)?;
        let function = function.ok_or(Status::Unknown)?;
        let argument = argument as usize;
        // SAFETY: as the caller promises.
        stream.launch(move || unsafe { function(argument as *mut c_void) })?;
        Ok(())
    })
}
