//! The programs of all cores of a launch in one file.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::load::{at_most, check_version};
use super::{File, LoadError, VERSION};
use crate::program::{ClusterProgram, Program};

/// Blocks that a file may have: what is known of each core of a launch is known of all its cores.
const MOST_BLOCKS: usize = 256;
/// Cores of a block.
const MOST_CORES: usize = 3;

#[derive(Serialize, Deserialize)]
struct Launch {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resident: Option<u32>,
    #[serde(deserialize_with = "at_most::<MOST_BLOCKS, _, _>")]
    blocks: Vec<Block>,
}

#[derive(Serialize, Deserialize)]
struct Block {
    #[serde(deserialize_with = "at_most::<MOST_CORES, _, _>")]
    cores: Vec<File>,
}

impl ClusterProgram {
    /// Writes the programs of all cores as JSON.
    ///
    /// # Errors
    ///
    /// If `to` cannot be written to.
    pub fn save(&self, to: impl Write) -> Result<(), serde_json::Error> {
        let block = |cores: &Vec<Program>| Block { cores: cores.iter().map(File::from).collect() };
        let blocks = self.blocks.iter().map(block).collect();
        serde_json::to_writer(to, &Launch { version: VERSION, resident: self.resident, blocks })
    }

    /// Reads what [`ClusterProgram::save`] has written; a file of [`Program::save`] is a launch of one core.
    ///
    /// # Errors
    ///
    /// As [`Program::load`], and if there are more than 256 blocks, or more than three cores in one.
    pub fn load(mut from: impl Read) -> Result<Self, LoadError> {
        let mut text = Vec::new();
        from.read_to_end(&mut text).map_err(serde_json::Error::io)?;
        if !check_version(&text)? {
            return Ok(ClusterProgram::of_block([Program::load(text.as_slice())?]));
        }
        let Launch { resident, blocks, .. } = serde_json::from_slice(&text)?;
        let block = |Block { cores }: Block| cores.into_iter().map(File::into_program).collect();
        Ok(ClusterProgram {
            blocks: blocks.into_iter().map(block).collect::<Result<_, _>>()?,
            resident,
        })
    }
}
