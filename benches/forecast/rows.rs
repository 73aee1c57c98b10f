//! What was measured, read, and forecast.

use tilesync::op::Pipe;

use crate::kernels::{Case, Failure, forecast};

/// A case that was measured, and its forecast.
pub(crate) struct Row {
    pub(crate) family: String,
    /// As the example `forecast` is given it.
    pub(crate) words: String,
    pub(crate) measured: Vec<Measured>,
    pub(crate) case: Case,
}

/// A measurement.
pub(crate) enum Measured {
    /// Microseconds.
    Time(f64),
    Cycles(f64),
    /// Of a pipe, in %.
    Busy(Pipe, f64),
}

impl Measured {
    /// How far a forecast is off, with its sign: of a time as a share of it, of a busy ratio in hundredths.
    pub(crate) fn error(&self, case: &Case) -> f64 {
        match self {
            Measured::Time(measured) => case.us / measured - 1.0,
            Measured::Cycles(measured) => case.cycles / measured - 1.0,
            Measured::Busy(pipe, share) => case.busy(*pipe) - share / 100.0,
        }
    }

    pub(crate) fn is_time(&self) -> bool {
        !matches!(self, Measured::Busy(..))
    }
}

/// Cases that cannot be expressed, each with the reason.
pub(crate) type LeftOut = Vec<(String, String)>;

pub(crate) fn read() -> Result<(Vec<Row>, LeftOut), Failure> {
    let mut cases: Vec<(String, String, Vec<Measured>)> = Vec::new();
    for line in include_str!("measured.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [family, words, what, value, _unit, _source] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            return Err(format!("`{line}` has not six fields").into());
        };
        let value: f64 = value.parse().map_err(|_| format!("`{line}` has no value"))?;
        let measured = match what.split_once(' ') {
            Some((_, name)) => {
                let pipe = Pipe::ALL.into_iter().find(|pipe| pipe.short() == name);
                Measured::Busy(pipe.ok_or_else(|| format!("`{name}` is no pipe"))?, value)
            }
            None if what == "us" => Measured::Time(value),
            None => Measured::Cycles(value),
        };
        match cases.iter_mut().find(|(_, known, _)| known == words) {
            Some((_, _, all)) => all.push(measured),
            None => cases.push((family.to_owned(), words.to_owned(), vec![measured])),
        }
    }
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for (family, words, measured) in cases {
        let all: Vec<&str> = words.split(' ').collect();
        match forecast(all[0], &all[1..]) {
            Ok(case) => rows.push(Row { family, words, measured, case }),
            Err(why) => left_out.push((words, why.to_string())),
        }
    }
    Ok((rows, left_out))
}
