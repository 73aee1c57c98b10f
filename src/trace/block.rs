//! Makes the program of a block from its records.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::fifo;
use super::format::{self, Role};
use super::operand::{Described, Shape};
use super::ops::Kind;
use super::shared::Shared;
use super::{Block, Launches, Note, NoteKind};
use crate::chip::ChipId;
use crate::exec::check::is_inside;
use crate::op::Pipe;
use crate::program::{
    At, Core, Cross, CrossMode, Fifo, InstrKind, Participants, Phase, Place, Program,
};
use crate::raw::{self, Operand};
use crate::tile::{LayoutId, Space, TileType};

/// A call's line and those of its callers, the innermost first.
pub(super) type Stack = Arc<[(Arc<str>, u32)]>;

/// The valid rows and columns of the tile that a move has on its other side.
type Moved = Option<(u32, u32)>;

pub(super) struct Builder {
    pub(super) launch: u64,
    index: (u64, u64),
    raw: raw::Block,
    core: Option<Core>,
    /// How many instructions there are.
    count: usize,
    /// By the numbers of the stream.
    operands: HashMap<(u32, Moved), Vec<Operand>>,
    tiles: HashMap<(TileType, u32), Operand>,
    globals: HashMap<u64, Operand>,
    /// The allocations, in the order of the program's tensors.
    allocations: Vec<u64>,
    meetings: Vec<usize>,
    fifos: Vec<Fifo>,
    shared: Shared,
    notes: Vec<Note>,
    sites: HashMap<usize, At>,
    /// By where the stack lies, as `sites`.
    unplaced: HashMap<usize, usize>,
    chip: ChipId,
}

impl Builder {
    pub(super) fn new(chip: ChipId, core: Option<Core>, launch: u64, index: (u64, u64)) -> Self {
        let raw = match core {
            Some(core) => raw::Block::on_core(chip, core, &raw::Fifos::new()),
            None => raw::Block::new(chip),
        };
        Builder {
            launch,
            index,
            raw,
            core,
            count: 0,
            operands: HashMap::new(),
            tiles: HashMap::new(),
            globals: HashMap::new(),
            allocations: Vec::new(),
            meetings: Vec::new(),
            fifos: Vec::new(),
            shared: Shared::default(),
            notes: Vec::new(),
            sites: HashMap::new(),
            unplaced: HashMap::new(),
            chip,
        }
    }

    pub(super) fn op(
        &mut self,
        name: &str,
        phase: Option<Phase>,
        roles: &[(u32, Role)],
        described: &[Described],
        site: &Stack,
        trace: &Launches,
    ) {
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        let mut spaces = Vec::with_capacity(roles.len());
        let moves = matches!(name, "TLOAD" | "TSTORE");
        let pads = name.starts_with("TFILLPAD");
        for &(number, role) in roles {
            let operand = &described[number as usize];
            spaces.push(match operand {
                Described::Tile { ty, .. } | Described::Element { ty, .. } => Some(ty.space),
                Described::Elsewhere => Some(Space::Scaling),
                Described::Global { .. } => None,
            });
            let moved = if moves { tile_of(roles, described) } else { None };
            let parts = match *operand {
                // What it pads, it writes beyond what is valid.
                Described::Tile { ty, addr: Some(addr), .. } if pads && role != Role::Read => {
                    self.window(ty, addr, [0, 0, ty.rows, ty.cols], trace)
                }
                _ => self.parts((number, moved), operand, name, site, trace),
            };
            match role {
                Role::Read => reads.extend(parts),
                Role::Write => writes.extend(parts),
                Role::Update => {
                    writes.extend_from_slice(&parts);
                    reads.extend(parts);
                }
            }
        }
        let kind = Kind::of(self.chip, name, &spaces);
        if writes.len() + reads.len() + writes.len() > 255 {
            return self.unknown("an op on more than 255 regions", site);
        }
        self.at(site);
        if let Some(phase) = phase {
            self.raw.unit_flag(phase);
        }
        match kind.code {
            Some(code) => self.raw.op(code, writes, reads),
            None => self.raw.op_on(kind.pipe, name, writes, reads),
        }
        self.count += 1;
    }

