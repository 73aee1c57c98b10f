//! The codes of findings.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Level {
    /// Legal, and often meant; worth a look.
    Warning,
    /// Wrong on some schedule.
    Error,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal $level:ident $title:literal;)*) => {
        /// What kind of fault a finding is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* #[cfg_attr(feature = "serde", serde(rename = $code))] $name,)*
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
    /// An op reads what another pipe may not have written yet.
    ReadTooEarly = "TS001" Error "read before the write is done";
    /// An op overwrites what another pipe may still be reading.
    OverwriteTooEarly = "TS002" Error "overwritten before the read is done";
    /// Two pipes write one place in no fixed order.
    WriteRace = "TS003" Error "two writes in no fixed order";
    /// Two dependent ops of one pipe whose chip needs a barrier between them.
    MissingBarrier = "TS004" Error "missing barrier on one pipe";
    /// A wait that no set is left for.
    WaitWithoutSet = "TS005" Error "wait that no set can satisfy";
    /// Pipes that wait for each other in a circle.
    Deadlock = "TS006" Error "pipes wait for each other";
    /// A flag that is set and never waited on.
    FlagLeftRaised = "TS007" Error "flag left raised";
    /// A flag that is set while it may still be raised.
    SetWhileRaised = "TS008" Error "flag set again while raised";
    /// An event id that the device does not have.
    IdOutOfRange = "TS009" Error "event id out of range";
    /// A flag that may be raised while a library body uses the same id.
    LibraryId = "TS010" Error "event id in use by a library op";
    /// A flag from a pipe to itself.
    SamePipeFlag = "TS011" Error "flag from a pipe to itself";
    /// An op reads on-chip memory that nothing has written.
    NeverWritten = "TS012" Error "read of memory never written";
    /// A tile or a region that sticks out of its memory.
    OutOfRange = "TS013" Error "outside of its memory";
    /// Two tiles that share bytes.
    Overlap = "TS014" Warning "tiles overlap";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.id())
    }
}
