//! A timeline of streams for the terminal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const WIDTH: usize = 72;

/// What ran from when to when. A clone writes to the same timeline.
#[derive(Clone)]
pub(crate) struct Timeline {
    origin: Instant,
    spans: Arc<Mutex<Vec<Span>>>,
}

struct Span {
    row: &'static str,
    mark: char,
    from: Duration,
    to: Duration,
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now(), spans: Arc::default() }
    }

    /// Runs `work` and draws it in that row, with that mark.
    pub(crate) fn draw<R>(&self, row: &'static str, mark: char, work: impl FnOnce() -> R) -> R {
        let from = self.origin.elapsed();
        let result = work();
        let to = self.origin.elapsed();
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(Span { row, mark, from, to });
        result
    }

    /// Prints a line for each row, from the first beginning to the last end.
    pub(crate) fn print(&self, rows: &[&str]) {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let first = spans.iter().map(|span| span.from).min().unwrap_or_default();
        let last = spans.iter().map(|span| span.to).max().unwrap_or_default();
        let column = |time: Duration| {
            let share = (time - first).as_secs_f64() / (last - first).as_secs_f64().max(1e-9);
            (share * WIDTH as f64) as usize
        };
        for row in rows {
            let mut line = vec!['.'; WIDTH];
            for span in spans.iter().filter(|span| span.row == *row) {
                let from = column(span.from).min(WIDTH - 1);
                let to = column(span.to).clamp(from + 1, WIDTH);
                line[from..to].fill(span.mark);
            }
            println!("{row:>9} |{}|", line.iter().collect::<String>());
        }
        let total = (last - first).as_secs_f64() * 1e3;
        println!("{:>9}  0 ms {total:>width$.2} ms", "", width = WIDTH - 8);
    }
}