    /// The regions of an operand.
    fn parts(
        &mut self,
        (number, moved): (u32, Moved),
        described: &Described,
        name: &str,
        site: &Stack,
        trace: &Launches,
    ) -> Vec<Operand> {
        if let Some(known) = self.operands.get(&(number, moved)) {
            return known.clone();
        }
        let parts = match *described {
            Described::Tile { ty, addr: Some(addr), rows, cols } => {
                self.window(ty, addr, [0, 0, rows, cols], trace)
            }
            Described::Element { ty, addr: Some(addr), number } => {
                let (row, col) = match ty.layout {
                    LayoutId::Dn => (number % ty.rows, number / ty.rows),
                    _ => (number / ty.cols, number % ty.cols),
                };
                self.window(ty, addr, [row, col, 1, 1], trace)
            }
            Described::Tile { addr: None, .. } | Described::Element { addr: None, .. } => {
                self.unplaced.entry(site.as_ptr() as usize).or_insert(self.count);
                return Vec::new();
            }
            Described::Elsewhere => {
                self.note(NoteKind::Elsewhere, name, site);
                return Vec::new();
            }
            Described::Global { allocation, offset, shape } => {
                let shape = moved.map_or(shape, |moved| shape.moved(moved));
                self.global(allocation, offset, shape, trace)
            }
        };
        self.operands.insert((number, moved), parts.clone());
        parts
    }

    /// A part of a tile, and the same bytes as other cores name them.
    fn window(
        &mut self,
        ty: TileType,
        addr: u32,
        part: [u32; 4],
        trace: &Launches,
    ) -> Vec<Operand> {
        let [row, col, rows, cols] = part;
        let tile = self.tile(ty, addr).window(row, col, rows, cols);
        let Some((core, (start, count, pitch, width))) =
            self.core.zip(self.shared.bytes(ty, addr, part))
        else {
            return vec![tile];
        };
        let (memory, _) = self.memory(format::on_chip(core, ty.space), 0, trace);
        vec![tile, memory.bytes(start, count, pitch, width)]
    }

    fn tile(&mut self, ty: TileType, addr: u32) -> Operand {
        let raw = &mut self.raw;
        let tile = *self
            .tiles
            .entry((ty, addr))
            .or_insert_with(|| raw.tile_of(&format!("{}[{addr:#x}]", ty.space), addr, ty));
        if self.shared.has(ty, addr) {
            raw.filled(tile);
        }
        tile
    }

    /// Others write to this memory of the core. Whether that can be.
    pub(super) fn shares(&mut self, space: Space, start: u32, bytes: u32) -> bool {
        // What was known of its tiles is known anew.
        self.operands.clear();
        self.shared.add(space, start, bytes)
    }

    fn global(
        &mut self,
        allocation: u64,
        offset: u64,
        shape: Shape,
        trace: &Launches,
    ) -> Vec<Operand> {
        let Some(runs) = shape.runs() else { return Vec::new() };
        let (whole, base) = self.memory(allocation, offset, trace);
        let boxes = runs.boxes(offset - base);
        boxes.map(|(start, count, pitch, width)| whole.bytes(start, count, pitch, width)).collect()
    }

    /// The memory that a place in an allocation lies in, and where that starts.
    fn memory(&mut self, allocation: u64, offset: u64, trace: &Launches) -> (Operand, u64) {
        let (key, base, bytes) = trace.place(self.index.0, allocation, offset);
        let (raw, allocations) = (&mut self.raw, &mut self.allocations);
        let whole = *self.globals.entry(key).or_insert_with(|| {
            allocations.push(key);
            raw.global_bytes(bytes)
        });
        (whole, base)
    }

    pub(super) fn flag(&mut self, set: bool, src: Pipe, dst: Pipe, id: i32, site: &Stack) {
        self.at(site);
        // An id that no byte holds is out of range, as 255 is.
        let id = u8::try_from(id).unwrap_or(u8::MAX);
        if set {
            self.raw.set_flag(src, dst, id);
        } else {
            self.raw.wait_flag(src, dst, id);
        }
        self.count += 1;
    }

    pub(super) fn barrier(&mut self, pipe: Option<Pipe>, site: &Stack) {
        self.at(site);
        match pipe {
            Some(pipe) => self.raw.pipe_barrier(pipe),
            None => self.raw.pipe_barrier_all(),
        }
        self.count += 1;
    }

    /// Something between cores. What is said to others is judged where it is known who is which core.
    pub(super) fn cross(&mut self, name: &str, pipe: u64, id: u64, site: &Stack) {
        let pipe = format::pipe(pipe).flatten().unwrap_or(Pipe::S);
        // An id that no byte holds is out of range, as 255 is.
        let number = u8::try_from(id).unwrap_or(u8::MAX);
        let cross = match name {
            "ffts_cross_core_sync" => {
                let mode = match id >> 8 {
                    0 => CrossMode::AllCores,
                    1 => CrossMode::SubCores,
                    _ => CrossMode::Cluster,
                };
                Cross::Set { mode, id: id as u8 }
            }
            "set_intra_block" => Cross::Set { mode: CrossMode::Intra, id: number },
            "wait_flag_dev" | "wait_intra_block" => Cross::Wait { id: number },
            "SYNCALL" => {
                self.meetings.push(self.count);
                Cross::SyncAll(match id {
                    0 => Participants::Vectors,
                    1 => Participants::Cubes,
                    _ => Participants::All,
                })
            }
            "dsb" => Cross::Fence,
            "dcci" => Cross::Cache { operand: Cross::WHOLE_CACHE },
            _ => return self.note(NoteKind::Cross, name, site),
        };
        if self.core.is_none() && !matches!(cross, Cross::Fence | Cross::Cache { .. }) {
            self.note(NoteKind::Cross, name, site);
        }
        self.at(site);
        self.raw.cross(pipe, cross);
        self.count += 1;
    }

