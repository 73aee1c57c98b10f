//! Turns issued ops and handed-over tiles into instructions: which flag is set where, who still owes a wait.
//!
//! Tokens carry nothing but their tiles; what a token owes is kept here, by the tile's slot.
//!
//! One file of some length: all that changes what is owed stands together.

use std::panic::Location;

use super::fault::Trouble;
use super::flags::{Clock, Ids, budget};
use crate::memory::Run;
use crate::op::{OpCode, Pipe};
use crate::program::{
    Cross, Flag, Formula, Instr, InstrKind, OpInstr, Operand, Participants, Place, Program, Symbol,
    Term, TileInfo,
};

/// A line of the kernel.
pub(crate) type Site = &'static Location<'static>;

/// An op as it is issued.
#[derive(Clone, Copy)]
pub(crate) struct Issue<'a> {
    pub(crate) code: OpCode,
    pub(crate) operands: &'a [Operand],
    /// How many operands, from the first, are written.
    pub(crate) writes: u8,
    pub(crate) imm: u64,
    pub(crate) at: Site,
}

/// How much of the program a recorder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing: flags are only counted.
    Nothing,
    /// What has not run yet.
    Pending,
    /// Everything.
    All,
}

/// How many instructions may be pending before they are run, where no more is kept.
const PENDING: usize = 4096;

/// Records a block's instructions, and keeps track of its flags.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) program: Program,
    /// How many of the program's instructions have run.
    pub(crate) done: usize,
    keep: Keep,
    /// Of each tile, with those of its parts; behind them, of each region that a kernel stores to and loads.
    slots: Vec<Slot>,
    /// The tile that each slot is of; none, where no tile has parts and each slot is a tile.
    owners: Vec<u32>,
    /// Slots of regions that are no more.
    spare_slots: Vec<u32>,
    /// The tiles and regions that are being handed over.
    listed: Vec<u32>,
    /// Where the kernel's own code first looked at a number that was loaded.
    pub(crate) looked: Option<Site>,
    /// How the place of the next op's region is computed.
    next_formula: Option<Formula>,
    flags: Vec<FlagState>,
    /// Numbers of flags whose wait is issued, and of those whose wait has run: to be used again, unless all is kept.
    consumed: Vec<u32>,
    spare: Vec<u32>,
    ids: Ids,
    /// Ops of the vector pipe so far, to place its barriers.
    vector_ops: u32,
    last_barrier: u32,
    /// What the role's producers do when it ends.
    drains: Vec<(Cross, Site)>,
}

/// What is known of one tile, or of one region of global memory.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// Flags that the next user of the tile waits on.
    owed: Vec<u32>,
    /// The id that its last flag had, for each pair of pipes.
    ids: Vec<((Pipe, Pipe), u8)>,
    /// The last vector op that wrote the tile and the last that read it; counted from 1.
    vector_write: u32,
    vector_read: u32,
}

#[derive(Clone, Copy, Debug)]
struct FlagState {
    flag: Flag,
    clock: Clock,
    waited: bool,
    /// How many tiles and regions still owe it; the first that pays is always a tile.
    tiles: u32,
}

/// The tile that each slot is of; none, where no tile has parts.
fn owners(tiles: &[TileInfo]) -> Vec<u32> {
    let mut owners = Vec::new();
    if tiles.iter().any(|tile| tile.parts > 0) {
        for (number, tile) in (0..).zip(tiles) {
            owners.extend((0..=tile.parts).map(|_| number));
        }
    }
    owners
}

impl Recorder {
    pub(crate) fn new(program: Program, keep: Keep) -> Self {
        let owners = owners(&program.tiles);
        let slots = vec![Slot::default(); owners.len().max(program.tiles.len())];
        Recorder {
            program,
            done: 0,
            keep,
            slots,
            owners,
            spare_slots: Vec::new(),
            listed: Vec::new(),
            looked: None,
            next_formula: None,
            flags: Vec::new(),
            consumed: Vec::new(),
            spare: Vec::new(),
            ids: Ids::new(),
            vector_ops: 0,
            last_barrier: 0,
            drains: Vec::new(),
        }
    }

