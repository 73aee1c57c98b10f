//! The caches of the scalar pipes: what is in them that others cannot see, or that is old.

/// By cell: who wrote it last, and what caches have done since.
#[derive(Clone, Default)]
pub(super) struct Caches {
    cells: Vec<Cell>,
    stale: bool,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    /// The core that wrote it last, counted from 1.
    writer: u32,
    /// Whether that was its scalar pipe, and its cache has not been written back since.
    held: bool,
    /// The cores, as bits, that have rid their cache of it since.
    rid: u64,
}

impl Caches {
    /// Of one core alone there is nothing to tell.
    pub(super) fn new(cells: usize, cores: usize) -> Self {
        let cells = if cores > 1 { cells } else { 0 };
        Caches { cells: vec![Cell::default(); cells], stale: false }
    }

    /// Whether a core has used what it could not see.
    pub(super) fn stale(&self) -> bool {
        self.stale
    }

    /// An op of a core reads cells and changes others.
    pub(super) fn access(
        &mut self,
        core: usize,
        scalar: bool,
        reads: &[u32],
        changes: [&Vec<u32>; 2],
    ) {
        if self.cells.is_empty() {
            return;
        }
        let me = core as u32 + 1;
        for &cell in reads {
            let cell = self.cells[cell as usize];
            let others = cell.writer != 0 && cell.writer != me;
            self.stale |= others && (cell.held || (scalar && !cell.is_rid(core)));
        }
        for &cell in changes.into_iter().flatten() {
            let cell = &mut self.cells[cell as usize];
            self.stale |= cell.held && cell.writer != me;
            *cell = Cell { writer: me, held: scalar, rid: 0 };
        }
    }

    /// `dcci` of these cells, or of all.
    pub(super) fn clean(&mut self, core: usize, of: Option<&Vec<u32>>) {
        if self.cells.is_empty() {
            return;
        }
        let clean = |cell: &mut Cell| {
            cell.held &= cell.writer != core as u32 + 1;
            cell.rid |= bit(core);
        };
        match of {
            Some(of) => of.iter().for_each(|&cell| clean(&mut self.cells[cell as usize])),
            None => self.cells.iter_mut().for_each(clean),
        }
    }
}

impl Cell {
    fn is_rid(self, core: usize) -> bool {
        self.rid & bit(core) != 0
    }
}

/// Launches of more cores are not explored.
fn bit(core: usize) -> u64 {
    1u64.checked_shl(core as u32).unwrap_or(0)
}