    /// A step of a FIFO.
    pub(super) fn step(&mut self, fifo: &Fifo, step: Cross, site: &Stack) {
        let step = match fifo::of_fifo(step, fifo::number(&mut self.fifos, fifo)) {
            Cross::Drain { fifo: number, credits: pushed } => {
                Cross::Drain { fifo: number, credits: fifo.credits_left(pushed) }
            }
            step => step,
        };
        self.at(site);
        self.raw.cross(fifo.pipe_of(self.chip, step), step);
        self.count += 1;
    }

    pub(super) fn unknown(&mut self, name: &str, site: &Stack) {
        self.note(NoteKind::Unknown, name, site);
    }

    pub(super) fn reads_data(&mut self, name: &str, site: &Stack) {
        self.note(NoteKind::ReadsData, name, site);
    }

    fn note(&mut self, kind: NoteKind, name: &str, site: &Stack) {
        let note = Note { kind, name: name.into(), site: site.clone() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The next instruction stands there. A stack is told by where it lies: its stream keeps it.
    fn at(&mut self, site: &Stack) {
        let raw = &mut self.raw;
        let at = *self.sites.entry(site.as_ptr() as usize).or_insert_with(|| raw.call(site));
        raw.stands_at(at);
    }

    pub(super) fn finish(self, whole: bool) -> Block {
        let mut program = self.raw.finish();
        program.fifos = self.fifos.into();
        let likeness = likeness(&program);
        let Builder { notes, index, meetings, allocations: memories, .. } = self;
        let mut unplaced: Vec<_> = self.unplaced.into_values().collect();
        unplaced.sort_unstable();
        let likeness = likeness ^ unplaced.len() as u64;
        Block { index, program, memories, meetings, notes, unplaced, whole, likeness }
    }
}

/// The valid rows and columns of the tile among the operands of a move.
fn tile_of(roles: &[(u32, Role)], described: &[Described]) -> Moved {
    roles.iter().find_map(|&(number, _)| match described[number as usize] {
        Described::Tile { rows, cols, .. } => Some((rows, cols)),
        _ => None,
    })
}

/// A hash that two programs share if they are equal but for where in each tensor they work.
fn likeness(program: &Program) -> u64 {
    let mut first: Vec<Option<u32>> = vec![None; program.globals.len()];
    let mut hasher = DefaultHasher::new();
    program.core.hash(&mut hasher);
    for fifo in program.fifos.iter() {
        (fifo.ready, fifo.direction, fifo.slots, fifo.slot_bytes).hash(&mut hasher);
    }
    for instr in &program.instrs {
        (instr.pipe, instr.at).hash(&mut hasher);
        match &instr.kind {
            InstrKind::Op(op) => {
                program.op_name(op).hash(&mut hasher);
                (op.phase, op.writes, op.operand_count).hash(&mut hasher);
                for operand in program.operands(op) {
                    // One that sticks out is like no other.
                    let inside = is_inside(program, operand);
                    (operand.rows, operand.cols, inside).hash(&mut hasher);
                    match operand.place {
                        Place::Tile { addr, ty, .. } => (addr, ty).hash(&mut hasher),
                        Place::Bytes { arg, start, pitch } => {
                            let first = first.get_mut(arg as usize);
                            let first = first.map_or(0, |first| *first.get_or_insert(start));
                            (arg, start.wrapping_sub(first), pitch).hash(&mut hasher);
                        }
                        Place::Word(word) => word.hash(&mut hasher),
                        Place::Global { .. } => {}
                    }
                }
            }
            InstrKind::Set(flag) => (0u8, flag).hash(&mut hasher),
            InstrKind::Wait(flag) => (1u8, flag).hash(&mut hasher),
            InstrKind::Barrier => 2u8.hash(&mut hasher),
            InstrKind::BarrierAll => 3u8.hash(&mut hasher),
            InstrKind::Cross(cross) => (4u8, cross).hash(&mut hasher),
        }
    }
    hasher.finish()
}
