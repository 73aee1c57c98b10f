//! What the blocks of a launch do to each other, and whether what they read of global memory is there.

use std::collections::{HashMap, HashSet};

use super::code::Code;
use super::finding::{Finding, Site, written};
use super::region::Region;
use crate::chip::ChipId;
use crate::op::OpCode;
use crate::program::{At, InstrKind, OpInstr, Operand, Place, Program};
use crate::tile::Space;

/// A block of a launch.
pub(crate) struct Member<'p> {
    pub(crate) program: &'p Program,
    /// As the launch counts it.
    pub(crate) index: u64,
    /// The memory that each of the program's tensors is.
    pub(crate) memories: Vec<u32>,
    /// The instructions at which all blocks meet, in order.
    pub(crate) meetings: &'p [usize],
}

/// A region of global memory that a block reads or writes.
#[derive(Clone, Copy)]
struct Access {
    member: u32,
    /// How many meetings are behind it.
    phase: u32,
    instr: u32,
    region: Region,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Read,
    Write,
    /// Two of these, in whatever order, come to the same.
    Atomic,
}

/// Races between the blocks of a launch: a store to what another block stores or loads, and no meeting of all blocks between them.
///
/// Tensors of one number are one tensor in all programs, as arguments of one launch are.
///
/// ```
/// use tilesync::exec::check::{Code, check_launch};
/// # use tilesync::{chip::ChipId, op::{OpCode::*, Pipe::*}, raw::Block, tile::{DtypeId::F32, Space}};
/// let block = |first_row: u32| {
///     let mut k = Block::new(ChipId::A2A3);
///     let (x, y) = (k.global_in(F32, 128, 64), k.global_out(F32, 128, 64));
///     let a = k.tile("a", Space::Vec, 0x0, F32, 64, 64);
///     k.op(TLOAD, [a], [x.window(first_row, 0, 64, 64)]);
///     k.set_flag(Mte2, Mte3, 0);
///     k.wait_flag(Mte2, Mte3, 0);
///     k.op(TSTORE_VEC, [y.window(first_row, 0, 64, 64)], [a]);
///     k.finish()
/// };
/// assert!(check_launch(&[block(0), block(64)]).is_clean());
/// assert!(check_launch(&[block(0), block(63)]).has(Code::BlocksRace));
/// ```
#[must_use]
pub fn check_launch(blocks: &[Program]) -> super::Verdict {
    let members = (0..).zip(blocks).map(|(index, program)| Member {
        program,
        index,
        memories: (0..program.globals.len() as u32).collect(),
        meetings: &[],
    });
    super::Verdict { findings: races(&members.collect::<Vec<_>>()) }
}

