//! Existing C++ kernels, traced: the programs of their blocks, to be judged as any program is.
//!
//! A C++ kernel that is compiled with `-include tilesync/trace.hpp` (in `cpp/include`) writes down what it issues: ops with their
//! operands, flags, barriers, the lines of its source. [`Trace::read`] makes a [`Program`] of each block; [`Trace::check`] judges
//! them, and what the blocks do to each other through global memory.
//!
//! Blocks that are equal but for where in global memory they work are judged once.

mod block;
mod cores;
mod error;
mod fifo;
mod format;
mod judge;
mod operand;
mod ops;
mod shared;
mod stream;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

pub use error::TraceError;
pub use judge::{Alike, Judged};

use crate::chip::ChipId;
use crate::program::{Core, Program};
use block::Stack;
use format::{MAGIC, Records, Tag, VERSION};
use stream::Stream;

/// What a C++ program issued: see the [module](self).
#[derive(Debug)]
pub struct Trace {
    launches: Launches,
    /// Why it ends where it does, if it is not whole.
    cut: Option<TraceError>,
}

/// A kernel that was launched.
#[derive(Debug, Default)]
pub struct Launch {
    /// The kernel's name, as the launch has it; empty where the host called a kernel, or ops, without one. That ends where the host
    /// synchronises or clears a core's memory, and with the outermost function of the host that has issued it.
    pub name: String,
    /// Its blocks, in the order in which they were traced.
    pub blocks: Vec<Block>,
}

/// What one block of a launch issued.
#[derive(Debug)]
pub struct Block {
    /// Its index in the launch, and that of the sub-block.
    pub index: (u64, u64),
    /// What it issued.
    pub program: Program,
    /// The allocations that the program's tensors are.
    memories: Vec<u64>,
    /// The instructions at which all blocks meet.
    meetings: Vec<usize>,
    /// What the program does not say.
    pub notes: Vec<Note>,
    /// Ops with a tile that has no address, by line.
    unplaced: Vec<usize>,
    /// Whether the kernel returned. What a program lacks that was cut off is no fault of it.
    pub whole: bool,
    likeness: u64,
}

/// Something in a block that its program does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// The call.
    pub name: Box<str>,
    site: Stack,
}

/// What a [`Note`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// The header, or this reader, does not know the call: nothing of it is judged.
    Unknown,
    /// A tile in a memory that programs do not have. The operand is left out.
    Elsewhere,
    /// Synchronisation between cores, which is not judged: see [`Trace::beside`].
    Cross,
    /// The kernel looks at data, and nothing was computed: what it issued may depend on it.
    ReadsData,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = &self.name;
        match self.kind {
            NoteKind::Unknown => write!(f, "`{name}` is not known, and not judged")?,
            NoteKind::Elsewhere => write!(f, "`{name}` has a tile in a memory that is not judged")?,
            NoteKind::Cross => {
                write!(
                    f,
                    "`{name}` is between cores, and not judged: trace each side, with -D __DAV_CUBE__ and -D __DAV_VEC__, and check the two together"
                )?;
            }
            NoteKind::ReadsData => {
                write!(
                    f,
                    "`{name}` looks at data, and nothing was computed: trace with --compute"
                )?;
            }
        }
        match self.site.first() {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

/// An allocation of the host.
#[derive(Clone, Debug, Default)]
struct Allocation {
    bytes: u64,
    /// What the host wrote, as ranges of bytes.
    filled: Vec<(u64, u64)>,
}

/// A side of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Cube,
    Vector,
}

/// What streams add to.
#[derive(Debug, Default)]
struct Launches {
    chip: Option<ChipId>,
    /// The side that was compiled, where it was one.
    side: Option<Side>,
    launches: BTreeMap<u64, Launch>,
    allocations: HashMap<u64, Allocation>,
}

impl Launches {
    fn chip(&self) -> ChipId {
        self.chip.unwrap_or(ChipId::A2A3)
    }

    /// The core that a block with this sub-block is; none, where both sides were compiled as one.
    fn core(&self, sub: u64) -> Option<Core> {
        self.side.map(|side| match (side, sub) {
            (Side::Cube, _) => Core::Cube,
            (Side::Vector, 0) => Core::Vector0,
            (Side::Vector, _) => Core::Vector1,
        })
    }

    fn add(&mut self, builder: block::Builder, whole: bool) {
        let launch = self.launches.entry(builder.launch).or_default();
        launch.blocks.push(builder.finish(whole));
    }

    /// The memory that a region of an allocation lies in, as a block sees it: its number, where it starts, its bytes. What was allocated by
    /// nobody is cut into pieces of 2^31 bytes, and more than 32 bits tell is cut off.
    fn place(&self, block: u64, allocation: u64, offset: u64) -> (u64, u64, u32) {
        const PIECE: u64 = 1 << 31;
        if format::is_on_chip(allocation) {
            return (allocation ^ block << 16, 0, u32::MAX);
        }
        match self.allocations.get(&allocation) {
            Some(known) if allocation != 0 => {
                (allocation, 0, u32::try_from(known.bytes).unwrap_or(u32::MAX))
            }
            _ => ((1 << 63) | (offset / PIECE), offset / PIECE * PIECE, u32::MAX),
        }
    }
}

