//! What the parts of a tile come to, in numbers.

/// What the parts of a tile come to.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "in the signature of a sealed trait")]
pub struct Sum {
    pub(crate) count: usize,
    rows: usize,
    cols: usize,
    /// The least rows or columns of a part.
    least: usize,
    /// The greatest number that divides the columns of each window.
    grain: usize,
}

/// What is wrong with how a tile is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miscut {
    Sum,
    Aligned,
}

impl Sum {
    pub(super) const fn of(rows: usize, cols: usize) -> Self {
        Sum { count: 1, rows, cols, least: rows + cols, grain: cols }
    }

    pub(super) const fn and(self, other: Sum) -> Self {
        Sum {
            count: self.count.saturating_add(other.count),
            rows: self.rows.saturating_add(other.rows),
            cols: self.cols.saturating_add(other.cols),
            least: if self.least < other.least { self.least } else { other.least },
            grain: divisor(self.grain, other.grain),
        }
    }

    pub(super) const fn times(self, times: usize) -> Self {
        Sum {
            count: self.count.saturating_mul(times),
            rows: self.rows.saturating_mul(times),
            cols: self.cols.saturating_mul(times),
            ..self
        }
    }

    /// What is wrong with a tile of `rows` × `cols` elements of `size` bytes that is taken apart so, where rows fill whole blocks of so many
    /// bytes.
    pub(super) const fn miscut(
        &self,
        (rows, cols): (usize, usize),
        size: usize,
        block: usize,
    ) -> Option<Miscut> {
        let fits = (self.rows == rows && self.cols == 0) || (self.rows == 0 && self.cols == cols);
        if !fits || self.least == 0 || self.count == 0 {
            Some(Miscut::Sum)
        } else if !(self.grain * size).is_multiple_of(block) {
            Some(Miscut::Aligned)
        } else {
            None
        }
    }
}

/// The greatest common divisor.
const fn divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { divisor(b, a % b) }
}
