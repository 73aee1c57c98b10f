//! What was found in a launch, and what its kernel takes of the chip.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

use super::fields::Fields;
use super::words::{Text, What, Words};
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
    /// For each pair of pipes: the flags that block 0 sets, and the event ids that any block uses.
    pub flags: Vec<(Pipe, Pipe, usize, usize)>,
    /// For each memory space that is used: bytes, and how many there are.
    pub bytes: Vec<(Space, usize, usize)>,
}

impl Summary {
    pub(super) fn new(
        name: &str,
        chip: ChipId,
        source: &str,
        fields: &Fields,
        words: &Words,
        texts: &[Text],
    ) -> Self {
        let mut flags: BTreeMap<(usize, usize), (Pipe, Pipe, usize, BTreeSet<i64>)> =
            BTreeMap::new();
        for (block, text) in texts.iter().enumerate() {
            for &word in &text.words {
                if let What::Set(src, dst) = words.shapes[word.shape as usize].what {
                    let key = (src.index(), dst.index());
                    let pair = flags.entry(key).or_insert((src, dst, 0, BTreeSet::new()));
                    pair.2 += usize::from(block == 0);
                    pair.3.extend(text.numbers(word));
                }
            }
        }
        let bytes = Space::ALL.into_iter().filter_map(|space| {
            let tiles = fields.list.iter().filter(|field| field.ty.space == space);
            let ends = tiles
                .flat_map(|field| field.tiles.iter().map(|at| *at as usize + field.ty.bytes()));
            ends.max().map(|end| (space, end, chip.capacity(space)))
        });
        Summary {
            name: name.to_owned(),
            chip,
            blocks: texts.len(),
            instructions: texts.iter().map(|text| text.words.len()).sum(),
            loops: source.matches("for (").count(),
            lines: source.lines().count(),
            flags: flags
                .into_values()
                .map(|(src, dst, sets, ids)| (src, dst, sets, ids.len()))
                .collect(),
            bytes: bytes.collect(),
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Summary { name, chip, blocks, instructions, loops, lines, flags, bytes } = self;
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
        Ok(())
    }
}

/// One thing, or several.
fn counted((count, what): (usize, &str)) -> String {
    let more = if count == 1 { "" } else { "s" };
    format!("{count} {what}{more}")
}
