//! A line of the kernel's source.

use std::fmt::{Display, Formatter, Result};
use std::panic::Location;

/// The line of source that issued an instruction: of this build, or of the build that a loaded program came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Line {
    file: &'static str,
    line: u32,
    column: u32,
}

impl Line {
    /// The file, as the compiler was given its path.
    #[must_use]
    pub fn file(self) -> &'static str {
        self.file
    }

    /// A line of a file that is not part of this build.
    #[cfg(feature = "serde")]
    pub(in crate::program) fn loaded(file: &'static str, line: u32, column: u32) -> Self {
        Line { file, line, column }
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.line
    }

    /// The column, counted from 1.
    #[must_use]
    pub fn column(self) -> u32 {
        self.column
    }
}

impl From<&'static Location<'static>> for Line {
    fn from(at: &'static Location<'static>) -> Self {
        Line { file: at.file(), line: at.line(), column: at.column() }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
