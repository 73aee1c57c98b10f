//! A line of the kernel's source.

use std::collections::HashMap;
use std::fmt::{Display, Formatter, Result};
use std::panic::Location;
use std::sync::Arc;

/// The line of source that issued an instruction: of this build, of the C++ that was ported, or of the build that a loaded
/// program came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Line {
    file: Box<str>,
    line: u32,
    column: u32,
}

/// Where an instruction of a program was issued: [`Program::line`](super::Program::line) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// A number in the program's [`Names`].
    pub(super) file: u32,
    pub(super) line: u32,
    /// From 1; 0 if it is not known.
    pub(super) column: u32,
}

impl At {
    /// A line of the file with this number.
    pub(crate) fn whole_line(file: u32, line: u32) -> Self {
        At { file, line, column: 0 }
    }
}

impl Line {
    /// A line as a whole.
    #[doc(hidden)]
    pub fn whole(file: &str, line: u32) -> Self {
        Line { file: file.into(), line, column: 0 }
    }

    pub(super) fn new(file: &str, at: At) -> Self {
        Line { file: file.into(), line: at.line, column: at.column }
    }

    /// The file, as the compiler was given its path.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, counted from 1; 0 for a line as a whole.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }
}

impl From<&Location<'_>> for Line {
    fn from(at: &Location<'_>) -> Self {
        Line { file: at.file().into(), line: at.line(), column: at.column() }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// What instructions refer to by number: source files, and the names of ops that PTO does not list. Each is kept once, and as
/// long as its program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    list: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    last: u32,
    /// What was asked for last of the names that are in this build, and its number.
    last_of_build: Option<(&'static str, u32)>,
    /// By number: a file that is called from somewhere has a number for each way there.
    callers: HashMap<u32, Arc<[Line]>>,
}

impl Names {
    /// The number of `name`, which is added if it is new. What was asked for last is found at once.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if self.get(self.last) != Some(name) {
            self.last = self.numbers.get(name).copied().unwrap_or_else(|| {
                let (name, number) = (Arc::<str>::from(name), self.list.len() as u32);
                self.list.push(Arc::clone(&name));
                self.numbers.insert(name, number);
                number
            });
        }
        self.last
    }

    /// As [`number`](Self::number), for a name that is in this build: found by its place in memory.
    pub(crate) fn number_of(&mut self, name: &'static str) -> u32 {
        match self.last_of_build {
            Some((last, number)) if std::ptr::eq(last, name) => number,
            _ => {
                let number = self.number(name);
                self.last_of_build = Some((name, number));
                number
            }
        }
    }

    /// A number of its own for `file`, where it is called from these lines.
    pub(crate) fn called(&mut self, file: &str, callers: Arc<[Line]>) -> u32 {
        // So that the name alone has a number before.
        let name = self.number(file);
        let (name, number) = (Arc::clone(&self.list[name as usize]), self.list.len() as u32);
        self.list.push(name);
        self.callers.insert(number, callers);
        number
    }

    pub(super) fn callers(&self, number: u32) -> &[Line] {
        self.callers.get(&number).map_or(&[], |callers| callers)
    }

    pub(super) fn get(&self, number: u32) -> Option<&str> {
        self.list.get(number as usize).map(|name| &**name)
    }
}
