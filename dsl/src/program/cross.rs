//! Several cores: what a core's program says to the other cores of its cluster, and to all cores of the launch.

use super::{NOWHERE, Program};
use crate::chip::ChipId;
use crate::op::Pipe;

/// A core of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[doc(alias("AIC", "AIV"))]
pub enum Core {
    /// The cube core.
    Cube,
    /// The vector core with sub-block index 0.
    Vector0,
    /// The vector core with sub-block index 1.
    Vector1,
}

impl Core {
    /// All cores of a cluster.
    pub const ALL: [Core; 3] = [Core::Cube, Core::Vector0, Core::Vector1];

    /// Whether it is a vector core.
    #[must_use]
    pub const fn is_vector(self) -> bool {
        !matches!(self, Core::Cube)
    }

    /// The sub-block index of a vector core; 0 for the cube.
    #[must_use]
    #[doc(alias = "get_subblockid")]
    pub const fn sub_block(self) -> u8 {
        matches!(self, Core::Vector1) as u8
    }

    /// As schedules print it: `c`, `v0`, `v1`.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Core::Cube => "c",
            Core::Vector0 => "v0",
            Core::Vector1 => "v1",
        }
    }
}

impl std::fmt::Display for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Core::Cube => "cube",
            Core::Vector0 => "vector 0",
            Core::Vector1 => "vector 1",
        })
    }
}

/// Which way a FIFO goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[doc(alias("DIR_C2V", "DIR_V2C"))]
pub enum Direction {
    /// The cube core pushes, the vector cores pop.
    CubeToVector,
    /// The vector cores push, the cube core pops.
    VectorToCube,
}

/// A FIFO between the cube core and the vector cores of a cluster: PTO's `TPipe`, one direction of it.
///
/// The table of FIFOs is the same in the programs of all cores of a launch ([`Program::fifos`](super::Program::fifos)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "TPipe")]
pub struct Fifo {
    /// The field's name, as in `qk`.
    pub name: String,
    /// Who pushes, who pops.
    pub direction: Direction,
    /// How many messages it holds.
    pub slots: u32,
    /// Bytes of a slot.
    pub slot_bytes: u32,
    /// How many slots a credit stands for: [`Fifo::period_of`] where the library decides.
    pub period: u32,
    /// The id of the flag that says that a message is there.
    pub ready: u8,
    /// The id of the flag that gives slots back; PTO takes `ready + 1`.
    pub free: u8,
    /// Whether both vector cores are at its end, each with a part of every slot; otherwise vector 0 alone. On a2a3 the flags always
    /// concern all vector cores of the cluster.
    pub split: bool,
    /// The tensor in [`Program::globals`](super::Program::globals) that holds its slots one after another, the same number in every
    /// core's program. Each block has such memory of its own. Slots in on-chip memory of the consumer are listed so too.
    pub memory: u32,
    /// Whether its slots lie in on-chip memory of the consumer, as on a5 they may: in the unified buffer of each vector core, or in L1. The
    /// consumer's ops read them where they are, as the tiles that [`TileInfo::slot_of`](super::TileInfo::slot_of) names.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub direct: bool,
}

/// A slot of a FIFO, as a tile of the consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FifoSlot {
    /// The FIFO's index in the table.
    pub fifo: u32,
    /// Which of its slots.
    pub slot: u32,
}

impl Fifo {
    /// The period of PTO's `TPipe`: all slots where there are one or two, half of them otherwise.
    #[must_use]
    pub const fn period_of(slots: u32) -> u32 {
        if slots <= 2 { slots } else { slots / 2 }
    }

    /// Whether the producer waits for a credit before it writes message `message`.
    #[must_use]
    pub fn waits_for_credit(&self, message: u32) -> bool {
        message >= self.slots && message.checked_rem(self.period) == Some(0)
    }

    /// Whether the consumer gives a credit when it has read message `message`.
    #[must_use]
    pub fn gives_credit(&self, message: u32) -> bool {
        (u64::from(message) + 1).checked_rem(self.period.into()) == Some(0)
    }

    /// How many credits are left for the producer to drain when it has pushed `messages` of them, and the consumer has freed all.
    #[must_use]
    pub fn credits_left(&self, messages: u32) -> u32 {
        let Some(given) = messages.checked_div(self.period) else { return 0 };
        // Those that were waited for: the multiples of the period from the first at or above `slots` on.
        let first = self.slots.div_ceil(self.period).saturating_mul(self.period);
        let waited = messages.saturating_sub(first).div_ceil(self.period);
        given.saturating_sub(waited)
    }

