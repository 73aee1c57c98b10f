//! What a chip's instructions cost: numbers, each with the source that it is from.

mod ops;
mod parse;

use std::collections::BTreeMap;

pub use ops::VectorCost;
pub use parse::ProfileError;

use crate::chip::ChipId;

/// A table that a profile is read from.
const A2A3: &str = include_str!("a2a3.tsv");
const A5: &str = include_str!("a5.tsv");

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// What instructions cost on a chip, in cycles and bytes a cycle.
        ///
        /// [`Profile::a2a3`] and [`Profile::a5`] are built in; [`Profile::parse`] reads one of your own, which is a table of the same form.
        /// Each number has a source: [`Profile::source`].
        #[derive(Clone, Debug)]
        pub struct Profile {
            /// The chip that it is of.
            pub chip: ChipId,
            $($(#[$doc])* pub $name: f64,)*
            /// Ops of the vector pipe, by PTO's name and element type.
            vector: BTreeMap<String, VectorCost>,
            sources: BTreeMap<String, String>,
        }

        impl Profile {
            /// The names of the numbers that a profile has, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            fn empty(chip: ChipId) -> Self {
                Profile { chip, $($name: f64::NAN,)* vector: BTreeMap::new(), sources: BTreeMap::new() }
            }

            /// The number of that name, to be changed.
            pub fn number_mut(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

numbers! {
    /// MHz.
    clock;
    /// Cores with a matrix pipe.
    cube_cores;
    /// Cores with a vector pipe.
    vector_cores;
    /// Microseconds of a launch that are not the kernel's, as a profiler counts a task.
    launch;
    /// Microseconds of a launch among many that follow each other.
    launch_queued;
    /// Cycles of the scalar pipe for each instruction that it issues.
    issue;
    /// Cycles that setting a flag, or passing one that is up, takes on its pipe.
    flag;
    /// Cycles from a flag's set to its being seen on the other pipe.
    token;
    /// Cycles from a flag's set to its being seen on another core.
    cross_token;
    /// Cycles that a barrier takes on its pipe.
    barrier;
    /// Cycles of a product before its first step.
    cube_start;
    /// Cycles of 16 x 16 x 32 bytes of a product.
    cube_step;
    /// The same for f32.
    cube_step_f32;
    /// Cycles before what is moved from L1 to L0 comes.
    l1_start;
    /// Bytes a cycle from L1 to L0A.
    l1_l0a;
    /// The same where the fractals change their order.
    l1_l0a_reorder;
    /// Bytes a cycle from L1 to L0B.
    l1_l0b;
    /// Bytes a cycle from L1 to the bias table and the scales.
    l1_table;
    /// Cycles before what is loaded into L1 comes.
    gm_l1_start;
    /// Bytes a cycle of a core from global memory to L1.
    gm_l1;
    /// Cycles before what is loaded into UB comes.
    gm_ub_start;
    /// Bytes a cycle of a core from global memory to UB.
    gm_ub;
    /// Cycles before what is stored from UB or L1 is on its way.
    ub_gm_start;
    /// Bytes a cycle of a core from UB or L1 to global memory.
    ub_gm;
    /// Cycles before an accumulator is drained.
    fix_start;
    /// Bytes a cycle out of the accumulator to global memory.
    fix_gm;
    /// Bytes a cycle out of the accumulator to another tile.
    fix_tile;
    /// Bytes a cycle that the chip's L2 gives all cores together, or takes from them.
    l2;
    /// What a byte that is stored weighs there, beside one that is loaded.
    l2_store;
    /// What a byte that is stored to a FIFO's slot, or loaded from there, weighs.
    l2_fifo;
    /// Bytes a cycle that the memory behind L2 gives all cores together, of what is not hidden behind L2: for what no core has loaded
    /// before.
    hbm;
    /// Bytes that a repeat of the vector pipe works on.
    repeat;
    /// Cycles of the vector pipe before its first repeat, for an op that the table does not list.
    vector_start;
    /// Cycles a repeat, for an op that the table does not list.
    vector_repeat;
    /// Cycles before the first repeat where each block of eight f32 becomes one, in TROWSUM, TROWMAX and TROWMIN.
    group_start;
    /// Cycles a repeat there.
    group_repeat;
    /// Cycles a row, where a tile's rows do not lie in one run.
    vector_row;
    /// Cycles a repeat there, beyond those where they do.
    vector_row_repeat;
    /// 1 where an op of two operands takes a repeat for each row that is shorter than one, 0 where rows that follow each other are one run.
    short_rows;
    /// Cycles of a run of a copy inside of UB, beside one for each 32 bytes.
    copy_run;
}

impl Profile {
    /// Ascend 910B and 910C.
    #[must_use]
    pub fn a2a3() -> Self {
        Self::built_in(A2A3)
    }

    /// Ascend 950. Its vector ops are measured; of the other pipes little is known, and the numbers are those of a2a3.
    #[must_use]
    pub fn a5() -> Self {
        Self::built_in(A5)
    }

    /// The built-in profile of a chip.
    #[must_use]
    pub fn of(chip: ChipId) -> Self {
        match chip {
            ChipId::A2A3 => Self::a2a3(),
            ChipId::A5 => Self::a5(),
        }
    }

    fn built_in(table: &str) -> Self {
        // A test reads both.
        Self::parse(table).unwrap_or_else(|_| Self::empty(ChipId::A2A3))
    }

    /// Reads a profile: a line a number, with name, value, unit and source, tabs between them. The first line is `chip` and its name.
    ///
    /// # Errors
    ///
    /// Where a line is not of that form, a name is not one of [`Profile::NAMES`] or an op, or a number is missing: the error names the
    /// line and the field.
    pub fn parse(table: &str) -> Result<Self, ProfileError> {
        parse::parse(table)
    }

    /// Where a number is from.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&str> {
        self.sources.get(name).map(String::as_str)
    }

    /// Microseconds of so many cycles.
    #[must_use]
    pub fn microseconds(&self, cycles: f64) -> f64 {
        cycles / self.clock
    }
}