    /// An op: first the waits that its operands owe, then the op.
    pub(crate) fn op(&mut self, issue: &Issue<'_>, run: Run) {
        let pipe = issue.code.pipe();
        for operand in issue.operands {
            if let Place::Tile { slot, .. } = operand.place {
                self.pay(slot, Some(pipe), issue.at);
            }
        }
        // An op alone changes nothing for the ids: whatever sets or waits on a flag counts itself.
        if self.keep != Keep::Nothing {
            if pipe == Pipe::V {
                self.place_vector_barrier(issue);
            }
            self.ids.tick(pipe);
            let first_operand = self.program.operands.len() as u32;
            self.program.operands.extend_from_slice(issue.operands);
            self.name_owners(first_operand as usize);
            self.place_formula(first_operand, issue.operands);
            let op = OpInstr {
                code: Some(issue.code),
                name: 0,
                phase: None,
                first_operand,
                writes: issue.writes,
                operand_count: issue.operands.len() as u8,
                imm: issue.imm,
                run,
            };
            self.push(pipe, InstrKind::Op(op), issue.at);
        }
    }

    /// Hands tiles over: for each of `pairs` a flag from the first pipe to the second, none where the two are one, one where
    /// two pairs are equal.
    ///
    /// `tiles` lists the slots. What they still owe is waited on first, by the pipe that hands them over.
    pub(crate) fn set(
        &mut self,
        pairs: &[(Pipe, Pipe)],
        tiles: impl FnOnce(&mut Vec<u32>),
        at: Site,
    ) -> Result<(), Trouble> {
        self.settle(tiles, at);
        for (index, &(src, dst)) in pairs.iter().enumerate() {
            if src != dst && !pairs[..index].contains(&(src, dst)) {
                self.raise(src, dst, at)?;
            }
        }
        // What leaves the vector pipe through a flag comes back through one, and needs no barrier then.
        let leaves = pairs.iter().any(|&(src, dst)| src == Pipe::V && dst != Pipe::V);
        if leaves && !pairs.contains(&(Pipe::V, Pipe::V)) {
            for &slot in &self.listed {
                let slot = &mut self.slots[slot as usize];
                (slot.vector_write, slot.vector_read) = (0, 0);
            }
        }
        Ok(())
    }

    /// Sets a flag that the tiles listed last owe.
    fn raise(&mut self, src: Pipe, dst: Pipe, at: Site) -> Result<(), Trouble> {
        let limit = budget(src, dst);
        let known =
            |slot: &u32| self.slots[*slot as usize].ids.iter().position(|id| id.0 == (src, dst));
        let first = self.listed.first().copied();
        let known = first.and_then(|slot| Some((slot, known(&slot)?)));
        let usual = known.map(|(slot, at)| self.slots[slot as usize].ids[at].1);
        let (id, clock) =
            self.ids.set(src, dst, usual).ok_or(Trouble::TooManyFlags { src, dst, limit })?;
        match (known, first) {
            (Some((slot, at)), _) => self.slots[slot as usize].ids[at].1 = id,
            (None, Some(slot)) => self.slots[slot as usize].ids.push(((src, dst), id)),
            (None, None) => {}
        }
        if self.keep == Keep::Nothing {
            self.spare.append(&mut self.consumed);
        }
        let number = self.spare.pop().unwrap_or(self.flags.len() as u32);
        let flag = Flag { src, dst, id, number };
        let state = FlagState { flag, clock, waited: false, tiles: self.listed.len() as u32 };
        match self.flags.get_mut(number as usize) {
            Some(spare) => *spare = state,
            None => self.flags.push(state),
        }
        self.program.flag_count = self.flags.len() as u32;
        for &slot in &self.listed {
            self.slots[slot as usize].owed.push(number);
        }
        self.push(src, InstrKind::Set(flag), at);
        Ok(())
    }

    /// Waits on every flag that the listed tiles owe and that nobody has waited on yet.
    pub(crate) fn settle(&mut self, tiles: impl FnOnce(&mut Vec<u32>), at: Site) {
        self.listed.clear();
        tiles(&mut self.listed);
        for index in 0..self.listed.len() {
            self.pay(self.listed[index], None, at);
        }
    }

