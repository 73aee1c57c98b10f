//! What a launch on several cores issued.

use std::fmt::{Display, Formatter, Result};

use super::{Core, Program};

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

impl Display for ClusterProgram {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (block, program) in self.programs() {
            let core = program.core.map_or_else(|| "core".to_owned(), |core| core.to_string());
            writeln!(f, "block {block}, {core}: {program}")?;
        }
        Ok(())
    }
}
