//! What was found in a launch, and what its kernel takes of the chip.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

use super::found::Found;
use super::words::What;
use crate::chip::ChipId;
use crate::op::Pipe;
use crate::tile::Space;

/// What an emitted kernel is made of. It prints as a few lines.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The kernel.
    pub name: String,
    /// The chip.
    pub chip: ChipId,
    /// Blocks of the grid.
    pub blocks: usize,
    /// Instructions of all blocks.
    pub instructions: usize,
    /// Loops in the C++.
    pub loops: usize,
    /// Lines of the C++.
    pub lines: usize,
    /// For each pair of pipes: the flags that the cores of block 0 set, and the event ids that any block uses.
    pub flags: Vec<(Pipe, Pipe, usize, usize)>,
    /// For each memory space that is used: bytes, and how many there are.
    pub bytes: Vec<(Space, usize, usize)>,
    /// For each FIFO of a cluster: how many messages it holds, and bytes of each.
    pub fifos: Vec<(String, u32, u32)>,
}

impl Summary {
    pub(super) fn new(name: &str, chip: ChipId, source: &str, parts: &[&Found]) -> Self {
        let mut flags: BTreeMap<(usize, usize), (Pipe, Pipe, usize, BTreeSet<i64>)> =
            BTreeMap::new();
        for part in parts {
            let texts = part.texts.iter().enumerate();
            for (core, text, &word) in
                texts.flat_map(|(core, text)| text.words.iter().map(move |word| (core, text, word)))
            {
                if let What::Set(src, dst) = part.words.shapes[word.shape as usize].what {
                    let key = (src.index(), dst.index());
                    let pair = flags.entry(key).or_insert((src, dst, 0, BTreeSet::new()));
                    pair.2 += usize::from(core < part.plan.grid.cores);
                    if let &[number, first, stride] = text.numbers(word) {
                        pair.3.insert(first + stride * number);
                    }
                }
            }
        }
        let bytes = Space::ALL.into_iter().filter_map(|space| {
            let fields = parts.iter().flat_map(|part| &part.fields.list);
            let tiles = fields.filter(|field| field.ty.space == space);
            let ends = tiles
                .flat_map(|field| field.tiles.iter().map(|at| *at as usize + field.ty.bytes()));
            ends.max().map(|end| (space, end, chip.capacity(space)))
        });
        let fifos = parts.first().map(|part| {
            part.links.iter().map(|link| (link.name.clone(), link.slots, link.slot_bytes)).collect()
        });
        Summary {
            name: name.to_owned(),
            chip,
            blocks: parts.first().map_or(0, |part| part.plan.grid.blocks),
            instructions: parts
                .iter()
                .flat_map(|part| &part.texts)
                .map(|text| text.words.len())
                .sum(),
            // What places tiles is one line.
            loops: source
                .lines()
                .filter(|line| line.contains("for (") && line.ends_with('{'))
                .count(),
            lines: source.lines().count(),
            flags: flags
                .into_values()
                .map(|(src, dst, sets, ids)| (src, dst, sets, ids.len()))
                .collect(),
            bytes: bytes.collect(),
            fifos: fifos.unwrap_or_default(),
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Summary { name, chip, blocks, instructions, loops, lines, flags, bytes, fifos } = self;
        let [blocks, loops] = [(*blocks, "block"), (*loops, "loop")].map(counted);
        writeln!(
            f,
            "{name} for {chip}: {blocks}, {instructions} instructions, {loops}, {lines} lines of C++"
        )?;
        for (src, dst, sets, ids) in flags {
            let pair = format!("{}>{}", src.short(), dst.short());
            let [sets, ids] = [(*sets, "flag"), (*ids, "id")].map(counted);
            writeln!(f, "  {pair:<11} {sets:>12} in block 0, {ids}")?;
        }
        for (space, used, capacity) in bytes {
            writeln!(f, "  {:<11} {used:>6} of {capacity} bytes", space.name())?;
        }
        for (fifo, slots, bytes) in fifos {
            let slots = counted((*slots as usize, "message"));
            writeln!(f, "  {fifo:<11} {slots} of {bytes} bytes")?;
        }
        Ok(())
    }
}

/// One thing, or several.
fn counted((count, what): (usize, &str)) -> String {
    let more = if count == 1 { "" } else { "s" };
    format!("{count} {what}{more}")
}
