//! What the judges are given: a trace, or a program.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use tilesync::program::ClusterProgram;
use tilesync::trace::Trace;

use super::Failure;

/// A file, read. A program on its own is a launch of one core.
pub(crate) enum Input {
    Program(ClusterProgram),
    Trace(Trace),
}

impl Input {
    /// One file, or the traces of several sides.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut inputs = paths.iter().map(|path| Self::open_one(path));
        let first = inputs.next().unwrap_or_else(|| Err("no file is named".into()))?;
        inputs.try_fold(first, |all, next| match (all, next?) {
            (Input::Trace(one), Input::Trace(other)) => Ok(Input::Trace(one.beside(other))),
            _ => Err("several files are judged together only if they are traces".into()),
        })
    }

    fn open_one(path: &Path) -> Result<Self, Failure> {
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
