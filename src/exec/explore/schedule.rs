//! A schedule as a short string, such as `MTE2 x3 V MTE3`.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::str::FromStr;

use crate::op::Pipe;
use crate::program::Core;

/// In which order the pipes took their turns.
///
/// Prints as the names of the pipes, `x3` for three turns in a row, `V+1` where the vector pipe ran an op before the one that
/// stood first. Of several cores, the core stands before the pipe: `c.FIX`, `v0.MTE2`, and `1v0.MTE2` in block 1.
/// [`replay`](super::replay) runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(Vec<Turn>);

/// One instruction of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The block and the core, where there are several cores.
    pub(super) core: Option<(u32, Core)>,
    pub(super) pipe: Pipe,
    /// How many instructions of the pipe that stand before it have not run.
    pub(super) skip: u32,
}

/// A schedule that cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Not a schedule's text.
    #[error("`{word}` is not a turn of a schedule; turns look like `MTE2`, `V+1` or `x3`")]
    Syntax {
        /// The word that was not understood.
        word: String,
    },
    /// The program cannot take this turn.
    #[error(
        "turn {step} of the schedule, {turn}, cannot run in this program: is it another program's schedule?"
    )]
    CannotRun {
        /// The turn's number, from 0.
        step: usize,
        /// The turn.
        turn: String,
    },
}

impl Schedule {
    pub(super) fn push(&mut self, turn: Turn) {
        self.0.push(turn);
    }

    pub(super) fn turns(&self) -> &[Turn] {
        &self.0
    }
}

impl Display for Turn {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        if let Some((block, core)) = self.core {
            if block > 0 {
                write!(f, "{block}")?;
            }
            write!(f, "{}.", core.short())?;
        }
        f.write_str(self.pipe.short())?;
        if self.skip > 0 {
            write!(f, "+{}", self.skip)?;
        }
        Ok(())
    }
}

impl Display for Schedule {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        for (at, run) in self.0.chunk_by(|one, two| one == two).enumerate() {
            let space = if at > 0 { " " } else { "" };
            write!(f, "{space}{}", run[0])?;
            if run.len() > 1 {
                write!(f, " x{}", run.len())?;
            }
        }
        Ok(())
    }
}

/// The longest schedule that is read.
const LONGEST: usize = 1 << 20;

impl FromStr for Schedule {
    type Err = ReplayError;

    fn from_str(text: &str) -> Result<Self, ReplayError> {
        let mut turns: Vec<Turn> = Vec::new();
        for word in text.split_whitespace() {
            let error = || ReplayError::Syntax { word: word.to_owned() };
            if let Some(times) = word.strip_prefix('x') {
                let times: usize = times.parse().map_err(|_| error())?;
                let last = *turns.last().ok_or_else(error)?;
                if times == 0 || times > LONGEST {
                    return Err(error());
                }
                turns.extend(std::iter::repeat_n(last, times - 1));
                continue;
            }
            let (core, rest) = match word.split_once('.') {
                Some((core, rest)) => (Some(core_of(core).ok_or_else(error)?), rest),
                None => (None, word),
            };
            let (name, skip) = rest.split_once('+').unwrap_or((rest, "0"));
            let pipe = Pipe::ALL.into_iter().find(|pipe| pipe.short() == name).ok_or_else(error)?;
            turns.push(Turn { core, pipe, skip: skip.parse().map_err(|_| error())? });
        }
        Ok(Schedule(turns))
    }
}

/// A core as a schedule names it: `c`, or `1v0`.
fn core_of(text: &str) -> Option<(u32, Core)> {
    let name = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let block = match &text[..text.len() - name.len()] {
        "" => 0,
        number => number.parse().ok()?,
    };
    Some((block, Core::ALL.into_iter().find(|core| core.short() == name)?))
}