fn accesses(members: &[Member<'_>]) -> Vec<Access> {
    let mut accesses = Vec::new();
    for (number, member) in (0..).zip(members) {
        let mut known = HashSet::new();
        for (at, instr) in member.program.instrs.iter().enumerate() {
            let InstrKind::Op(op) = &instr.kind else { continue };
            let phase = member.meetings.partition_point(|&meeting| meeting < at) as u32;
            let (writes, reads) = member.program.writes_and_reads(op);
            let global = |operand| {
                let region = Region::of(member.program, operand)?;
                let tensor = (region.memory as usize).checked_sub(Space::COUNT)?;
                Some(region.of_memory(*member.memories.get(tensor)?))
            };
            let mut add = |region: Region, kind| {
                if known.insert((region, kind, phase)) {
                    accesses.push(Access { member: number, phase, instr: at as u32, region, kind });
                }
            };
            let atomic = is_atomic(member.program, op);
            for region in writes.iter().filter_map(global) {
                add(region, if atomic { Kind::Atomic } else { Kind::Write });
            }
            for region in reads.iter().filter(|_| !atomic).filter_map(global) {
                add(region, Kind::Read);
            }
        }
    }
    accesses
}

/// A store, or a scatter, that reads what it writes: it adds to what is there, in one piece.
pub(in crate::exec) fn is_atomic(program: &Program, op: &OpInstr) -> bool {
    let (writes, reads) = program.writes_and_reads(op);
    let in_one_piece = match op.code {
        Some(OpCode::TSTORE_VEC | OpCode::TSTORE_ACC | OpCode::TSTORE_MAT) => true,
        // Element by element the scalar unit of a2a3 reads, adds and writes.
        Some(OpCode::MSCATTER) => program.chip != ChipId::A2A3 || scatters_rows(reads),
        _ => false,
    };
    let adds = matches!(op.form(), Some("ADD" | "MAX" | "MIN"));
    in_one_piece && (adds || writes.iter().any(|written| reads.contains(written)))
}

/// Whether a scatter has an index for each row, and not one for each element: its sources are the elements and the indices.
fn scatters_rows(sources: &[Operand]) -> bool {
    let is_tile = |operand: &&Operand| matches!(operand.place, Place::Tile { .. });
    let regions: Vec<_> =
        sources.iter().filter(is_tile).map(|tile| (tile.rows, tile.cols)).collect();
    matches!(*regions, [elements, indices] if elements != indices)
}

/// The races between blocks, one of each pair of lines.
pub(crate) fn races(members: &[Member<'_>]) -> Vec<Finding> {
    let mut all = accesses(members);
    all.sort_by_key(|access| (access.region.memory, access.region.span().0));
    let (mut reads, mut writes): (Vec<Access>, Vec<Access>) = (Vec::new(), Vec::new());
    let mut findings = Vec::new();
    let mut known = HashMap::new();
    for access in all {
        let (start, _) = access.region.span();
        let open = |other: &Access| {
            other.region.memory == access.region.memory && other.region.span().1 > start
        };
        writes.retain(open);
        if access.kind != Kind::Read {
            reads.retain(open);
        }
        let meets = |other: &&Access| {
            other.member != access.member
                && other.phase == access.phase
                && (other.kind != Kind::Atomic || access.kind != Kind::Atomic)
                && other.region.overlaps(&access.region)
        };
        let readers = reads.iter().filter(|_| access.kind != Kind::Read);
        for other in writes.iter().chain(readers).filter(meets) {
            report(members, other, &access, &mut findings, &mut known);
        }
        let list = if access.kind == Kind::Read { &mut reads } else { &mut writes };
        list.push(access);
    }
    findings.sort_by_key(|finding: &Finding| finding.sites.last().map(|site| site.index));
    findings
}

fn report(
    members: &[Member<'_>],
    one: &Access,
    two: &Access,
    findings: &mut Vec<Finding>,
    known: &mut HashMap<[(At, bool); 2], usize>,
) {
    let order = |access: &Access| (access.member, access.instr);
    let (one, two) = if order(one) <= order(two) { (one, two) } else { (two, one) };
    // Blocks run the same lines: one finding tells of all of them.
    let key = [one, two].map(|access| {
        let program = members[access.member as usize].program;
        let line = program.instrs[access.instr as usize].at;
        (line, access.kind == Kind::Read)
    });
    if let Some(&at) = known.get(&key) {
        let finding: &mut Finding = &mut findings[at];
        finding.times += 1;
        return;
    }
    known.insert(key, findings.len());
    let verb = |access: &Access| match access.kind {
        Kind::Read => "reads",
        Kind::Write => "writes",
        Kind::Atomic => "adds to",
    };
    let op = |access: &Access| written(members[access.member as usize].program, access.instr);
    let index = |access: &Access| members[access.member as usize].index;
    let site = |access: &Access, label: String| {
        Site::new(members[access.member as usize].program, access.instr, label)
    };
    findings.push(Finding {
        code: Code::BlocksRace,
        level: Code::BlocksRace.level(),
        message: format!(
            "`{}` of block {} {} global memory that `{}` of block {} {}",
            op(two),
            index(two),
            verb(two),
            op(one),
            index(one),
            verb(one)
        ),
        notes: Vec::new(),
        sites: vec![
            site(one, format!("block {} {} it here", index(one), verb(one))),
            site(
                two,
                format!("block {} {} it here, and nothing orders blocks", index(two), verb(two)),
            ),
        ],
        repair:
            "give each block a part of its own, or let all blocks meet between the two: `SYNCALL`"
                .to_owned(),
        times: 1,
    });
}

/// What of each global memory has been written.
#[derive(Default)]
pub(crate) struct Filled(HashMap<u32, Vec<Region>>);

impl Filled {
    /// The host writes bytes of a memory; none, if it only made it.
    pub(crate) fn host(&mut self, memory: u32, (start, end): (u64, u64)) {
        let regions = self.0.entry(memory).or_default();
        regions.extend(Region::line(memory, start, end));
    }

    fn launch(&mut self, all: &[Access]) {
        for access in all.iter().filter(|access| access.kind == Kind::Write) {
            if let Some(regions) = self.0.get_mut(&access.region.memory) {
                regions.push(access.region);
            }
        }
        for regions in self.0.values_mut() {
            regions.sort_unstable_by_key(Region::span);
            regions.dedup();
        }
    }
}

/// Reads of what neither the host nor a block has written. `filled` is what was written before the launch; what the launch
/// writes is added to it. Memories that are not in it are not looked at.
pub(crate) fn unwritten(members: &[Member<'_>], filled: &mut Filled) -> Vec<Finding> {
    let all = accesses(members);
    filled.launch(&all);
    let mut findings: Vec<Finding> = Vec::new();
    let mut known = HashMap::new();
    for access in all.iter().filter(|access| access.kind != Kind::Write) {
        let Some(regions) = filled.0.get(&access.region.memory) else { continue };
        let (start, end) = access.region.span();
        let near = regions.iter().filter(|region| region.span().0 < end && region.span().1 > start);
        // Most is written in one go, by the host.
        if near.clone().any(|region| access.region.covered_by(&[*region]))
            || access.region.covered_by(&near.copied().collect::<Vec<_>>())
        {
            continue;
        }
        let member = &members[access.member as usize];
        let line = member.program.instrs[access.instr as usize].at;
        if let Some(&at) = known.get(&line) {
            let finding: &mut Finding = &mut findings[at];
            finding.times += 1;
            continue;
        }
        known.insert(line, findings.len());
        let op = written(member.program, access.instr);
        findings.push(Finding {
            code: Code::GlobalNeverWritten,
            level: Code::GlobalNeverWritten.level(),
            message: format!(
                "`{op}` of block {} reads global memory, and nobody has written all of it",
                member.index
            ),
            notes: Vec::new(),
            sites: vec![Site::new(member.program, access.instr, format!("`{op}` reads it here"))],
            repair: "fill the allocation on the host (`aclrtMemcpy`, `aclrtMemset`), or store to it first"
                .to_owned(),
            times: 1,
        });
    }
    findings
}
