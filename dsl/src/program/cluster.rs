//! What a launch on several cores issued.

use std::fmt::{Display, Formatter, Result};

use super::{Core, Operand, Place, Program};

/// What a launch on several cores issued: for each block, a program a core.
///
/// Programs of a cluster have [`Program::core`], and all of them the same [`Program::fifos`]. Tensors of one number are one tensor in all
/// programs, as arguments of one launch are; but each block has memory of its own for its FIFOs. [`Cross`](super::Cross) has the
/// protocol.
#[derive(Clone, Debug, Default)]
pub struct ClusterProgram {
    /// By block: the programs of its cores.
    pub blocks: Vec<Vec<Program>>,
    /// How many blocks run at a time, where that is known: those behind them start when one has ended. Cores that never start never
    /// reach a `SYNCALL`.
    pub resident: Option<u32>,
}

impl ClusterProgram {
    /// A launch of one block.
    #[must_use]
    pub fn of_block(cores: impl Into<Vec<Program>>) -> Self {
        ClusterProgram { blocks: vec![cores.into()], resident: None }
    }

    /// The program of a core.
    #[must_use]
    pub fn program(&self, block: usize, core: Core) -> Option<&Program> {
        self.blocks.get(block)?.iter().find(|program| program.core == Some(core))
    }

    /// All programs, each with its block.
    pub fn programs(&self) -> impl Iterator<Item = (usize, &Program)> {
        self.blocks
            .iter()
            .enumerate()
            .flat_map(|(block, cores)| cores.iter().map(move |core| (block, core)))
    }
}

impl Program {
    /// Where in the messages of a FIFO an operand lies that is a slot of it in this core's own memory: as an operand of the tensor that
    /// holds them ([`Fifo::memory`](super::Fifo::memory)). All of this core's share of the slot; `None` for any other operand.
    #[doc(hidden)]
    #[must_use]
    pub fn in_fifo(&self, operand: &Operand) -> Option<Operand> {
        let Place::Tile { slot, .. } = operand.place else { return None };
        let tile = self.tiles.get(slot as usize)?;
        let slot_of = tile.slot_of?;
        let fifo = self.fifos.get(slot_of.fifo as usize)?;
        let messages = self.globals.get(fifo.memory as usize)?;
        let rows = (messages.rows as u32).checked_div(fifo.slots)?;
        let second = u32::from(self.core.is_some_and(|core| core.sub_block() > 0));
        // The second core's share lies below that of the first one, or beside it.
        let below = second * rows.saturating_sub(tile.ty.rows);
        let row = slot_of.slot.saturating_mul(rows).saturating_add(below);
        let col = second * (messages.cols as u32).saturating_sub(tile.ty.cols);
        let place = Place::Global { arg: fifo.memory, row, col };
        Some(Operand::new(place, tile.ty.rows, tile.ty.cols))
    }
}

impl Display for ClusterProgram {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (block, program) in self.programs() {
            let core = program.core.map_or_else(|| "core".to_owned(), |core| core.to_string());
            writeln!(f, "block {block}, {core}: {program}")?;
        }
        Ok(())
    }
}
