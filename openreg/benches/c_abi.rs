//! What the C functions cost, of this library and of any other with the same ABI.
//!
//! `cargo bench -p tilesync-openreg` measures this library;
//! `cargo bench -p tilesync-openreg -- /path/to/another/libopenreg.so` both, side by side, in one run.

#![allow(unsafe_code, non_snake_case)]
#![allow(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::ffi::{CString, c_int, c_void};
use std::mem;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often each figure is taken; the best counts, which other work on the machine disturbs least.
const RUNS: usize = 15;
const HOPS: usize = 10_000;

type Handle = *mut c_void;
type Function = extern "C" fn(Handle) -> c_int;

/// A `std::function<void()>` of libstdc++.
#[repr(C)]
struct StdFunction {
    functor: [usize; 2],
    manager: Option<extern "C" fn(*mut [usize; 2], *const [usize; 2], c_int) -> bool>,
    invoker: Option<extern "C" fn(*const [usize; 2])>,
}

/// Declares a library: its functions, their types, and how to load them.
macro_rules! library {
    ($($field:ident: $type:ty = $symbol:literal;)*) => {
        /// The functions of one library.
        struct Library {
            $($field: $type),*
        }

        impl Library {
            fn open(path: &Path) -> Self {
                let path = CString::new(path.to_str().unwrap()).unwrap();
                let flags = libc::RTLD_NOW | libc::RTLD_LOCAL;
                // SAFETY: loading a library runs its initialisers, which is what was asked for.
                let library = unsafe { libc::dlopen(path.as_ptr(), flags) };
                assert!(!library.is_null(), "cannot load {path:?}");
                Self {
                    // SAFETY: the functions of the ABI have these types.
                    $($field: unsafe { mem::transmute::<Handle, $type>(symbol(library, $symbol)) }),*
                }
            }
        }
    };
}

library! {
    orStreamCreate: extern "C" fn(*mut Handle) -> c_int = "orStreamCreate";
    orStreamDestroy: Function = "orStreamDestroy";
    orStreamQuery: Function = "orStreamQuery";
    orStreamSynchronize: Function = "orStreamSynchronize";
    orStreamWaitEvent: extern "C" fn(Handle, Handle, u32) -> c_int = "orStreamWaitEvent";
    orEventCreate: extern "C" fn(*mut Handle) -> c_int = "orEventCreate";
    orEventDestroy: Function = "orEventDestroy";
    orEventQuery: Function = "orEventQuery";
    orEventSynchronize: Function = "orEventSynchronize";
    orEventRecord: extern "C" fn(Handle, Handle) -> c_int = "orEventRecord";
    orMalloc: extern "C" fn(*mut Handle, usize) -> c_int = "orMalloc";
    orFree: Function = "orFree";
    addTask: extern "C" fn(Handle, *mut StdFunction) -> c_int =
        "_ZN7openreg15addTaskToStreamEP8orStreamSt8functionIFvvEE";
}

type Figure = (&'static str, fn(&Library) -> f64);

const FIGURES: [Figure; 11] = [
    ("record + synchronize, ns", record_and_synchronize),
    ("hop, own event each, queued ahead, ns", |library| hops(library, true)),
    ("hop: create, record, wait, destroy, ns", |library| hops(library, false)),
    ("empty launch, one stream, ns", empty_launch),
    ("launch + synchronize, ns", launch_and_synchronize),
    ("event query, ns", event_query),
    ("stream query, ns", stream_query),
    ("64 streams x 1,000 launches, ms", many_streams),
    ("stream create, ns", stream_create),
    ("stream create + destroy, ns", stream_create_and_destroy),
    ("malloc + free of 4 KiB, ns", malloc_and_free),
];

fn main() {
    let own = std::env::current_exe().unwrap().with_file_name("libopenreg.so");
    let others = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let paths: Vec<PathBuf> = std::iter::once(own).chain(others.map(PathBuf::from)).collect();
    let libraries: Vec<Library> = paths.iter().map(|path| Library::open(path)).collect();
    for (number, path) in paths.iter().enumerate() {
        println!("[{number}] {}", path.display());
    }
    for (name, run) in FIGURES {
        print!("{name:<44}");
        for library in &libraries {
            let figures = (0..RUNS).map(|_| run(library));
            print!("{:>14.2}", figures.fold(f64::INFINITY, f64::min));
        }
        println!();
    }
}

impl Library {
    fn stream(&self) -> Handle {
        let mut stream = ptr::null_mut();
        assert_eq!((self.orStreamCreate)(&raw mut stream), 0);
        stream
    }

    fn event(&self) -> Handle {
        let mut event = ptr::null_mut();
        assert_eq!((self.orEventCreate)(&raw mut event), 0);
        event
    }

    fn launch(&self, stream: Handle, kernel: extern "C" fn(*const [usize; 2]), argument: usize) {
        let mut task =
            StdFunction { functor: [argument, 0], manager: Some(manage), invoker: Some(kernel) };
        assert_eq!((self.addTask)(stream, &raw mut task), 0);
    }

    /// Holds a stream up until the result is set.
    fn hold(&self, stream: Handle) -> &'static AtomicBool {
        let open: &'static AtomicBool = Box::leak(Box::default());
        self.launch(stream, wait_until_open, &raw const *open as usize);
        open
    }
}

