//! Reads the table of a profile.

use super::{Profile, VectorCost};
use crate::chip::ChipId;
use crate::op::OpCode;

/// A table that is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A line that has not four fields.
    #[error(
        "line {line}: a line has a name, a value, a unit and a source, with tabs between them, and this one has {fields} fields"
    )]
    Fields {
        /// Counted from 1.
        line: usize,
        /// How many it has.
        fields: usize,
    },
    /// A chip that there is not.
    #[error("line {line}: `{chip}` is not a chip: `a2a3` or `a5`")]
    Chip {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        chip: String,
    },
    /// A name that no number has.
    #[error("line {line}: `{name}` is neither a number of a profile nor an op")]
    Name {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        name: String,
    },
    /// A value that is no number, or one that no chip can have.
    #[error("line {line}: {name}: `{value}` is not {wanted}")]
    Value {
        /// Counted from 1.
        line: usize,
        /// The field.
        name: String,
        /// What stands there.
        value: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// A number without a source.
    #[error("line {line}: {name} has no source; say where the number is from")]
    Source {
        /// Counted from 1.
        line: usize,
        /// The field.
        name: String,
    },
    /// A number that the table does not have.
    #[error("the table has no line for {name}")]
    Missing {
        /// The field.
        name: &'static str,
    },
}

pub(super) fn parse(table: &str) -> Result<Profile, ProfileError> {
    let mut profile = Profile::empty(ChipId::A2A3);
    for (line, text) in (1..).zip(table.lines()) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = text.split('\t').collect();
        if let ["chip", chip] = fields[..] {
            profile.chip =
                chip_of(chip).ok_or(ProfileError::Chip { line, chip: chip.to_owned() })?;
            continue;
        }
        let [name, value, _unit, source] = fields[..] else {
            return Err(ProfileError::Fields { line, fields: fields.len() });
        };
        if source.trim().is_empty() {
            return Err(ProfileError::Source { line, name: name.to_owned() });
        }
        if let Some(number) = profile.number_mut(name) {
            *number = positive(line, name, value)?;
        } else if is_op(name) {
            let cost = vector(line, name, value)?;
            profile.vector.insert(name.to_owned(), cost);
        } else {
            return Err(ProfileError::Name { line, name: name.to_owned() });
        }
        profile.sources.insert(name.to_owned(), source.to_owned());
    }
    for name in Profile::NAMES {
        if profile.number_mut(name).is_some_and(|number| number.is_nan()) {
            return Err(ProfileError::Missing { name });
        }
    }
    Ok(profile)
}

fn chip_of(name: &str) -> Option<ChipId> {
    [ChipId::A2A3, ChipId::A5].into_iter().find(|chip| chip.name() == name)
}

/// Whether it is `TADD` or `TADD.f16`.
fn is_op(name: &str) -> bool {
    let op = name.split('.').next().unwrap_or(name);
    OpCode::ALL.iter().any(|code| code.name() == op)
}

/// Numbers that are divided by.
const NOT_ZERO: [&str; 17] = [
    "clock",
    "cube_cores",
    "vector_cores",
    "cube_step",
    "cube_step_f32",
    "l1_l0a",
    "l1_l0a_reorder",
    "l1_l0b",
    "l1_table",
    "gm_l1",
    "gm_ub",
    "ub_gm",
    "fix_gm",
    "fix_tile",
    "l2",
    "hbm",
    "repeat",
];

fn positive(line: usize, name: &str, value: &str) -> Result<f64, ProfileError> {
    let wanted = if NOT_ZERO.contains(&name) { "a number above 0" } else { "a number from 0 on" };
    number(line, name, value, wanted).and_then(|number| {
        match number > 0.0 || !NOT_ZERO.contains(&name) {
            true => Ok(number),
            false => Err(wrong(line, name, value, wanted)),
        }
    })
}

fn vector(line: usize, name: &str, value: &str) -> Result<VectorCost, ProfileError> {
    let wanted = "the cycles before the first repeat and the cycles a repeat, as in `24 2.11`";
    let Some((start, repeat)) = value.split_once(' ') else {
        return Err(wrong(line, name, value, wanted));
    };
    Ok(VectorCost {
        start: number(line, name, start, wanted)?,
        repeat: number(line, name, repeat, wanted)?,
    })
}

fn number(line: usize, name: &str, value: &str, wanted: &'static str) -> Result<f64, ProfileError> {
    match value.parse() {
        Ok(number) if (0.0..=1e12).contains(&number) => Ok(number),
        _ => Err(wrong(line, name, value, wanted)),
    }
}

fn wrong(line: usize, name: &str, value: &str, wanted: &'static str) -> ProfileError {
    ProfileError::Value { line, name: name.to_owned(), value: value.to_owned(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_are_whole() {
        assert_eq!(parse(super::super::A2A3).expect("a2a3 is a profile").chip, ChipId::A2A3);
        assert_eq!(parse(super::super::A5).expect("a5 is a profile").chip, ChipId::A5);
    }

    #[test]
    fn an_error_names_the_field() {
        let table = super::super::A2A3;
        let wrong = |from: &str, to: &str| {
            parse(&table.replacen(from, to, 1)).expect_err("it is no profile")
        };
        let error = wrong("clock\t1850", "clock\tfast").to_string();
        assert!(error.contains("clock: `fast` is not a number above 0"), "{error}");
        let error = wrong("hbm\t", "hbmm\t").to_string();
        assert!(error.contains("`hbmm` is neither a number of a profile nor an op"), "{error}");
        let error = wrong("\ntoken\t", "\n#token\t").to_string();
        assert_eq!(error, "the table has no line for token");
        let error = wrong("TEXP\t31 2", "TEXP\t31").to_string();
        assert!(error.contains("TEXP: `31` is not the cycles before the first repeat"), "{error}");
    }
}