    /// The pipe that a step stands on, as PTO's library puts it: the consumer loads from slots in global memory; those in its own it reads
    /// in the ops of its vector pipe, or moves on by MTE1.
    #[must_use]
    pub const fn pipe_of(&self, chip: ChipId, kind: Cross) -> Pipe {
        let producer = match self.direction {
            Direction::CubeToVector => Pipe::Fix,
            Direction::VectorToCube => Pipe::Mte3,
        };
        match (kind, chip) {
            (Cross::Push { .. }, _) | (Cross::Alloc { .. } | Cross::Drain { .. }, ChipId::A5) => {
                producer
            }
            (Cross::Free { .. }, _) | (Cross::Pop { .. }, ChipId::A5) if self.direct => {
                match self.direction {
                    Direction::CubeToVector => Pipe::V,
                    Direction::VectorToCube => Pipe::Mte1,
                }
            }
            (Cross::Free { .. }, _) | (Cross::Pop { .. }, ChipId::A5) => Pipe::Mte2,
            _ => Pipe::S,
        }
    }

    /// Whether `core` is at the end that pushes.
    #[must_use]
    pub const fn is_producer(&self, core: Core) -> bool {
        core.is_vector() == matches!(self.direction, Direction::VectorToCube)
    }
}

/// Which cores a set reaches, and which have to set before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum CrossMode {
    /// Mode 0 of `ffts_cross_core_sync`: all cores of this kind, in all blocks. When each of them has set the id, it is raised on all.
    AllCores,
    /// Mode 1: the vector cores of the cluster. When each of them has set the id, it is raised on all of them.
    SubCores,
    /// Mode 2: from the cube it is raised on each vector core; from the vector cores it is raised on the cube when all of them have set
    /// it.
    Cluster,
    /// a5's `set_intra_block`: of one vector core. The cube names vector 0's flags by 0 to 15 and vector 1's by 16 to 31; a vector core
    /// names its own by 0 to 15.
    Intra,
}

/// Which cores meet at a `SYNCALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[doc(alias = "SyncCoreType")]
pub enum Participants {
    /// The cube cores of all blocks.
    Cubes,
    /// The vector cores of all blocks.
    Vectors,
    /// All cores of all blocks.
    All,
}

impl Participants {
    /// Whether `core` is one of them. To a core that is none, `SYNCALL` is a barrier on its own pipes.
    #[must_use]
    pub const fn include(self, core: Core) -> bool {
        match self {
            Participants::Cubes => !core.is_vector(),
            Participants::Vectors => core.is_vector(),
            Participants::All => true,
        }
    }

    /// The flag ids that the library uses for it.
    #[must_use]
    pub const fn flag_ids(self) -> &'static [u8] {
        match self {
            Participants::Cubes => &[11],
            Participants::Vectors => &[14],
            Participants::All => &[11, 12, 13],
        }
    }
}

/// What an instruction says to other cores.
///
/// # The protocol
///
/// A cluster is one cube core and its vector cores (two; a5 and a2a3 alike). Each core has its own program, with its own tiles and its
/// own in-order pipes. Cores meet through *counters*: each core has one for each cross-core flag id. A [`Cross::Set`] is queued on a
/// pipe and raises counters of other cores once everything earlier on that pipe has completed; a [`Cross::Wait`] blocks its pipe
/// until a counter of its own core is above zero, and takes one off. On a2a3 every wait stands on [`Pipe::S`], which issues nothing
/// behind it until it has passed; on a5 it stands on the pipe that goes on after it.
///
/// A FIFO ([`Fifo`]) is a ring of slots and two such flags, *ready* and *free*. The n-th message, counted from 0, lies in slot
/// `n % slots`. The producer's [`Cross::Alloc`] waits for a free credit where [`Fifo::waits_for_credit`] says so; ops write the slot;
/// [`Cross::Push`] sets ready, in the order of the producer's pipe. The consumer's [`Cross::Pop`] waits for ready; ops read the
/// slot; [`Cross::Free`] sets free where [`Fifo::gives_credit`] says so, in the order of the consumer's pipe. At the end the
/// producer's [`Cross::Drain`] takes the [`Fifo::credits_left`]. Where both vector cores are at one end, each of them records every
/// step, and on a2a3 the two count as one: a set of theirs raises the cube's counter when both have set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[doc(alias("TPUSH", "TPOP", "TALLOC", "TFREE", "SYNCALL"))]
pub enum Cross {
    /// `ffts_cross_core_sync` on a2a3, `set_intra_block` on a5.
    Set {
        /// Whom it concerns.
        mode: CrossMode,
        /// The flag's id, 0 to 15; up to 31 for [`CrossMode::Intra`] from the cube.
        id: u8,
    },
    /// `wait_flag_dev` on a2a3, `wait_intra_block` on a5.
    Wait {
        /// The flag's id, as in [`Cross::Set`].
        id: u8,
    },
    /// The producer takes the slot of a message.
    Alloc {
        /// The FIFO's index in the table.
        fifo: u32,
        /// The message's number, from 0.
        message: u32,
    },
    /// The producer says that the message is there.
    Push {
        /// The FIFO's index in the table.
        fifo: u32,
        /// The message's number, from 0.
        message: u32,
    },
    /// The consumer waits for the message.
    Pop {
        /// The FIFO's index in the table.
        fifo: u32,
        /// The message's number, from 0.
        message: u32,
    },
    /// The consumer gives the message's slot back.
    Free {
        /// The FIFO's index in the table.
        fifo: u32,
        /// The message's number, from 0.
        message: u32,
    },
    /// The producer takes the credits that are left: what the destructor of PTO's `TPipe` does.
    Drain {
        /// The FIFO's index in the table.
        fifo: u32,
        /// How many credits.
        credits: u32,
    },
    /// Everything on this core completes, and all these cores meet. Says nothing about who sees whose data.
    SyncAll(Participants),
    /// `dcci`: writes back, and forgets, what the scalar pipe's cache holds of an operand, or all that it holds.
    #[doc(alias = "dcci")]
    Cache {
        /// The operand's index among the operands of the program; [`Cross::WHOLE_CACHE`] for everything.
        operand: u32,
    },
    /// `dsb`: later instructions of the scalar pipe wait for its earlier accesses to memory.
    #[doc(alias = "dsb")]
    Fence,
}

