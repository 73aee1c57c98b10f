//! A timeline in the trace format of Chrome, which Perfetto and MindStudio Insight open.

use std::fmt::Write;
use std::time::Duration;

use super::text::json;
use super::{CoreLine, Span, Timeline, What};
use crate::op::Pipe;

impl Timeline {
    /// The timeline as JSON in the trace format of Chrome: open it in Perfetto (<https://ui.perfetto.dev>) or in MindStudio Insight. Cores are
    /// processes, pipes are threads, and an arrow goes from the op that a pipe waited for to the end of the wait.
    #[must_use]
    pub fn chrome(&self) -> String {
        let mut events = Events { out: "{\"traceEvents\":[".to_owned(), is_first: true };
        let mut arrow = 0;
        for (core, line) in (0..).zip(&self.cores) {
            events.name("process_name", core, None, &line.name);
            for (pipe, spans) in &line.pipes {
                events.name("thread_name", core, Some(*pipe), &pipe.to_string());
                for span in spans {
                    self.event(&mut events, (core, *pipe), span);
                    if let (What::Wait(flag), Some(from)) = (span.what, line.cause(span)) {
                        arrow += 1;
                        let to = (core, *pipe, span.end);
                        events.arrow(arrow, &flag.to_string(), (core, flag.src, from), to);
                    }
                }
            }
        }
        events.out.push_str("\n],\"displayTimeUnit\":\"ns\"}\n");
        events.out
    }

    fn event(&self, events: &mut Events, (core, pipe): (u32, Pipe), span: &Span) {
        let kind = if span.is_wait() { "wait" } else { "op" };
        let line = self.line(span).map_or_else(|| "?".to_owned(), ToString::to_string);
        events.begin();
        // Writing to a string does not fail.
        let _ = write!(
            events.out,
            "{{\"ph\":\"X\",\"name\":{},\"cat\":\"{kind}\",\"pid\":{core},\"tid\":{},\"ts\":{},\"dur\":{},\"args\":{{\"line\":{}}}}}",
            json(&self.name(span)),
            pipe.index(),
            us(span.begin),
            us(span.length()),
            json(&line)
        );
    }
}

impl CoreLine {
    /// When the last op on the source pipe ended that the wait was for; that is where its arrow begins.
    fn cause(&self, wait: &Span) -> Option<Duration> {
        let What::Wait(flag) = wait.what else { return None };
        let (_, spans) = self.pipes.iter().find(|(pipe, _)| *pipe == flag.src)?;
        let after = spans.partition_point(|span| span.end <= wait.end);
        spans[..after].iter().rev().find(|span| !span.is_wait()).map(|span| span.end)
    }
}

/// Microseconds, to the nanosecond.
fn us(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e6)
}

struct Events {
    out: String,
    is_first: bool,
}

impl Events {
    fn begin(&mut self) {
        self.out.push_str(if self.is_first { "\n" } else { ",\n" });
        self.is_first = false;
    }

    fn name(&mut self, what: &str, core: u32, pipe: Option<Pipe>, name: &str) {
        self.begin();
        let pipe = pipe.map_or(0, Pipe::index);
        let _ = write!(
            self.out,
            "{{\"ph\":\"M\",\"name\":\"{what}\",\"pid\":{core},\"tid\":{pipe},\"args\":{{\"name\":{}}}}}",
            json(name)
        );
    }

    /// A flow binds to the slice that encloses its ends: it begins just inside of the op, and ends just inside of the wait.
    fn arrow(
        &mut self,
        number: u32,
        name: &str,
        (from_core, from_pipe, from): (u32, Pipe, Duration),
        (core, pipe, to): (u32, Pipe, Duration),
    ) {
        let inside = |time: Duration| us(time.saturating_sub(Duration::from_nanos(1)));
        for (phase, core, pipe, time) in [("s", from_core, from_pipe, from), ("f", core, pipe, to)]
        {
            self.begin();
            let _ = write!(
                self.out,
                "{{\"ph\":\"{phase}\",\"bp\":\"e\",\"id\":{number},\"name\":{},\"cat\":\"flag\",\"pid\":{core},\"tid\":{},\"ts\":{}}}",
                json(name),
                pipe.index(),
                inside(time)
            );
        }
    }
}
