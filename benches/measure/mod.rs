//! Timing for tables of ratios: everything that is compared runs in turns, and the best of each counts.

use std::time::Instant;

use cpu_time::ThreadTime;

/// Runs the candidates in turns, `rounds` times after one warm-up, and returns the least time of each in seconds: what else the
/// machine does only adds to it, and in turns it adds to all of them.
///
/// On a pool of one thread it is the time for which the thread ran: a machine that is shared makes it wait.
pub(crate) fn in_turns<const N: usize>(
    rounds: usize,
    mut candidates: [&mut dyn FnMut(); N],
) -> [f64; N] {
    let mut least = [f64::INFINITY; N];
    for round in 0..=rounds {
        for (candidate, least) in candidates.iter_mut().zip(&mut least) {
            let (start, ran) = (Instant::now(), ThreadTime::now());
            candidate();
            let (all, ran) = (start.elapsed(), ran.elapsed());
            let alone = rayon::current_num_threads() == 1;
            if round > 0 {
                *least = least.min(if alone { ran } else { all }.as_secs_f64());
            }
        }
    }
    least
}

/// Runs `work` on a pool of `threads`.
#[allow(dead_code, reason = "some tables are of one thread")]
pub(crate) fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a thread pool").install(work)
}
