//! Times as one reads them.

use std::time::Duration;

/// A time with a unit that suits it.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 1e-6 => format!("{:.0} ns", seconds * 1e9),
        _ if seconds < 1e-3 => format!("{:.2} us", seconds * 1e6),
        _ => format!("{:.2} ms", seconds * 1e3),
    }
}

/// Steps of an axis over so long a time: about ten, each 1, 2 or 5 of a power of ten.
pub(super) fn step(total: Duration) -> Duration {
    let rough = (total.as_nanos() as u64 / 10).max(1);
    let power = 10u64.pow(rough.ilog10());
    let factor = [1, 2, 5, 10].into_iter().find(|factor| factor * power >= rough).unwrap_or(10);
    Duration::from_nanos(factor * power)
}
