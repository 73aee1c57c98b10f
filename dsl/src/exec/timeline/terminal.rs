//! A timeline as a chart for the terminal.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use super::scale::time;
use super::{Span, Timeline};
use crate::op::Pipe;

/// Columns of the chart.
const WIDTH: usize = 96;

/// An op's name, and its letter.
type Letters = Vec<(String, char)>;

impl Timeline {
    /// The ops in the order in which they first began, each with its letter.
    fn letters(&self) -> Letters {
        let mut spans: Vec<_> = self.spans().filter(|span| !span.is_wait()).collect();
        spans.sort_by_key(|span| span.begin);
        let mut names: Vec<String> = Vec::new();
        for name in spans.into_iter().map(|span| self.name(span)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.into_iter().zip(('A'..='Z').chain('a'..='z').chain(std::iter::repeat('#'))).collect()
    }

    /// A row of the chart.
    fn row(&self, spans: &[Span], begin: Duration, column: f64, letters: &Letters) -> String {
        let mut row = vec![' '; WIDTH];
        // Waits first, so that an op shorter than a column stays visible.
        for wanted_wait in [true, false] {
            for span in spans.iter().filter(|span| span.is_wait() == wanted_wait) {
                let name = self.name(span);
                let letter = letters.iter().find(|(known, _)| *known == name);
                let glyph =
                    if wanted_wait { '.' } else { letter.map_or('#', |(_, letter)| *letter) };
                let at = |time: Duration| ((time - begin).as_secs_f64() / column) as usize;
                let first = at(span.begin).min(WIDTH - 1);
                let last = at(span.end).clamp(first + 1, WIDTH);
                row[first..last].fill(glyph);
            }
        }
        row.into_iter().collect()
    }
}

fn sum<'s>(spans: impl Iterator<Item = &'s Span>) -> (usize, Duration) {
    spans.fold((0, Duration::ZERO), |(count, sum), span| (count + 1, sum + span.length()))
}

impl Display for Timeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let (begin, end) = self.extent();
        let total = end.saturating_sub(begin);
        let column = total.as_secs_f64().max(1e-9) / WIDTH as f64;
        let letters = self.letters();
        writeln!(
            f,
            "timeline of {}: {}, one column is {}",
            self.title,
            time(total),
            time(Duration::from_secs_f64(column))
        )?;
        for core in &self.cores {
            if self.cores.len() > 1 {
                writeln!(f, "{}", core.name)?;
            }
            for (pipe, spans) in &core.pipes {
                let (_, busy) = sum(spans.iter().filter(|span| !span.is_wait()));
                let share = 100.0 * busy.as_secs_f64() / total.as_secs_f64().max(1e-9);
                let row = self.row(spans, begin, column, &letters);
                writeln!(f, "{:>5} |{row}| {share:3.0} % busy", pipe.short())?;
            }
        }
        for (name, letter) in &letters {
            let ops = self.spans().filter(|span| !span.is_wait() && self.name(span) == *name);
            let (count, sum) = sum(ops);
            writeln!(f, "{letter:>7} {name:<14} {count:>5} x, {}", time(sum))?;
        }
        for pipe in Pipe::ALL {
            let of_pipe = self.cores.iter().flat_map(|core| &core.pipes);
            let of_pipe = of_pipe.filter(|(known, _)| *known == pipe).flat_map(|(_, spans)| spans);
            let (count, sum) = sum(of_pipe.filter(|span| span.is_wait()));
            if count > 0 {
                writeln!(f, "{:>7} {pipe} waited {count} x, {}", '.', time(sum))?;
            }
        }
        Ok(())
    }
}
