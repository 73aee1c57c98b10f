//! Event ids: which of a pipe pair's 8 the next flag may use.
//!
//! An id is free again for `set` once its last wait is known to come before that `set` on every schedule. Vector
//! clocks know: one counter a pipe, merged where a flag is waited on. A flag takes the id that its tile had before,
//! else one that nobody had: so the ids of a ring go round with its slots. A plan of at most 7 tiles can never run out, since
//! each flag carries a tile, and a tile's next flag on a pair comes after the wait for its last one.

use crate::op::Pipe;

/// Event ids of a pair of pipes on the device.
pub const IDS: usize = 8;

/// The first id that a kernel may use on a pair: bodies of library ops use id 0 between these pipes
/// (`TROWSUM`, `TTRANS`, `TDIVS`, ... on a2a3).
pub const fn first_id(src: Pipe, dst: Pipe) -> usize {
    match (src, dst) {
        (Pipe::S, Pipe::V | Pipe::Mte3)
        | (Pipe::V | Pipe::Mte1 | Pipe::Mte2 | Pipe::Mte3, Pipe::S)
        | (Pipe::V, Pipe::Mte3)
        | (Pipe::Mte3, Pipe::V) => 1,
        _ => 0,
    }
}

/// How many flags of a pair may be in flight at once.
pub(crate) const fn budget(src: Pipe, dst: Pipe) -> usize {
    IDS - first_id(src, dst)
}

/// How many instructions of each pipe are known to have completed.
pub type Clock = [u32; Pipe::COUNT];

/// What is known of one id of one pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Id {
    /// Never used, or used and consumed by the instruction of the waiting pipe with this number.
    #[default]
    Unused,
    /// Set and not yet waited on.
    Live,
    /// Waited on by this instruction of the destination pipe.
    Waited(u32),
}

/// The ids of all pairs, and the clocks that say which are free.
#[derive(Debug)]
pub(crate) struct Ids {
    clocks: [Clock; Pipe::COUNT],
    ids: [[[Id; IDS]; Pipe::COUNT]; Pipe::COUNT],
    /// Whether the scalar pipe has waited for anything: then what it issues comes after that.
    scalar_waited: bool,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Ids {
            clocks: [[0; Pipe::COUNT]; Pipe::COUNT],
            ids: [[[Id::Unused; IDS]; Pipe::COUNT]; Pipe::COUNT],
            scalar_waited: false,
        }
    }

    /// Counts an instruction of `pipe`, which comes after everything that the scalar pipe has waited for.
    pub(crate) fn tick(&mut self, pipe: Pipe) {
        if self.scalar_waited {
            let scalar = self.clocks[Pipe::S.index()];
            merge(&mut self.clocks[pipe.index()], &scalar);
        }
        self.clocks[pipe.index()][pipe.index()] += 1;
    }

    /// Takes an id for a flag, `usual` if it is free, and the clock that it carries.
    pub(crate) fn set(&mut self, src: Pipe, dst: Pipe, usual: Option<u8>) -> Option<(u8, Clock)> {
        self.tick(src);
        let clock = self.clocks[src.index()];
        let known = clock[dst.index()];
        let ids = &mut self.ids[src.index()][dst.index()];
        let free = |id: &usize| match ids[*id] {
            Id::Unused => true,
            Id::Live => false,
            Id::Waited(at) => at <= known,
        };
        let all = || first_id(src, dst)..IDS;
        let usual = usual.map(usize::from).filter(free);
        let unused = || all().find(|&id| ids[id] == Id::Unused);
        let id = usual.or_else(unused).or_else(|| all().find(free))?;
        ids[id] = Id::Live;
        Some((id as u8, clock))
    }

    /// Consumes a flag on its destination pipe.
    pub(crate) fn wait(&mut self, src: Pipe, dst: Pipe, id: u8, carried: &Clock) {
        merge(&mut self.clocks[dst.index()], carried);
        self.scalar_waited |= dst == Pipe::S;
        self.tick(dst);
        let at = self.clocks[dst.index()][dst.index()];
        self.ids[src.index()][dst.index()][usize::from(id)] = Id::Waited(at);
    }

    /// Everything issued so far has completed, for every pipe.
    pub(crate) fn all_done(&mut self) {
        let mut all = [0; Pipe::COUNT];
        for clock in &self.clocks {
            merge(&mut all, clock);
        }
        self.clocks = [all; Pipe::COUNT];
        self.scalar_waited = true;
    }
}

/// Takes the later of each of two clocks' counters.
pub fn merge(into: &mut Clock, other: &Clock) {
    for (mine, theirs) in into.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Pipe = Pipe::Mte2;
    const TO: Pipe = Pipe::V;

    #[test]
    fn nine_flags_in_flight_are_one_too_many() {
        let mut ids = Ids::new();
        for expected in 0..8 {
            assert_eq!(ids.set(FROM, TO, None).map(|(id, _)| id), Some(expected));
        }
        assert!(ids.set(FROM, TO, None).is_none());
    }

    #[test]
    fn an_id_is_free_only_when_its_wait_is_known_to_the_setter() {
        let mut ids = Ids::new();
        let (id, clock) = ids.set(FROM, TO, None).expect("all ids are free");
        ids.wait(FROM, TO, id, &clock);
        for _ in 0..7 {
            assert!(ids.set(FROM, TO, None).is_some());
        }
        assert!(ids.set(FROM, TO, None).is_none(), "nothing told MTE2 that V has waited");
        let (back, clock) =
            ids.set(TO, FROM, None).expect("the other direction has ids of its own");
        ids.wait(TO, FROM, back, &clock);
        assert_eq!(ids.set(FROM, TO, None).map(|(id, _)| id), Some(0));
    }

    #[test]
    fn ids_that_library_bodies_use_are_left_alone() {
        let mut ids = Ids::new();
        assert_eq!(ids.set(Pipe::V, Pipe::Mte3, None).map(|(id, _)| id), Some(1));
        assert_eq!(budget(Pipe::V, Pipe::Mte3), 7);
    }
}
