//! The memory that operands cover, and which of it overlaps.

use std::collections::HashMap;

use crate::program::{Operand, Place, Program, TileInfo};
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS};
use crate::tile::{LayoutId, Space};

/// A box in one memory: `rows` runs of `width` units, `pitch` apart. Units are bytes on chip and elements in a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::exec) struct Region {
    /// A space, or, from [`Space::COUNT`] on, a tensor.
    pub(in crate::exec) memory: u32,
    start: u64,
    rows: u64,
    pitch: u64,
    width: u64,
}

impl Region {
    /// What `operand` covers of its memory; nothing if that is empty, or another block's.
    pub(in crate::exec) fn of(program: &Program, operand: &Operand) -> Option<Self> {
        let (rows, cols) = (u64::from(operand.rows), u64::from(operand.cols));
        if rows == 0 || cols == 0 {
            return None;
        }
        match operand.place {
            Place::Tile { slot, addr, ty } => {
                program.tiles.get(slot as usize)?;
                let size = ty.dtype.size() as u64;
                let (rows, pitch, width) = match ty.layout {
                    LayoutId::Nd => (rows, u64::from(ty.cols) * size, cols * size),
                    LayoutId::Dn => (cols, u64::from(ty.rows) * size, rows * size),
                    _ => (1, ty.bytes() as u64, ty.bytes() as u64),
                };
                let left = (program.chip.capacity(ty.space) as u64).checked_sub(addr.into())?;
                Self::within(left, ty.space.index(), addr.into(), (rows, pitch, width))
            }
            Place::Global { arg, row, col } => {
                let tensor = program.globals.get(arg as usize)?;
                let (row, col, pitch) = (u64::from(row), u64::from(col), tensor.cols as u64);
                let rows = rows.min((tensor.rows as u64).checked_sub(row)?);
                let cols = cols.min(pitch.checked_sub(col)?);
                let (start, left) = (row * pitch + col, rows * pitch);
                Self::within(left, Space::COUNT + arg as usize, start, (rows, pitch, cols))
            }
            Place::Bytes { arg, start, pitch } => {
                let tensor = program.globals.get(arg as usize)?;
                let left = (tensor.cols as u64).checked_sub(start.into())?;
                let memory = Space::COUNT + arg as usize;
                Self::within(left, memory, start.into(), (rows, pitch.into(), cols))
            }
            Place::Word(_) => None,
        }
    }

    /// Of a tile in blocks of columns, as far as the operand's rows and columns go, in whole blocks. [`Region::of`] takes all of it.
    pub(super) fn of_blocks(program: &Program, operand: &Operand) -> Option<Self> {
        let whole = Self::of(program, operand)?;
        let Place::Tile { addr, ty, .. } = operand.place else { return Some(whole) };
        let size = ty.dtype.size() as u64;
        let wide = match ty.layout {
            LayoutId::Nz => BLOCK_BYTES as u64 / size,
            LayoutId::NzAcc => FRACTAL_ROWS as u64,
            _ => return Some(whole),
        };
        let high =
            u64::from(operand.rows).next_multiple_of(FRACTAL_ROWS as u64).min(ty.rows.into());
        let blocks = u64::from(operand.cols).div_ceil(wide);
        let (pitch, width) = (u64::from(ty.rows) * wide * size, high * wide * size);
        let left = (program.chip.capacity(ty.space) as u64).checked_sub(addr.into())?;
        Self::within(left, ty.space.index(), addr.into(), (blocks, pitch, width))
    }

    /// Cut off after `left` units: no memory is larger than it is.
    fn within(
        left: u64,
        memory: usize,
        start: u64,
        (rows, pitch, width): (u64, u64, u64),
    ) -> Option<Self> {
        if left == 0 || width == 0 || rows == 0 {
            return None;
        }
        let rows = (left - 1).checked_div(pitch).map_or(1, |last| rows.min(last + 1));
        let (rows, pitch, width) = if pitch <= width {
            (1, 0, (pitch * (rows - 1)).saturating_add(width).min(left))
        } else {
            (rows, pitch, width.min(left))
        };
        let (rows, pitch) = if rows == 1 { (1, 0) } else { (rows, pitch) };
        Some(Region { memory: memory as u32, start, rows, pitch, width })
    }

    /// Bytes of a global memory.
    pub(super) fn line(memory: u32, start: u64, end: u64) -> Option<Self> {
        let width = end.checked_sub(start).filter(|&width| width > 0)?;
        Some(Region { memory, start, rows: 1, pitch: 0, width })
    }

    /// The same box of another memory.
    pub(in crate::exec) fn of_memory(self, memory: u32) -> Self {
        Region { memory, ..self }
    }

    /// A tile as a whole.
    pub(super) fn of_tile(program: &Program, slot: u32, tile: &TileInfo) -> Option<Self> {
        let (addr, ty) = (tile.addr, tile.ty);
        let place = Place::Tile { slot, addr, ty };
        Self::of(program, &Operand::new(place, ty.rows, ty.cols))
    }

    /// From the first unit to one past the last.
    pub(in crate::exec) fn span(&self) -> (u64, u64) {
        (self.start, self.end())
    }

    /// One past the last unit.
    fn end(&self) -> u64 {
        self.start + (self.rows - 1) * self.pitch + self.width
    }

    fn run(&self, row: u64) -> (u64, u64) {
        let start = self.start + row * self.pitch;
        (start, start + self.width)
    }

    pub(in crate::exec) fn runs(&self) -> impl Iterator<Item = (u64, u64)> {
        (0..self.rows).map(|row| self.run(row))
    }

