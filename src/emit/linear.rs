//! Numbers of the C++ as sums: a constant, and counters times factors.

use super::loops::Ring;

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

    pub(super) fn as_constant(&self) -> Option<i64> {
        self.terms.is_empty().then_some(self.constant)
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

    /// As it is written in a sum, without parentheses.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
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
            constant if text.is_empty() => constant.to_string(),
            0 => text,
            constant if constant < 0 => format!("{text} - {}", -constant),
            constant => format!("{text} + {constant}"),
        }
    }

    /// As it is written in a product.
    pub(super) fn factor(&self) -> String {
        let text = self.text();
        let single = match self.terms[..] {
            [] => self.constant >= 0,
            [(_, factor)] => self.constant == 0 && factor > 0,
            _ => false,
        };
        if single { text } else { format!("({text})") }
    }

    /// The value that goes round, counted from the ring's first; how often it goes round is left out where it does not.
    pub(super) fn in_ring(&self, ring: Ring) -> Ringed {
        let mut from_first = self.clone();
        from_first.constant -= ring.first;
        let within = |(least, greatest)| least >= 0 && greatest < ring.count;
        if ring.count < 2
            || self.range().is_some_and(|(a, b)| within((a - ring.first, b - ring.first)))
        {
            return Ringed { sum: self.clone(), round: 0, first: 0 };
        }
        // Factors and constants count but for whole rounds.
        from_first.constant = from_first.constant.rem_euclid(ring.count);
        for (_, factor) in &mut from_first.terms {
            *factor = factor.rem_euclid(ring.count);
        }
        from_first.terms.retain(|(_, factor)| *factor != 0);
        if let Some(constant) = from_first.as_constant() {
            return Ringed { sum: Linear::constant(constant + ring.first), round: 0, first: 0 };
        }
        Ringed { sum: from_first, round: ring.count, first: ring.first }
    }
}

/// `first + sum % round`; the sum alone where `round` is 0.
pub(super) struct Ringed {
    sum: Linear,
    round: i64,
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

    pub(super) fn text(&self) -> String {
        match (self.round, self.first) {
            (0, _) => self.sum.text(),
            (round, 0) => format!("{} % {round}", self.sum.factor()),
            (round, first) => format!("{first} + {} % {round}", self.sum.factor()),
        }
    }
}
