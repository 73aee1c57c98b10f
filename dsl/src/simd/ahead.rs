//! What is probably loaded next, asked for while something else is computed.
//!
//! Behind a tile that is looked at where it lies in an input there mostly lies the one that is loaded next. While an op computes for long,
//! memory has nothing to do; so such an op asks for as much as it computes itself. That is a hint: it changes no bit, and may be wrong.

use std::cell::Cell;

use super::{CACHE_LINE, prefetch_far};

/// What lies behind the tiles that a thread has looked at last: a kernel with two inputs looks at two before it computes.
struct Expected {
    now: Cell<Stretch>,
    then: Cell<Stretch>,
}

/// The rest of a stretch of memory. Nobody accesses it through this.
#[derive(Clone, Copy)]
struct Stretch {
    from: *const u8,
    end: *const u8,
}

const NONE: Stretch = Stretch { from: std::ptr::null(), end: std::ptr::null() };

thread_local! {
    static EXPECTED: Expected =
        const { Expected { now: Cell::new(NONE), then: Cell::new(NONE) } };
}

/// The calling thread looks at `elements`, and may well want as many that lie behind them.
pub(crate) fn expect_beyond<T>(elements: &[T]) {
    let from = elements.as_ptr_range().end.cast::<u8>();
    let end = from.wrapping_add(size_of_val(elements));
    EXPECTED.with(|Expected { now, then }| now.set(then.replace(Stretch { from, end })));
}

/// Asks for as many of the bytes that are expected as there are in `computed`.
#[inline]
pub(crate) fn fetch_expected<T>(computed: &[T]) {
    EXPECTED.with(|Expected { now, then }| {
        let Stretch { mut from, end } = now.get();
        let stop = from.wrapping_add(size_of_val(computed)).min(end);
        while from < stop {
            prefetch_far(from);
            from = from.wrapping_add(CACHE_LINE);
        }
        now.set(if from < end { Stretch { from, end } } else { then.replace(NONE) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left() -> [usize; 2] {
        EXPECTED.with(|Expected { now, then }| {
            [now, then].map(|stretch| stretch.get().end as usize - stretch.get().from as usize)
        })
    }

    #[test]
    fn what_is_looked_at_first_is_asked_for_first_and_no_more_than_it() {
        let (first, second, computed) = ([0_u8; 192], [0_u32; 64], [0_u8; 128]);
        expect_beyond(&first);
        expect_beyond(&second);
        assert_eq!(left(), [192, 256]);
        let steps = [[64, 256], [256, 0], [128, 0], [0, 0], [0, 0]];
        for step in steps {
            fetch_expected(&computed);
            assert_eq!(left(), step);
        }
    }
}