impl Trace {
    /// Reads a trace, as a traced program writes it to `TILESYNC_TRACE`.
    ///
    /// What is damaged or cut off somewhere is read up to there: see [`Trace::cut`].
    ///
    /// # Errors
    ///
    /// If it is no trace of this version, or cannot be read at all.
    pub fn read(mut from: impl Read) -> Result<Self, TraceError> {
        let mut head = [0; 8];
        let length = read_up_to(&mut from, &mut head)?;
        if length < head.len() || head[..MAGIC.len()] != *MAGIC {
            return Err(TraceError::NotATrace);
        }
        if head[7] != VERSION {
            return Err(TraceError::Version { found: head[7], known: VERSION });
        }
        let (mut launches, mut streams) = (Launches::default(), HashMap::new());
        let end = chunks(from, head.len() as u64, &mut launches, &mut streams);
        let mut open: Vec<_> = streams.into_iter().collect();
        open.sort_unstable_by_key(|&(number, _)| number);
        for (_, mut stream) in open {
            stream.finish(&mut launches, false);
        }
        Ok(Trace { launches, cut: end.err() })
    }

    /// Takes over the blocks of another trace of the same program: that of the other side of its kernels, compiled with
    /// `-D__DAV_CUBE__` or `-D__DAV_VEC__`.
    #[must_use]
    pub fn beside(mut self, other: Trace) -> Self {
        for (number, launch) in other.launches.launches {
            self.launches.launches.entry(number).or_default().blocks.extend(launch.blocks);
        }
        self.cut = self.cut.or(other.cut);
        self
    }

    /// Why the trace ends before the program did, if so: it is cut or damaged there. Blocks that were not done are not judged.
    #[must_use]
    pub fn cut(&self) -> Option<&TraceError> {
        self.cut.as_ref()
    }

    /// The chip that the kernel was compiled for.
    #[must_use]
    pub fn chip(&self) -> ChipId {
        self.launches.chip()
    }

    /// The kernels, in the order of their launches.
    pub fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.launches.launches.values().filter(|launch| !launch.blocks.is_empty())
    }
}

/// Reads chunk by chunk, each whole before anything is made of it.
fn chunks(
    mut from: impl Read,
    mut at: u64,
    launches: &mut Launches,
    streams: &mut HashMap<u64, Stream>,
) -> Result<(), TraceError> {
    let mut chunk = Vec::new();
    let mut ended = false;
    loop {
        let Some(stream) = number(&mut from, &mut at)? else {
            return if ended { Ok(()) } else { Err(TraceError::Cut { at }) };
        };
        let length = number(&mut from, &mut at)?.ok_or(TraceError::Cut { at })?;
        chunk.clear();
        let read = from.by_ref().take(length).read_to_end(&mut chunk)?;
        if (read as u64) < length {
            return Err(TraceError::Cut { at: at + read as u64 });
        }
        let mut records = Records::new(&chunk, at);
        while let Some(tag) = records.next()? {
            match tag {
                Tag::End => ended = true,
                Tag::Launch | Tag::Alloc | Tag::Free | Tag::Filled | Tag::About => {
                    launches.host(tag, &mut records)?;
                }
                _ => streams.entry(stream).or_default().record(tag, &mut records, launches)?,
            }
        }
        at += length;
    }
}

impl Launches {
    /// Takes one record of the host.
    fn host(&mut self, tag: Tag, from: &mut Records<'_>) -> Result<(), TraceError> {
        match tag {
            Tag::About => {
                let (chip, mode) = (from.number()?, from.number()?);
                from.number()?;
                self.side = match mode >> 1 {
                    1 => Some(Side::Cube),
                    2 => Some(Side::Vector),
                    _ => None,
                };
                self.chip = Some(if chip == 1 { ChipId::A5 } else { ChipId::A2A3 });
            }
            Tag::Launch => {
                let number = from.number()?;
                let name = from.text()?;
                from.number()?;
                self.launches.insert(number, Launch { name, blocks: Vec::new() });
            }
            Tag::Alloc => {
                let (number, bytes) = (from.number()?, from.number()?);
                self.allocations.insert(number, Allocation { bytes, filled: Vec::new() });
            }
            Tag::Filled => {
                let (number, start, bytes) = (from.number()?, from.number()?, from.number()?);
                if let Some(known) = self.allocations.get_mut(&number) {
                    known.filled.push((start, start.saturating_add(bytes)));
                }
            }
            _ => {
                from.number()?;
            }
        }
        Ok(())
    }
}

/// A number between chunks; nothing at the end of the file.
fn number(from: &mut impl Read, at: &mut u64) -> Result<Option<u64>, TraceError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        if read_up_to(from, &mut byte)? == 0 {
            return if shift == 0 { Ok(None) } else { Err(TraceError::Cut { at: *at }) };
        }
        *at += 1;
        number |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            return Ok(Some(number));
        }
    }
    Err(TraceError::Damaged { at: *at, what: "a number is too long" })
}

fn read_up_to(from: &mut impl Read, bytes: &mut [u8]) -> Result<usize, TraceError> {
    let mut length = 0;
    while length < bytes.len() {
        match from.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(length)
}
