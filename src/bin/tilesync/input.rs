//! What the judges are given: a trace, or a program.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use tilesync::program::Program;
use tilesync::trace::Trace;

use super::Failure;

/// A file, read.
pub(crate) enum Input {
    Program(Box<Program>),
    Trace(Trace),
}

impl Input {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        Self::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let mut from = BufReader::with_capacity(1 << 16, File::open(path)?);
        // A program is JSON.
        let is_program =
            from.fill_buf()?.first().is_none_or(|&byte| byte == b'{' || byte.is_ascii_whitespace());
        Ok(if is_program {
            Input::Program(Program::load(from)?.into())
        } else {
            Input::Trace(Trace::read(from)?)
        })
    }
}
