//! Blocks in parallel.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;

/// So many times a thread goes for more blocks, if it has its share: often enough for an even end, and neighbours stay together.
const TURNS: usize = 16;

/// Runs `run` for each of `0..grid` on the threads of the current rayon pool, each with a state of its own that `new` makes.
///
/// After an error no block is started any more; of several errors the one of the first block is the result.
pub(super) fn for_each<S, E: Send>(
    grid: usize,
    new: impl Fn() -> S + Sync,
    run: impl Fn(&mut S, usize) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let threads = rayon_core::current_num_threads();
    let step = (grid / (threads * TURNS)).max(1);
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failed = Mutex::new(None);
    let work = || {
        let mut state = None;
        loop {
            let first = next.fetch_add(step, Ordering::Relaxed);
            if first >= grid {
                return;
            }
            let state = state.get_or_insert_with(&new);
            for block in first..grid.min(first + step) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Err(error) = run(state, block) else { continue };
                stopped.store(true, Ordering::Relaxed);
                let mut failed = failed.lock();
                if failed.as_ref().is_none_or(|(other, _)| block < *other) {
                    *failed = Some((block, error));
                }
            }
        }
    };
    rayon_core::scope(|scope| {
        for _ in 1..threads.min(grid.div_ceil(step)) {
            scope.spawn(|_| work());
        }
        work();
    });
    failed.into_inner().map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
        let pool = rayon_core::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(work)
    }

    #[test]
    fn each_block_runs_once() {
        for (threads, grid) in [(1, 1), (1, 100), (3, 2), (3, 7), (4, 1000)] {
            let runs: Vec<_> = (0..grid).map(|_| AtomicUsize::new(0)).collect();
            let outcome = on(threads, || {
                for_each(
                    grid,
                    || (),
                    |(), block| {
                        runs[block].fetch_add(1, Ordering::Relaxed);
                        Ok::<_, ()>(())
                    },
                )
            });
            assert_eq!(outcome, Ok(()));
            assert!(runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 1), "{threads} {grid}");
        }
    }

    #[test]
    fn after_an_error_no_block_is_started() {
        let last = AtomicUsize::new(0);
        let run = |(): &mut (), block| {
            last.fetch_max(block, Ordering::Relaxed);
            if block >= 30 { Err(block) } else { Ok(()) }
        };
        assert_eq!(on(1, || for_each(100, || (), run)), Err(30));
        assert_eq!(last.into_inner(), 30);
    }

    #[test]
    fn of_two_errors_the_one_of_the_first_block_is_the_result() {
        // Each waits until the other runs, so that both come.
        let both = std::sync::Barrier::new(2);
        let run = |(): &mut (), block| {
            both.wait();
            Err(block)
        };
        assert_eq!(on(2, || for_each(2, || (), run)), Err(0));
    }
}
