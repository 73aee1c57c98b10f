//! Two lists beside each other, with what is the same in both.

/// Where a part is in the one and in the other.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Larger tables than this are not made: what is not at the ends of both is taken for different.
const MOST: usize = 4_000_000;

/// The lists beside each other, such that what is the same weighs most.
pub(super) fn align<T: Copy + PartialEq>(
    one: &[T],
    other: &[T],
    weight: impl Fn(T) -> usize,
) -> Vec<Pair> {
    let before = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (rest, more) = (&one[before..], &other[before..]);
    let behind = rest.iter().rev().zip(more.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest, more) = (&rest[..rest.len() - behind], &more[..more.len() - behind]);
    let mut pairs: Vec<Pair> = (0..before).map(|at| (Some(at), Some(at))).collect();
    pairs.extend(between(rest, more, weight).into_iter().map(|(mine, its)| {
        let moved = |at: usize| at + before;
        (mine.map(moved), its.map(moved))
    }));
    let ends = (before + rest.len(), before + more.len());
    pairs.extend((0..behind).map(|at| (Some(ends.0 + at), Some(ends.1 + at))));
    pairs
}

fn between<T: Copy + PartialEq>(one: &[T], other: &[T], weight: impl Fn(T) -> usize) -> Vec<Pair> {
    let (rows, cols) = (one.len(), other.len());
    let mut pairs: Vec<Pair> = Vec::with_capacity(rows + cols);
    if rows * cols > MOST {
        pairs.extend((0..rows).map(|at| (Some(at), None)));
        pairs.extend((0..cols).map(|at| (None, Some(at))));
        return pairs;
    }
    // The most that what is left of both may weigh.
    let mut best = vec![0_usize; (rows + 1) * (cols + 1)];
    let at = |row: usize, col: usize| row * (cols + 1) + col;
    for row in (0..rows).rev() {
        for col in (0..cols).rev() {
            let skip = best[at(row + 1, col)].max(best[at(row, col + 1)]);
            best[at(row, col)] = if one[row] == other[col] {
                skip.max(weight(one[row]) + best[at(row + 1, col + 1)])
            } else {
                skip
            };
        }
    }
    let (mut row, mut col) = (0, 0);
    while row < rows || col < cols {
        let here = best[at(row, col)];
        let is_same = row < rows
            && col < cols
            && one[row] == other[col]
            && here == weight(one[row]) + best[at(row + 1, col + 1)];
        if is_same {
            pairs.push((Some(row), Some(col)));
            (row, col) = (row + 1, col + 1);
        } else if row < rows && (col == cols || best[at(row + 1, col)] == here) {
            pairs.push((Some(row), None));
            row += 1;
        } else {
            pairs.push((None, Some(col)));
            col += 1;
        }
    }
    pairs
}
