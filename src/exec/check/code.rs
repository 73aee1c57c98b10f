//! The codes of findings.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Level {
    /// Right on every schedule of a device that counts flags, and often meant; worth a look.
    Warning,
    /// Wrong on some schedule of the device, or whatever the schedule.
    Error,
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Level::Warning => "warning",
            Level::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal $level:ident $title:literal;)*) => {
        /// What kind of fault a finding is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = include_str!(concat!("../../../docs/findings/", $code, ".md"))]
                #[cfg_attr(feature = "serde", serde(rename = $code))]
                $name,
            )*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The code as it is printed, as in `TS001`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// What it means, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// The page of the catalogue: what happened, what the device does then, how to repair it. Markdown, with examples.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Code::$name => include_str!(concat!("../../../docs/findings/", $code, ".md")),)*
                }
            }

            /// How bad it is.
            #[must_use]
            #[allow(clippy::match_same_arms, reason = "one arm a code")]
            pub const fn level(self) -> Level {
                match self { $(Code::$name => Level::$level,)* }
            }
        }
    };
}

codes! {
    ReadTooEarly = "TS001" Error "read before the write is done";
    OverwriteTooEarly = "TS002" Error "overwritten before the read is done";
    WriteRace = "TS003" Error "two writes in no fixed order";
    MissingBarrier = "TS004" Error "missing barrier on one pipe";
    WaitWithoutSet = "TS005" Error "wait that no set can satisfy";
    Deadlock = "TS006" Error "pipes wait for each other";
    FlagLeftRaised = "TS007" Error "flag left raised";
    SetWhileRaised = "TS008" Warning "flag set again while raised";
    IdOutOfRange = "TS009" Error "event id out of range";
    LibraryId = "TS010" Error "event id in use by a library op";
    SamePipeFlag = "TS011" Error "flag from a pipe to itself";
    NeverWritten = "TS012" Error "read of memory never written";
    OutOfRange = "TS013" Error "outside of its memory";
    Overlap = "TS014" Warning "tiles overlap";
    ForeignOperand = "TS015" Error "operand of another block";
    BlocksRace = "TS016" Error "two blocks race";
    GlobalNeverWritten = "TS017" Error "read of global memory never written";
    Unplaced = "TS018" Error "tile without an address";
    CoresRace = "TS019" Error "two cores race";
    CreditLeak = "TS020" Error "credits of a FIFO left over, or missing";
    CountMismatch = "TS021" Error "cores that do not count alike";
    FlagCollision = "TS022" Error "cross-core flag in use by another";
    IncompleteWait = "TS023" Error "wait for one of two cores";
    ParticipantMismatch = "TS024" Error "meeting that not all cores come to";
    NotVisible = "TS025" Error "data in a cache where others cannot see it";
    CyclicWait = "TS026" Error "cores wait for each other";
    SharedSource = "TS027" Error "one id of a pipe raised for two pipes";
}

impl Code {
    /// Whether it is about two ops of different pipes that nothing orders.
    pub(crate) fn is_race(self) -> bool {
        matches!(self, Code::ReadTooEarly | Code::OverwriteTooEarly | Code::WriteRace)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.id())
    }
}
