//! A timeline as a page.

use std::fmt::Write;
use std::time::Duration;

use super::svg::COLOURS;
use super::text::{json, xml};
use super::{Span, Timeline};

const PAGE: &str = include_str!("page.html");

impl Timeline {
    /// The timeline as one page of HTML that needs nothing else: the wheel zooms, a drag moves, the pointer shows what a span is, the search
    /// marks ops and lines, and beside it stands who waited for whom.
    #[must_use]
    pub fn html(&self) -> String {
        let title = PAGE.replace("{{title}}", &xml(&self.title));
        title.replace("{{data}}", &self.data())
    }

    /// What the page draws: names, lines, and for each pipe of each core begin, length (both in ns), name, line (-1: not known) and whether
    /// it waits, one span after the other.
    fn data(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        let mut cores = String::new();
        let (begin, end) = self.extent();
        for (number, core) in self.cores.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            // Writing to a string does not fail.
            let _ = write!(cores, "{comma}\n{{\"name\":{},\"pipes\":[", json(&core.name));
            for (number, (pipe, spans)) in core.pipes.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                let _ = write!(cores, "{comma}{{\"name\":{},\"spans\":[", json(pipe.short()));
                for (number, span) in spans.iter().enumerate() {
                    let comma = if number > 0 { "," } else { "" };
                    cores.push_str(comma);
                    self.span(&mut cores, span, begin, &mut names);
                }
                cores.push_str("]}");
            }
            cores.push_str("]}");
        }
        let list = |texts: &mut dyn Iterator<Item = String>| {
            texts.map(|text| json(&text)).collect::<Vec<_>>().join(",")
        };
        let rows = self.table.iter().map(|row| format!("[{}]", list(&mut row.iter().cloned())));
        format!(
            "{{\"end\":{},\"names\":[{}],\"lines\":[{}],\"colours\":[{}],\"table\":[{}],\"cores\":[{cores}]}}",
            end.saturating_sub(begin).as_nanos(),
            list(&mut names.iter().cloned()),
            list(&mut self.lines.iter().map(ToString::to_string)),
            list(&mut COLOURS.iter().map(ToString::to_string)),
            rows.collect::<Vec<_>>().join(",")
        )
    }

    fn span(&self, out: &mut String, span: &Span, origin: Duration, names: &mut Vec<String>) {
        let name = self.name(span);
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        let line = span.line.map_or(-1, i64::from);
        let begin = span.begin.saturating_sub(origin).as_nanos();
        let _ = write!(
            out,
            "{begin},{},{at},{line},{}",
            span.length().as_nanos(),
            u8::from(span.is_wait())
        );
    }
}