    /// Whether any unit from `start` to `end` belongs to the region.
    fn hits(&self, (start, end): (u64, u64)) -> bool {
        if end <= self.start {
            return false;
        }
        // The last run that starts before `end`.
        let row = match self.pitch {
            0 => 0,
            pitch => ((end - 1 - self.start) / pitch).min(self.rows - 1),
        };
        self.run(row).1 > start
    }

    pub(super) fn overlaps(&self, other: &Region) -> bool {
        if self.memory != other.memory {
            return false;
        }
        if self.pitch == other.pitch && self.pitch > 0 {
            return self.overlaps_at_one_pitch(other);
        }
        let (few, many) = if self.rows <= other.rows { (self, other) } else { (other, self) };
        few.runs().any(|run| many.hits(run))
    }

    /// Row `i` of one meets row `j` of the other where `(i - j) * pitch` lies between the distances at which they touch.
    fn overlaps_at_one_pitch(&self, other: &Region) -> bool {
        let (one, two) = if self.start <= other.start { (self, other) } else { (other, self) };
        let signed = |number: u64| i128::from(number);
        let (pitch, apart) = (signed(one.pitch), signed(two.start - one.start));
        let least = (apart - signed(one.width)).div_euclid(pitch) + 1;
        let steps = least.max(1 - signed(two.rows));
        steps < signed(one.rows) && steps * pitch < apart + signed(two.width)
    }

    /// Whether `others` together cover every unit.
    pub(super) fn covered_by(&self, others: &[Region]) -> bool {
        let mut runs: Vec<_> = others.iter().flat_map(Region::runs).collect();
        runs.sort_unstable();
        let mut next = 0;
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (start, end) in runs {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        self.runs().all(|(start, end)| {
            while joined.get(next).is_some_and(|run| run.1 < end) {
                next += 1;
            }
            joined.get(next).is_some_and(|run| run.0 <= start)
        })
    }
}

/// The regions of a program, each once, and which of them overlap.
pub(super) struct Regions {
    pub(super) distinct: Vec<Region>,
    /// By operand; `NOTHING` for an empty one.
    of_operand: Vec<u32>,
    /// The others that each region overlaps: `overlap[first[r]..first[r + 1]]`.
    first: Vec<u32>,
    overlap: Vec<u32>,
}

const NOTHING: u32 = u32::MAX;

impl Regions {
    pub(super) fn new(program: &Program) -> Self {
        Self::of(program.all_operands().iter().map(|operand| Region::of(program, operand)))
    }

    /// Of operands that cover this.
    pub(super) fn of(operands: impl Iterator<Item = Option<Region>>) -> Self {
        let mut distinct = Vec::new();
        let mut known: HashMap<Region, u32> = HashMap::new();
        let of_operand = operands.map(|region| {
            region.map_or(NOTHING, |region| {
                *known.entry(region).or_insert_with(|| {
                    distinct.push(region);
                    distinct.len() as u32 - 1
                })
            })
        });
        let of_operand = of_operand.collect();
        let mut pairs = overlapping(&distinct);
        pairs.sort_unstable();
        let mut first = vec![0; distinct.len() + 1];
        for &(region, _) in &pairs {
            first[region as usize + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let overlap = pairs.into_iter().map(|(_, other)| other).collect();
        Regions { distinct, of_operand, first, overlap }
    }

    /// The region of the operand with this index in the program.
    pub(super) fn of_operand(&self, operand: usize) -> Option<u32> {
        self.of_operand.get(operand).copied().filter(|&region| region != NOTHING)
    }

    /// The region itself and all others that overlap it.
    pub(super) fn touched(&self, region: u32) -> impl Iterator<Item = u32> {
        let at = region as usize;
        let others = &self.overlap[self.first[at] as usize..self.first[at + 1] as usize];
        std::iter::once(region).chain(others.iter().copied())
    }
}

/// All pairs that overlap, both ways round: a sweep over the starts.
fn overlapping(regions: &[Region]) -> Vec<(u32, u32)> {
    let mut order: Vec<u32> = (0..regions.len() as u32).collect();
    order.sort_unstable_by_key(|&at| (regions[at as usize].memory, regions[at as usize].start));
    let mut pairs = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for at in order {
        let region = &regions[at as usize];
        open.retain(|&other| {
            let other = &regions[other as usize];
            other.memory == region.memory && other.end() > region.start
        });
        for &other in &open {
            if regions[other as usize].overlaps(region) {
                pairs.extend([(at, other), (other, at)]);
            }
        }
        open.push(at);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn units(region: &Region) -> BTreeSet<u64> {
        region.runs().flat_map(|(start, end)| start..end).collect()
    }

    /// Regions of one pitch, of several, and in one run, against the sets of their units.
    #[test]
    fn regions_overlap_where_they_have_a_unit_in_common() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut region = || {
            let pitch = [4, 7, 7][random.usize(..3)];
            let shape = (random.u64(1..5), pitch, random.u64(1..9));
            Region::within(100, 0, random.u64(..40), shape).expect("not empty")
        };
        let mut seen = [0; 2];
        for _ in 0..20_000 {
            let (one, two) = (region(), region());
            let overlap = !units(&one).is_disjoint(&units(&two));
            assert_eq!(one.overlaps(&two), overlap, "{one:?} {two:?}");
            assert_eq!(two.overlaps(&one), overlap, "{one:?} {two:?}");
            let covered = units(&one).is_subset(&units(&two));
            assert_eq!(one.covered_by(&[two]), covered, "{one:?} {two:?}");
            seen[usize::from(overlap)] += 1;
        }
        assert!(seen.iter().all(|&count| count > 1000), "{seen:?}");
    }
}
