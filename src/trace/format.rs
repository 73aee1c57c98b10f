//! The trace format: `cpp/include/tilesync/format.hpp` describes and writes it.

use super::TraceError;
use crate::op::Pipe;
use crate::program::Core;
use crate::tile::Space;

/// The first bytes of a trace; the version follows.
pub(super) const MAGIC: &[u8; 7] = b"TILESYN";
/// The version that is read.
pub(super) const VERSION: u8 = 4;

macro_rules! tags {
    ($($name:ident = $tag:literal;)*) => {
        /// What a record is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Tag { $($name,)* }

        impl Tag {
            pub(super) fn of(byte: u8) -> Option<Self> {
                match byte { $($tag => Some(Tag::$name),)* _ => None }
            }
        }
    };
}

tags! {
    Text = 0x01;
    Site = 0x02;
    TileType = 0x03;
    Tile = 0x04;
    GlobalType = 0x05;
    Global = 0x06;
    Element = 0x07;
    Fifo = 0x08;
    Op = 0x10;
    Set = 0x11;
    Wait = 0x12;
    Barrier = 0x13;
    Cross = 0x14;
    Step = 0x15;
    Shared = 0x16;
    Launch = 0x20;
    Begin = 0x21;
    Finish = 0x22;
    Alloc = 0x30;
    Free = 0x31;
    Filled = 0x32;
    Unknown = 0x33;
    DataRead = 0x34;
    About = 0x35;
    End = 0x3f;
}

/// What an op does to an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Read,
    Write,
    Update,
}

/// Whether the number of an allocation stands for a memory of a core of the same block: `on_chip` of the header makes it.
pub(super) fn is_on_chip(allocation: u64) -> bool {
    allocation >> 62 == 1
}

/// Stands for a memory of a core of the same block.
pub(super) fn on_chip(core: Core, space: Space) -> u64 {
    1 << 62 | (core as u64) << 8 | space.index() as u64
}

/// Bits of an op's flags.
pub(super) const PHASE_PARTIAL: u64 = 1;
pub(super) const PHASE_FINAL: u64 = 2;

/// The pipe with this number; `None` inside stands for all of them.
pub(super) fn pipe(number: u64) -> Option<Option<Pipe>> {
    const PIPES: [Pipe; 7] =
        [Pipe::S, Pipe::V, Pipe::M, Pipe::Mte1, Pipe::Mte2, Pipe::Mte3, Pipe::Fix];
    match number {
        0..=6 => Some(Some(PIPES[number as usize])),
        7 => Some(None),
        _ => None,
    }
}

/// The records of a chunk.
pub(super) struct Records<'c> {
    bytes: &'c [u8],
    /// Where the chunk starts in the file.
    start: u64,
    at: usize,
}

impl<'c> Records<'c> {
    pub(super) fn new(bytes: &'c [u8], start: u64) -> Self {
        Records { bytes, start, at: 0 }
    }

    /// Where in the file the next byte stands.
    pub(super) fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    pub(super) fn damaged(&self, what: &'static str) -> TraceError {
        TraceError::Damaged { at: self.position(), what }
    }

    /// The next record's tag; nothing at the end of the chunk.
    pub(super) fn next(&mut self) -> Result<Option<Tag>, TraceError> {
        let Some(&byte) = self.bytes.get(self.at) else { return Ok(None) };
        let tag = Tag::of(byte).ok_or_else(|| self.damaged("no record has this tag"))?;
        self.at += 1;
        Ok(Some(tag))
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, TraceError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.bytes.get(self.at);
            let &byte = byte.ok_or_else(|| self.damaged("a record ends too early"))?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged("a number is too long"))
    }

    /// A number that must fit 32 bits.
    pub(super) fn small(&mut self) -> Result<u32, TraceError> {
        let number = self.number()?;
        u32::try_from(number).map_err(|_| self.damaged("a number is too large"))
    }

    /// Bytes of a text; what is not UTF-8 is replaced.
    pub(super) fn text(&mut self) -> Result<String, TraceError> {
        let length = self.number()?;
        let rest = &self.bytes[self.at..];
        let text = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let text = text.ok_or_else(|| self.damaged("a text is longer than its chunk"))?;
        self.at += text.len();
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}
