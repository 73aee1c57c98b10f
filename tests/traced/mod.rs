//! Traces of the PTO library's kernels and tests, and what is found in them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tilesync::trace::{Judged, Trace};

/// Whether `TILESYNC_KERNELS` asks for it: all, if it names none.
pub(crate) fn is_wanted(name: &str) -> bool {
    let wanted = std::env::var("TILESYNC_KERNELS").unwrap_or_default();
    wanted.is_empty() || wanted.split(',').any(|wanted| wanted == name)
}

/// Reads a trace, if there is one.
pub(crate) fn read(path: &Path) -> Option<Trace> {
    Some(Trace::read(BufReader::new(File::open(path).ok()?)).expect("a trace"))
}

/// The codes of all that is found, in order; `clean` if there are none.
pub(crate) fn codes(judged: &[Judged<'_>], clean: &str) -> String {
    let verdicts = judged.iter().flat_map(|launch| {
        launch.blocks.iter().map(|alike| &alike.verdict).chain([&launch.between])
    });
    let findings = verdicts.flat_map(|verdict| &verdict.findings);
    let codes: BTreeSet<String> = findings.map(|finding| finding.code.to_string()).collect();
    let codes: Vec<_> = codes.into_iter().collect();
    if codes.is_empty() { clean.to_owned() } else { codes.join(", ") }
}