    /// A slot for a region that the kernel stores to and loads.
    pub(crate) fn region_slot(&mut self) -> u32 {
        self.spare_slots.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() as u32 - 1
        })
    }

    /// The region is no more. What it still owed came with a tile, which pays.
    pub(crate) fn drop_region(&mut self, slot: u32) {
        for number in std::mem::take(&mut self.slots[slot as usize]).owed {
            self.settled(number);
        }
        self.spare_slots.push(slot);
    }

    /// One tile or region less owes the flag.
    fn settled(&mut self, number: u32) {
        let state = &mut self.flags[number as usize];
        state.tiles -= 1;
        if state.tiles == 0 && self.keep != Keep::All {
            self.consumed.push(number);
        }
    }

    /// Tiles and parts take other forms: what those of `from` owe, those of `to` owe from now on, each of them all of it.
    pub(crate) fn pass_on(
        &mut self,
        from: impl FnOnce(&mut Vec<u32>),
        to: impl FnOnce(&mut Vec<u32>),
    ) {
        self.listed.clear();
        from(&mut self.listed);
        let (mut owed, mut vector_write, mut vector_read) = (Vec::new(), 0, 0);
        for &slot in &self.listed {
            let slot = &mut self.slots[slot as usize];
            vector_write = std::mem::take(&mut slot.vector_write).max(vector_write);
            vector_read = std::mem::take(&mut slot.vector_read).max(vector_read);
            owed.append(&mut slot.owed);
        }
        self.listed.clear();
        to(&mut self.listed);
        let tiles = self.listed.len() as u32;
        owed.sort_unstable();
        for owners in owed.chunk_by(|one, other| one == other) {
            let state = &mut self.flags[owners[0] as usize];
            state.tiles = state.tiles + tiles - owners.len() as u32;
        }
        owed.dedup();
        for &slot in &self.listed {
            let slot = &mut self.slots[slot as usize];
            slot.owed.clone_from(&owed);
            (slot.vector_write, slot.vector_read) = (vector_write, vector_read);
        }
    }

    /// In the program a part is a window of its tile.
    fn name_owners(&mut self, first_operand: usize) {
        if !self.owners.is_empty() {
            for operand in &mut self.program.operands[first_operand..] {
                if let Place::Tile { slot, .. } = &mut operand.place {
                    *slot = self.owners[*slot as usize];
                }
            }
        }
    }

    /// How the place of the next op's region is computed, in a part from `base` on of so many rows and columns.
    pub(crate) fn formula(
        &mut self,
        [row, col, rows, cols]: [Symbol; 4],
        step: (usize, usize),
        base: (usize, usize),
        extent: (usize, usize),
    ) {
        let program = &mut self.program;
        let (row, col) = (program.affine(row, step.0, base.0), program.affine(col, step.1, base.1));
        let end = ((base.0 + extent.0) as u32, (base.1 + extent.1) as u32);
        let (rows, cols) = (rows.into(), cols.into());
        self.next_formula = Some(Formula { row, col, rows, cols, end });
    }

    /// The next op's tile takes so much and no other: nothing says how much.
    pub(crate) fn has_fixed_size(&mut self) {
        if let Some(formula) = &mut self.next_formula {
            (formula.rows, formula.cols) = (None, None);
        }
    }

    fn place_formula(&mut self, first: u32, operands: &[Operand]) {
        let Some(formula) = self.next_formula.take() else { return };
        let is_global = |operand: &Operand| matches!(operand.place, Place::Global { .. });
        if let Some(at) = operands.iter().position(is_global) {
            self.program.formulas.push((first + at as u32, formula));
        }
    }

    /// The scalar that the last op read; none, where the program is not kept.
    pub(crate) fn loaded(&mut self) -> Symbol {
        match self.keep {
            Keep::All => self.program.add_term(Term::Loaded(self.program.instrs.len() as u32 - 1)),
            Keep::Nothing | Keep::Pending => Symbol::NONE,
        }
    }

    /// Waits on the flags that one tile owes: those for `pipe`, or all of them.
    fn pay(&mut self, slot: u32, pipe: Option<Pipe>, at: Site) {
        let slot = slot as usize;
        let mut index = 0;
        while let Some(&number) = self.slots[slot].owed.get(index) {
            let state = &mut self.flags[number as usize];
            let flag = state.flag;
            if pipe.is_some_and(|pipe| pipe != flag.dst) {
                index += 1;
                continue;
            }
            self.slots[slot].owed.swap_remove(index);
            if !std::mem::replace(&mut state.waited, true) {
                self.ids.wait(flag.src, flag.dst, flag.id, &state.clock);
                self.push(flag.dst, InstrKind::Wait(flag), at);
            }
            self.settled(number);
        }
    }

    /// Whether enough is pending to be run.
    pub(crate) fn is_full(&self) -> bool {
        self.keep == Keep::Pending && self.program.instrs.len() >= PENDING
    }

    /// Everything recorded so far has run.
    pub(crate) fn all_ran(&mut self) {
        if self.keep == Keep::Pending {
            self.program.instrs.clear();
            self.program.operands.clear();
            self.spare.append(&mut self.consumed);
        }
        self.done = self.program.instrs.len();
    }

    /// A barrier on one pipe.
    pub(crate) fn barrier(&mut self, pipe: Pipe, at: Site) {
        if pipe == Pipe::V {
            self.last_barrier = self.vector_ops;
        }
        self.ids.tick(pipe);
        self.push(pipe, InstrKind::Barrier, at);
    }

    /// A barrier on all pipes.
    pub(crate) fn barrier_all(&mut self, at: Site) {
        self.last_barrier = self.vector_ops;
        self.ids.all_done();
        self.push(Pipe::S, InstrKind::BarrierAll, at);
    }

    /// All blocks meet, and the scalar pipe forgets what its cache held of what they stored.
    pub(crate) fn exchange(&mut self, at: Site) {
        self.last_barrier = self.vector_ops;
        self.ids.all_done();
        self.push(Pipe::S, InstrKind::Cross(Cross::SyncAll(Participants::All)), at);
        self.push(Pipe::S, InstrKind::Cross(Cross::Cache { operand: Cross::WHOLE_CACHE }), at);
        self.push(Pipe::S, InstrKind::Cross(Cross::Fence), at);
    }

    /// The next phase has a plan of its own, whose tiles lie where those of the last one lay.
    pub(crate) fn next_plan(&mut self, mut tiles: Vec<TileInfo>) {
        tiles.iter_mut().for_each(|tile| tile.shares = true);
        self.program.tiles.append(&mut tiles);
        self.owners = owners(&self.program.tiles);
        // Regions of the last phase are gone, and with them their slots.
        let slots = self.owners.len().max(self.program.tiles.len());
        self.slots = vec![Slot::default(); slots];
        self.spare_slots.clear();
    }

    /// What the core says to the other cores of its cluster.
    pub(crate) fn cross(&mut self, cross: Cross, at: Site) {
        let (Cross::Alloc { fifo, .. }
        | Cross::Push { fifo, .. }
        | Cross::Pop { fifo, .. }
        | Cross::Free { fifo, .. }
        | Cross::Drain { fifo, .. }) = cross
        else {
            return self.push(Pipe::S, InstrKind::Cross(cross), at);
        };
        let pipe = self.program.fifos[fifo as usize].pipe_of(self.program.chip, cross);
        self.push(pipe, InstrKind::Cross(cross), at);
    }

    /// The producer of `messages` messages has pushed the last one. It takes the credits that are left when its role ends: sooner, it would
    /// wait for a consumer that may wait for it.
    pub(crate) fn drain(&mut self, fifo: u32, messages: u32, at: Site) {
        let credits = self.program.fifos[fifo as usize].credits_left(messages);
        self.drains.push((Cross::Drain { fifo, credits }, at));
    }

    /// What a role has issued, with what it does when it ends.
    pub(crate) fn ended(mut self) -> Program {
        for (drain, at) in std::mem::take(&mut self.drains) {
            self.cross(drain, at);
        }
        self.program
    }

    /// On a2a3 a vector op that depends on an earlier one needs a barrier between the two.
    fn place_vector_barrier(&mut self, issue: &Issue<'_>) {
        let mut newest = 0;
        for (index, operand) in issue.operands.iter().enumerate() {
            let Place::Tile { slot, .. } = operand.place else { continue };
            let slot = &self.slots[slot as usize];
            newest = newest.max(slot.vector_write);
            if index < usize::from(issue.writes) {
                newest = newest.max(slot.vector_read);
            }
        }
        if newest > self.last_barrier && self.program.chip.vector_needs_barrier() {
            self.barrier(Pipe::V, issue.at);
        }
        self.vector_ops += 1;
        for (index, operand) in issue.operands.iter().enumerate() {
            let Place::Tile { slot, .. } = operand.place else { continue };
            let slot = &mut self.slots[slot as usize];
            if index < usize::from(issue.writes) {
                slot.vector_write = self.vector_ops;
            } else {
                slot.vector_read = self.vector_ops;
            }
        }
    }

    fn push(&mut self, pipe: Pipe, kind: InstrKind, at: Site) {
        if self.keep != Keep::Nothing {
            let at = self.program.place(at);
            self.program.instrs.push(Instr { pipe, kind, at });
        }
    }
}