impl Cross {
    /// All of the scalar pipe's cache.
    pub const WHOLE_CACHE: u32 = NOWHERE;
}

impl Cross {
    /// The FIFO that it is a step of.
    #[must_use]
    pub const fn fifo(self) -> Option<u32> {
        match self {
            Cross::Alloc { fifo, .. }
            | Cross::Push { fifo, .. }
            | Cross::Pop { fifo, .. }
            | Cross::Free { fifo, .. }
            | Cross::Drain { fifo, .. } => Some(fifo),
            _ => None,
        }
    }

    /// Whether the pipe stops here until another core has done something, or its own memory has.
    #[doc(hidden)]
    pub fn blocks(self, fifos: &[Fifo]) -> bool {
        match self {
            Cross::Wait { .. } | Cross::Pop { .. } | Cross::SyncAll(_) | Cross::Fence => true,
            Cross::Drain { credits, .. } => credits > 0,
            Cross::Alloc { fifo, message } => {
                fifos.get(fifo as usize).is_some_and(|fifo| fifo.waits_for_credit(message))
            }
            Cross::Set { .. } | Cross::Push { .. } | Cross::Free { .. } | Cross::Cache { .. } => {
                false
            }
        }
    }
}

impl Program {
    /// What is said to other cores, as one writes it: `TPUSH(qk, 3)`, `ffts_cross_core_sync(PIPE_FIX, 2, 4)`.
    #[must_use]
    pub fn cross_text(&self, pipe: Pipe, cross: &Cross) -> String {
        let name = |fifo: u32| {
            self.fifos
                .get(fifo as usize)
                .map_or_else(|| format!("fifo {fifo}"), |fifo| fifo.name.clone())
        };
        match *cross {
            Cross::Set { mode: CrossMode::Intra, id } => format!("set_intra_block({pipe}, {id})"),
            Cross::Set { mode, id } => {
                format!("ffts_cross_core_sync({pipe}, mode {}, {id})", mode as u8)
            }
            Cross::Wait { id } if self.chip == ChipId::A2A3 => format!("wait_flag_dev({id})"),
            Cross::Wait { id } => format!("wait_intra_block({pipe}, {id})"),
            Cross::Alloc { fifo, message } => format!("TALLOC({}, {message})", name(fifo)),
            Cross::Push { fifo, message } => format!("TPUSH({}, {message})", name(fifo)),
            Cross::Pop { fifo, message } => format!("TPOP({}, {message})", name(fifo)),
            Cross::Free { fifo, message } => format!("TFREE({}, {message})", name(fifo)),
            Cross::Drain { fifo, credits } => format!("drain({}, {credits})", name(fifo)),
            Cross::SyncAll(Participants::All) => "SYNCALL".to_owned(),
            Cross::SyncAll(Participants::Cubes) => "SYNCALL<AICOnly>".to_owned(),
            Cross::SyncAll(Participants::Vectors) => "SYNCALL<AIVOnly>".to_owned(),
            Cross::Cache { .. } => "dcci".to_owned(),
            Cross::Fence => "dsb".to_owned(),
        }
    }
}
