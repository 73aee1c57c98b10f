//! Numbers of the C++ as sums: a constant, and counters times factors.

use super::ring::Ring;

/// `constant + sum of factor * name`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Linear {
    pub(super) constant: i64,
    terms: Vec<(Atom, i64)>,
}

/// A name in a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) text: String,
    /// The greatest value, where it is known; the least is 0.
    pub(super) most: Option<i64>,
}

impl Linear {
    pub(super) fn constant(constant: i64) -> Self {
        Linear { constant, terms: Vec::new() }
    }

    pub(super) fn plus(mut self, atom: &Atom, factor: i64) -> Self {
        if factor == 0 || atom.most == Some(0) {
            return self;
        }
        match self.terms.iter_mut().find(|(known, _)| known == atom) {
            Some((_, known)) => *known += factor,
            None => self.terms.push((atom.clone(), factor)),
        }
        self.terms.retain(|(_, factor)| *factor != 0);
        self
    }

    /// The sum and a constant.
    pub(super) fn more(mut self, constant: i64) -> Self {
        self.constant += constant;
        self
    }

    pub(super) fn as_constant(&self) -> Option<i64> {
        self.terms.is_empty().then_some(self.constant)
    }

    pub(super) fn times(mut self, factor: i64) -> Self {
        self.constant *= factor;
        self.terms.iter_mut().for_each(|(_, known)| *known *= factor);
        self
    }

    /// What it is in units of `by`, where that is a whole number whatever the names are.
    pub(super) fn divided(&self, by: i64) -> Option<Self> {
        let (whole, rest) = self.split(by)?;
        (rest.as_constant() == Some(0)).then_some(whole)
    }

    /// Quotient and remainder, where the sum shows them.
    pub(super) fn split(&self, by: i64) -> Option<(Self, Self)> {
        let (whole, rest) = self.terms.iter().cloned().partition(|(_, factor)| factor % by == 0);
        let whole = Linear { constant: self.constant.div_euclid(by) * by, terms: whole };
        let rest = Linear { constant: self.constant.rem_euclid(by), terms: rest };
        let (least, most) = rest.range()?;
        let mut whole = (least >= 0 && most < by).then_some(whole)?;
        whole.constant /= by;
        whole.terms.iter_mut().for_each(|(_, factor)| *factor /= by);
        Some((whole, rest))
    }

    /// The least and the greatest value.
    fn range(&self) -> Option<(i64, i64)> {
        let (mut least, mut greatest) = (self.constant, self.constant);
        for (atom, factor) in &self.terms {
            let most = atom.most? * factor;
            least += most.min(0);
            greatest += most.max(0);
        }
        Some((least, greatest))
    }

    /// As it is written in a sum, without parentheses. It starts with a minus where nothing else can.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let is_first = self.terms.iter().all(|(_, factor)| *factor < 0) && self.constant > 0;
        if is_first {
            text += &self.constant.to_string();
        }
        for (atom, factor) in &self.terms {
            let sign = match (text.is_empty(), *factor < 0) {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            };
            text += sign;
            text += &match factor.abs() {
                1 => atom.text.clone(),
                factor => format!("{factor} * {}", atom.text),
            };
        }
        match self.constant {
            _ if is_first => text,
            constant if text.is_empty() => constant.to_string(),
            0 => text,
            constant if constant < 0 => format!("{text} - {}", -constant),
            constant => format!("{text} + {constant}"),
        }
    }

    /// As it is written in a product, before other factors.
    pub(super) fn leading(&self) -> String {
        match self.terms[..] {
            [(_, factor)] if self.constant == 0 && factor > 0 => self.text(),
            _ => self.factor(),
        }
    }

    /// As it is written beside another operator.
    pub(super) fn factor(&self) -> String {
        let text = self.text();
        let single = match self.terms[..] {
            [] => self.constant >= 0,
            [(_, factor)] => self.constant == 0 && factor == 1,
            _ => false,
        };
        if single { text } else { format!("({text})") }
    }

    /// As it is written by itself; the remainder, if it numbers the values of a ring.
    pub(super) fn whole(&self, ring: Ring) -> String {
        self.in_ring(Ring { first: 0, stride: 1, ..ring }).text()
    }

    /// `self` numbers the values of the ring; what goes round is written as a remainder, unless it never does.
    pub(super) fn in_ring(&self, ring: Ring) -> Ringed {
        let Ring { first, count, stride } = ring;
        let mut sum = self.clone();
        if count < 2 {
            return Ringed { sum, round: 0, stride: 1, first: 0 };
        }
        if self.range().is_none_or(|(least, greatest)| least < 0 || greatest >= count) {
            // Factors and constants count but for whole rounds.
            sum.constant = sum.constant.rem_euclid(count);
            for (_, factor) in &mut sum.terms {
                *factor = factor.rem_euclid(count);
            }
            sum.terms.retain(|(_, factor)| *factor != 0);
            if sum.as_constant().is_none() {
                return Ringed { sum, round: count, stride, first };
            }
        }
        sum.constant = first + stride * sum.constant;
        for (_, factor) in &mut sum.terms {
            *factor *= stride;
        }
        Ringed { sum, round: 0, stride: 1, first: 0 }
    }
}

/// `first + stride * (sum % round)`; the sum alone where `round` is 0.
pub(super) struct Ringed {
    sum: Linear,
    round: i64,
    stride: i64,
    first: i64,
}

impl Ringed {
    pub(super) fn as_constant(&self) -> Option<i64> {
        if self.round == 0 { self.sum.as_constant() } else { None }
    }

    /// Whether it is one name or number.
    pub(super) fn is_plain(&self) -> bool {
        self.text().chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// As it is written beside a sign of multiplication.
    pub(super) fn factor(&self) -> String {
        if self.is_plain() { self.text() } else { format!("({})", self.text()) }
    }

    pub(super) fn text(&self) -> String {
        if self.round == 0 {
            return self.sum.text();
        }
        let first = if self.first == 0 { String::new() } else { format!("{} + ", self.first) };
        let round = format!("{} % {}", self.sum.factor(), self.round);
        match self.stride {
            1 => format!("{first}{round}"),
            stride => format!("{first}{stride} * ({round})"),
        }
    }
}
