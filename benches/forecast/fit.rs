//! Numbers of a profile, fitted to some cases and tried on others.

use tilesync::exec::simulate::Profile;

use crate::kernels::Case;
use crate::rows::{Measured, Row};

/// A number of a profile that a fit may change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Named(&'static str),
    /// Of an op of the vector pipe.
    Start(&'static str),
    Repeat(&'static str),
}

impl Number {
    fn of(self, profile: &mut Profile) -> Option<&mut f64> {
        match self {
            Number::Named(name) => profile.number_mut(name),
            Number::Start(op) => profile.vector_mut(op).map(|cost| &mut cost.start),
            Number::Repeat(op) => profile.vector_mut(op).map(|cost| &mut cost.repeat),
        }
    }
}

/// Cases, and the numbers that are fitted to them.
pub(crate) struct Fit<'r> {
    pub(crate) rows: &'r [&'r Row],
    pub(crate) numbers: &'r [Number],
}

/// Turns of Gauss and Newton.
const TURNS: usize = 4;
/// How much a number is changed to see what it does, and how much a number is held to where it was.
const STEP: f64 = 0.02;
const HOLD: f64 = 1e-4;

impl Fit<'_> {
    /// The error of each of `cases`, with numbers that were fitted to all rows but it; nothing where there is nothing to fit, or to fit it
    /// to.
    pub(crate) fn leave_one_out(&self, cases: &[&Row]) -> Option<Vec<f64>> {
        if self.numbers.is_empty() || self.rows.len() < 2 {
            return None;
        }
        let mut all = Vec::new();
        for case in cases {
            let others: Vec<&Row> =
                self.rows.iter().filter(|row| row.words != case.words).copied().collect();
            all.extend(Fit { rows: &others, numbers: self.numbers }.errors_of(&[*case]));
        }
        Some(all)
    }

    /// Prints what the numbers would be if they were fitted to these rows.
    pub(crate) fn print(&self, row: &Row) {
        let (mut before, mut after) = (chip(row), self.fitted(chip(row)));
        for number in self.numbers {
            if let (Some(before), Some(after)) = (number.of(&mut before), number.of(&mut after)) {
                println!("  fitted: {number:?} {after:.3}, now {before:.3}");
            }
        }
    }

    /// The errors of `others`, with numbers that were fitted to these cases.
    pub(crate) fn errors_of(&self, others: &[&Row]) -> Vec<f64> {
        let Some(first) = others.first() else { return Vec::new() };
        errors(others, Some(&self.fitted(chip(first))))
    }

    /// Gauss and Newton, on the logarithms of the numbers, each a little held to where it was.
    fn fitted(&self, mut profile: Profile) -> Profile {
        let count = self.numbers.len();
        for _ in 0..TURNS {
            let now = signed(self.rows, &profile);
            let slopes: Vec<Vec<f64>> = self
                .numbers
                .iter()
                .map(|number| {
                    let mut other = profile.clone();
                    if let Some(value) = number.of(&mut other) {
                        *value *= 1.0 + STEP;
                    }
                    let there = signed(self.rows, &other);
                    there.iter().zip(&now).map(|(there, now)| (there - now) / STEP).collect()
                })
                .collect();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let mut left: Vec<Vec<f64>> = (0..count)
                .map(|i| (0..count).map(|j| dot(&slopes[i], &slopes[j])).collect())
                .collect();
            for (at, row) in left.iter_mut().enumerate() {
                row[at] += HOLD * self.rows.len() as f64;
            }
            let right: Vec<f64> = slopes.iter().map(|slope| -dot(slope, &now)).collect();
            for (number, change) in self.numbers.iter().zip(solve(left, right)) {
                if let Some(value) = number.of(&mut profile) {
                    *value *= change.clamp(-0.5, 0.5).exp();
                }
            }
        }
        profile
    }
}

fn chip(row: &Row) -> Profile {
    if row.words.contains("chip=a5") { Profile::a5() } else { Profile::a2a3() }
}

/// How far the times of cases are off, in %: as they were forecast, or against another profile.
pub(crate) fn errors(rows: &[&Row], profile: Option<&Profile>) -> Vec<f64> {
    let mut all = Vec::new();
    each(rows, profile, |measured, case| {
        if measured.is_time() {
            all.push(100.0 * measured.error(case).abs());
        }
    });
    all
}

/// What a fit makes small: a busy ratio that is a point off is as bad as a time that is off by a third of a per cent.
fn signed(rows: &[&Row], profile: &Profile) -> Vec<f64> {
    let mut all = Vec::new();
    each(rows, Some(profile), |measured, case| {
        all.push(measured.error(case) * if measured.is_time() { 1.0 } else { 1.0 / 3.0 });
    });
    all
}

fn each(rows: &[&Row], profile: Option<&Profile>, mut see: impl FnMut(&Measured, &Case)) {
    for row in rows {
        let again = profile.map(|profile| row.case.again(profile)).transpose();
        match again {
            Ok(again) => {
                let case = again.as_ref().unwrap_or(&row.case);
                row.measured.iter().for_each(|measured| see(measured, case));
            }
            Err(failure) => eprintln!("{}: {failure}", row.words),
        }
    }
}

/// Solves a small system of linear equations, by elimination.
fn solve(mut left: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let count = right.len();
    for at in 0..count {
        let pivot = (at..count).max_by(|&a, &b| left[a][at].abs().total_cmp(&left[b][at].abs()));
        let pivot = pivot.unwrap_or(at);
        left.swap(at, pivot);
        right.swap(at, pivot);
        for row in at + 1..count {
            let times = left[row][at] / left[at][at];
            let above = left[at].clone();
            for (value, above) in left[row].iter_mut().zip(above) {
                *value -= times * above;
            }
            right[row] -= times * right[at];
        }
    }
    for at in (0..count).rev() {
        let known: f64 = (at + 1..count).map(|other| left[at][other] * right[other]).sum();
        right[at] = (right[at] - known) / left[at][at];
    }
    right
}
