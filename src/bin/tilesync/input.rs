//! What the judges are given: a trace, or a program.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use tilesync::program::ClusterProgram;
use tilesync::trace::Trace;

use super::Failure;

/// A file, read. A program on its own is a launch of one core.
pub(crate) enum Input {
    Program(ClusterProgram),
    Trace(Trace),
}

impl Input {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        Self::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let mut from = BufReader::with_capacity(1 << 16, File::open(path)?);
        let is_trace = from.fill_buf()?.starts_with(b"TILESYN");
        Ok(if is_trace {
            Input::Trace(Trace::read(from)?)
        } else {
            Input::Program(ClusterProgram::load(from)?)
        })
    }
}
