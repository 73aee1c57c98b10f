//! A timeline as a picture.

use std::fmt::Write;
use std::time::Duration;

use super::scale::{step, time};
use super::text::xml;
use super::{Span, Timeline};

/// Pixels: of the time, of what stands before it, of a row, of what stands above and below.
const WIDTH: f64 = 1200.0;
const LEFT: f64 = 70.0;
const ROW: f64 = 22.0;
const TOP: f64 = 44.0;
/// A span narrower than this is not drawn where its neighbour is.
const LEAST: f64 = 0.4;

/// Colours of ops, in the order in which they come; waits are grey.
pub(super) const COLOURS: [&str; 10] = [
    "#4878a8", "#e08a3c", "#5a9e5a", "#c45a5a", "#8a6db0", "#a0785a", "#d080b0", "#909030",
    "#3ca0a8", "#6a6a9a",
];
const WAIT: &str = "#e4e4e4";

impl Timeline {
    /// The timeline as SVG: a row a pipe, cores below each other, a colour an op, waits in grey. A browser shows what a span is where the
    /// pointer rests.
    #[must_use]
    pub fn svg(&self) -> String {
        let (begin, end) = self.extent();
        let total = end.saturating_sub(begin).max(Duration::from_nanos(1));
        let x = |at: Duration| {
            LEFT + WIDTH * (at.saturating_sub(begin)).as_secs_f64() / total.as_secs_f64()
        };
        let mut body = String::new();
        let mut y = TOP;
        let mut names: Vec<String> = Vec::new();
        for core in &self.cores {
            if self.cores.len() > 1 {
                y += ROW;
                text(&mut body, 4.0, y - 7.0, "start", &core.name);
            }
            for (pipe, spans) in &core.pipes {
                text(&mut body, LEFT - 8.0, y + 15.0, "end", pipe.short());
                let mut drawn = f64::MIN;
                for span in spans {
                    let (from, to) = (x(span.begin), x(span.end));
                    // What is too short to be drawn is named all the same.
                    let colour = self.colour(span, &mut names);
                    if to - drawn < LEAST {
                        continue;
                    }
                    drawn = to;
                    let width = (to - from).max(LEAST);
                    self.rect(&mut body, span, (from, y + 2.0, width), colour);
                }
                y += ROW;
            }
        }
        let bottom = y;
        self.axis(&mut body, bottom, total, x(begin + total) - LEFT);
        let mut at = LEFT;
        for (name, colour) in names.iter().zip(COLOURS.iter().cycle()) {
            let _ = write!(
                body,
                "<rect x=\"{at:.0}\" y=\"{:.0}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>",
                bottom + 30.0
            );
            text(&mut body, at + 14.0, bottom + 39.0, "start", name);
            at += 26.0 + 7.5 * name.len() as f64;
        }
        let (width, height) = (LEFT + WIDTH + 20.0, bottom + 52.0);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
        );
        text(&mut out, LEFT, 20.0, "start", &format!("{}: {}", self.title, time(total)));
        out.push_str(&body);
        out.push_str("</svg>\n");
        out
    }

    /// The colour of a span; an op that has none yet gets the next.
    fn colour(&self, span: &Span, names: &mut Vec<String>) -> &'static str {
        if span.is_wait() {
            return WAIT;
        }
        let name = self.name(span);
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        COLOURS[at % COLOURS.len()]
    }

    fn rect(&self, out: &mut String, span: &Span, (x, y, width): (f64, f64, f64), colour: &str) {
        let line = self.line(span).map_or_else(String::new, |line| format!(", {line}"));
        let title = format!("{}: {}{line}", self.name(span), time(span.length()));
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<rect x=\"{x:.2}\" y=\"{y:.0}\" width=\"{width:.2}\" height=\"{:.0}\" fill=\"{colour}\"><title>{}</title></rect>",
            ROW - 4.0,
            xml(&title)
        );
    }

    fn axis(&self, out: &mut String, bottom: f64, total: Duration, width: f64) {
        let step = step(total);
        let count = (total.as_nanos() / step.as_nanos().max(1)) as u32;
        for tick in 0..=count {
            let at = LEFT + width * (step * tick).as_secs_f64() / total.as_secs_f64();
            let _ = write!(
                out,
                "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.0}\" y2=\"{:.0}\" stroke=\"#bbb\" stroke-width=\"0.5\"/>",
                TOP - 6.0,
                bottom
            );
            text(out, at, bottom + 14.0, "middle", &time(step * tick));
        }
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        xml(text)
    );
}
