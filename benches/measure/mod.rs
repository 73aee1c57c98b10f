//! Timing for tables of ratios: everything that is compared runs in turns, and the median of each is taken.

use std::time::Instant;

/// Runs the candidates in turns, `rounds` times after one warm-up, and returns the median time of each in seconds.
///
/// In turns, so that a machine that is slow for a while is slow for all of them.
pub(crate) fn in_turns<const N: usize>(
    rounds: usize,
    mut candidates: [&mut dyn FnMut(); N],
) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for round in 0..=rounds {
        for (candidate, times) in candidates.iter_mut().zip(&mut times) {
            let start = Instant::now();
            candidate();
            if round > 0 {
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// Runs `work` on a pool of `threads`.
#[allow(dead_code, reason = "some tables are of one thread")]
pub(crate) fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a thread pool").install(work)
}
