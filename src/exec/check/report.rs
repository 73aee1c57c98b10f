//! Findings in the look of rustc.

use std::collections::HashMap;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level as Look, Origin, Renderer, Snippet};

use super::Verdict;
use super::code::Level;
use super::finding::{Finding, Site};

impl Verdict {
    /// The findings as rustc prints errors, with the lines of the sources where those can be read. `color` is for a terminal.
    #[must_use]
    pub fn rendered(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut sources = Sources::default();
        let mut text = String::new();
        for finding in &self.findings {
            text.push_str(&render(finding, &renderer, &mut sources));
            text.push_str("\n\n");
        }
        text
    }
}

/// Source files that were read, or could not be.
#[derive(Default)]
struct Sources(HashMap<String, Option<String>>);

impl Sources {
    fn read(&mut self, file: &str) -> Option<&str> {
        let read = || std::fs::read_to_string(file).ok();
        self.0.entry(file.to_owned()).or_insert_with(read).as_deref()
    }
}

fn render(finding: &Finding, renderer: &Renderer, sources: &mut Sources) -> String {
    let look = match finding.level {
        Level::Error => Look::ERROR,
        Level::Warning => Look::WARNING,
    };
    let mut group = look
        .primary_title(finding.message.as_str())
        .id(finding.code.id())
        .elements(Vec::<Origin<'_>>::new());
    let mut rest: &[Site] = &finding.sites;
    let mut texts: Vec<(&[Site], Option<String>)> = Vec::new();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|site| site.at.file() == first.at.file()).count();
        let (here, later) = rest.split_at(same);
        texts.push((here, sources.read(first.at.file()).map(str::to_owned)));
        rest = later;
    }
    for (sites, source) in &texts {
        let spans = source.as_deref().and_then(|source| {
            sites.iter().map(|site| span(source, site)).collect::<Option<Vec<_>>>()
        });
        if let (Some(source), Some(spans)) = (source, spans) {
            let mut snippet = Snippet::source(source.as_str()).path(sites[0].at.file());
            for (site, span) in sites.iter().zip(spans) {
                let last = finding.sites.last() == Some(site);
                let kind = if last { AnnotationKind::Primary } else { AnnotationKind::Context };
                snippet = snippet.annotation(kind.span(span).label(site.text()));
            }
            group = group.element(snippet);
        } else {
            for site in *sites {
                let mut at = Origin::path(site.at.file()).line(site.at.line() as usize);
                if site.at.column() > 0 {
                    at = at.char_column(site.at.column() as usize);
                }
                group = group.element(at);
                group = group.element(Look::NOTE.message(site.text()));
            }
        }
    }
    for note in &finding.notes {
        group = group.element(Look::NOTE.message(note.as_str()));
    }
    if finding.times > 1 {
        group =
            group.element(Look::NOTE.message(format!("{} times at these lines", finding.times)));
    }
    group = group.element(Look::HELP.message(finding.repair.as_str()));
    renderer.render(&[group])
}

/// What the site's line says from its column on, as a range of bytes.
fn span(source: &str, site: &Site) -> Option<std::ops::Range<usize>> {
    let number = site.at.line() as usize;
    let line = source.split_inclusive('\n').nth(number.checked_sub(1)?)?;
    let start = line.as_ptr() as usize - source.as_ptr() as usize;
    let text = line.trim_end().trim_end_matches(';');
    let first = text.chars().take_while(|letter| letter.is_whitespace()).count();
    let column = (site.at.column() as usize).checked_sub(1).unwrap_or(first);
    let (column, _) = text.char_indices().nth(column)?;
    Some(start + column..start + text.len())
}
