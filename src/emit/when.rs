//! The first and the last iterations of a loop, and those between.

/// In which iterations of a loop a node is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct When {
    /// In the first one, in the last one, in those between.
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) between: bool,
}

impl When {
    pub(super) const ALWAYS: When = When { first: true, last: true, between: true };
    pub(super) const FIRST: When = When { first: true, last: false, between: false };
    pub(super) const LAST: When = When { first: false, last: true, between: false };

    /// Whether it is run in iteration `time` of `count`. What [`When::text`] says, and no more.
    pub(super) fn holds(self, time: i64, count: i64) -> bool {
        let (first, last) = (time == 0, time == count - 1);
        match (self.first, self.between, self.last) {
            (true, true, true) => true,
            (true, false, false) => first,
            (false, true, true) => !first,
            (false, false, true) => last,
            (true, true, false) => !last,
            (false, true, false) => !first && !last,
            (true, false, true) => first || last,
            (false, false, false) => false,
        }
    }

    /// In all others.
    pub(super) fn not(self) -> Self {
        When { first: !self.first, last: !self.last, between: !self.between }
    }

    /// As it is asked in the C++; nothing where it always holds.
    pub(super) fn text(self, counter: &str, end: &str) -> Option<String> {
        Some(match (self.first, self.between, self.last) {
            (true, true, true) => return None,
            (true, false, false) => format!("{counter} == 0"),
            (false, true, true) => format!("{counter} > 0"),
            (false, false, true) => format!("{counter} == {end} - 1"),
            (true, true, false) => format!("{counter} < {end} - 1"),
            (false, true, false) => format!("{counter} > 0 && {counter} < {end} - 1"),
            (true, false, true) => format!("{counter} == 0 || {counter} == {end} - 1"),
            (false, false, false) => "false".to_owned(),
        })
    }
}