fn symbol(library: *mut c_void, name: &str) -> *mut c_void {
    let text = CString::new(name).unwrap();
    // SAFETY: the library is open, and stays so.
    let symbol = unsafe { libc::dlsym(library, text.as_ptr()) };
    assert!(!symbol.is_null(), "the library has no {name}");
    symbol
}

extern "C" fn manage(target: *mut [usize; 2], source: *const [usize; 2], operation: c_int) -> bool {
    const CLONE: c_int = 2;
    if operation == CLONE {
        // SAFETY: the library asks for a copy of one functor in the place of another.
        unsafe { *target = *source };
    }
    false
}

extern "C" fn nothing(_: *const [usize; 2]) {}

extern "C" fn wait_until_open(functor: *const [usize; 2]) {
    // SAFETY: `hold` put the address of a leaked flag there.
    let open = unsafe { &*((*functor)[0] as *const AtomicBool) };
    while !open.load(Ordering::Acquire) {
        thread::sleep(Duration::from_micros(50));
    }
}

/// Nanoseconds per call.
fn per(calls: usize, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / calls as f64
}

fn with_stream(library: &Library, run: impl FnOnce(Handle) -> f64) -> f64 {
    let stream = library.stream();
    let figure = run(stream);
    (library.orStreamDestroy)(stream);
    figure
}

fn record_and_synchronize(library: &Library) -> f64 {
    let event = library.event();
    with_stream(library, |stream| {
        per(20_000, || {
            (library.orEventRecord)(event, stream);
            (library.orEventSynchronize)(event);
        })
    })
}

/// Two streams that take turns, all queued before the first may go. Queueing counts.
fn hops(library: &Library, ahead: bool) -> f64 {
    let streams = [library.stream(), library.stream()];
    let events: Vec<Handle> = (0..if ahead { HOPS } else { 0 }).map(|_| library.event()).collect();
    let open = library.hold(streams[0]);
    let start = Instant::now();
    for hop in 0..HOPS {
        let event = events.get(hop).copied().unwrap_or_else(|| library.event());
        (library.orEventRecord)(event, streams[hop % 2]);
        (library.orStreamWaitEvent)(streams[(hop + 1) % 2], event, 0);
        if !ahead {
            (library.orEventDestroy)(event);
        }
    }
    open.store(true, Ordering::Release);
    for stream in streams {
        assert_eq!((library.orStreamSynchronize)(stream), 0);
    }
    let figure = start.elapsed().as_secs_f64() * 1e9 / HOPS as f64;
    events.into_iter().for_each(|event| assert_eq!((library.orEventDestroy)(event), 0));
    for stream in streams {
        destroy(library, stream);
    }
    figure
}

fn empty_launch(library: &Library) -> f64 {
    const LAUNCHES: usize = 500_000;
    with_stream(library, |stream| {
        let start = Instant::now();
        for _ in 0..LAUNCHES {
            library.launch(stream, nothing, 0);
        }
        (library.orStreamSynchronize)(stream);
        start.elapsed().as_secs_f64() * 1e9 / LAUNCHES as f64
    })
}

fn launch_and_synchronize(library: &Library) -> f64 {
    with_stream(library, |stream| {
        per(20_000, || {
            library.launch(stream, nothing, 0);
            (library.orStreamSynchronize)(stream);
        })
    })
}

fn event_query(library: &Library) -> f64 {
    let event = library.event();
    with_stream(library, |stream| {
        (library.orEventRecord)(event, stream);
        (library.orEventSynchronize)(event);
        per(10_000_000, || assert_eq!((library.orEventQuery)(event), 0))
    })
}

fn stream_query(library: &Library) -> f64 {
    with_stream(library, |stream| {
        per(10_000_000, || {
            assert_eq!((library.orStreamQuery)(stream), 0);
        })
    })
}

fn many_streams(library: &Library) -> f64 {
    let streams: Vec<Handle> = (0..64).map(|_| library.stream()).collect();
    let start = Instant::now();
    for _ in 0..1_000 {
        for &stream in &streams {
            library.launch(stream, nothing, 0);
        }
    }
    for &stream in &streams {
        (library.orStreamSynchronize)(stream);
    }
    let figure = start.elapsed().as_secs_f64() * 1e3;
    streams.into_iter().for_each(|stream| destroy(library, stream));
    figure
}

fn stream_create(library: &Library) -> f64 {
    let mut streams = Vec::new();
    let figure = per(500, || streams.push(library.stream()));
    streams.into_iter().for_each(|stream| destroy(library, stream));
    figure
}

fn stream_create_and_destroy(library: &Library) -> f64 {
    per(500, || destroy(library, library.stream()))
}

fn malloc_and_free(library: &Library) -> f64 {
    per(20_000, || {
        let mut memory = ptr::null_mut();
        assert_eq!((library.orMalloc)(&raw mut memory, 4096), 0);
        (library.orFree)(memory);
    })
}

fn destroy(library: &Library, stream: Handle) {
    assert_eq!((library.orStreamDestroy)(stream), 0);
}
