//! A typed kernel as C++ of the PTO library, for the device.
//!
//! [`Emit`] is an executor as [`Eager`](crate::Eager) and [`Pipelined`](crate::Pipelined) are: the same kernel, the same arguments. It records
//! what each block issues, finds the loops again, makes one function of all blocks, and writes it as C++. Before it gives that out, it
//! expands it and compares it with what every block issued, instruction by instruction.
//!
//! What the kernel computes from its arguments is done when it is recorded: loops over shapes, branches on sizes, numbers. So the C++ is for
//! these shapes and this grid; other ones are another launch.

mod align;
mod calls;
mod error;
mod fields;
mod forms;
mod found;
mod growing;
mod images;
mod linear;
mod links;
mod loops;
mod names;
mod operands;
mod plan;
mod points;
mod question;
mod ring;
mod sizes;
mod structures;
mod summary;
mod symbols;
mod tensor;
#[cfg(test)]
mod tests;
mod types;
mod waits;
mod walk;
mod words;
mod write;

pub use error::EmitError;
pub use summary::Summary;

use found::Found;
use write::{File, Launch};

use crate::chip::{Chip, ChipId};
use crate::exec::{Cluster, Kernel, Phased, PlanChip};
use crate::global::Args;

/// Writes a kernel as C++ of the PTO library: see the [module](self).
///
/// ```
/// # use tilesync::prelude::*;
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
/// #[kernel]
/// fn double<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///     let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
///     let x = tmuls_assign(x, 2.0).record::<TStoreVec>();
///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
/// }
///
/// let (x, mut y) = ([0.0; 256], [0.0; 256]);
/// let x = GlobalTensor::new(&x, &[32, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 8])?;
/// let emitted = tilesync::Emit::new().launch(&double, 4, (x.parts(8, 8)?, out.parts(8, 8)?))?;
/// assert!(emitted.source().contains("TMULS(x, x, 2.0f);"));
/// println!("{}", emitted.summary());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Emit(());

/// The C++ of a launch.
#[derive(Clone, Debug)]
pub struct Emitted {
    name: String,
    source: String,
    summary: Summary,
}

impl Emitted {
    /// The kernel's name, which is that of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The source file: the kernel, and a function that launches it on a stream.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What was found and what the kernel takes.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// More blocks than this no launch on a device takes.
const MOST_BLOCKS: usize = 65_535;

impl Emit {
    /// For the chip of the kernel's plan.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes `kernel` for a launch of `grid` blocks with these arguments. Nothing is computed, and no output is written to.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch`](crate::Eager::launch); and [`EmitError`] says what cannot be written, and where.
    #[expect(clippy::needless_pass_by_value, reason = "as for the other executors")]
    pub fn launch<K: Kernel>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<Emitted, EmitError> {
        let chip = <PlanChip<K::Plan> as Chip>::ID;
        check(grid, chip)?;
        let found = Found::of(kernel, grid, &args, K::ARGS)?;
        written::<K>(chip, Launch::Kernel(&found))
    }

    /// Writes `cluster`, with the arguments of its cube side and of its vector side: a function for each side, which is compiled for its
    /// cores alone, and the kernel that calls the one of the core that it runs on. Memory for the messages of each FIFO is a further
    /// argument.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_cluster`](crate::Eager::launch_cluster); and [`EmitError`].
    #[expect(clippy::needless_pass_by_value, reason = "as for the other executors")]
    pub fn launch_cluster<'h, C: Cluster>(
        &self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Result<Emitted, EmitError> {
        let chip = <PlanChip<C::CubePlan> as Chip>::ID;
        check(grid, chip)?;
        let sides = Found::sides(cluster, grid, (&cube, &vector))?;
        written::<C>(chip, Launch::Cluster(&sides))
    }

    /// Writes a kernel in phases: a function for each phase, and the kernel that calls them one after another, with a SYNCALL between two.
    /// Where some phases use a cube core and others a vector core, each is compiled for its core alone.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_phases`](crate::Eager::launch_phases); and [`EmitError`].
    #[expect(clippy::needless_pass_by_value, reason = "as for the other executors")]
    pub fn launch_phases<K: Phased>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<Emitted, EmitError> {
        let (chip, phases) = Found::phases(kernel, grid, &args)?;
        written::<K>(chip, Launch::Phases(&phases, K::NAMES))
    }
}

fn check(grid: usize, chip: ChipId) -> Result<(), EmitError> {
    if grid > MOST_BLOCKS {
        return Err(EmitError::Blocks { blocks: grid, chip, most: MOST_BLOCKS });
    }
    Ok(())
}

/// What is written of kernel `K`, compared with what was issued.
fn written<K>(chip: ChipId, launch: Launch<'_>) -> Result<Emitted, EmitError> {
    let parts = launch.parts();
    parts.iter().try_for_each(|part| part.compare())?;
    let name = kernel_name::<K>();
    let source = File { name: &name, chip, launch }.source()?;
    let summary = Summary::new(&name, chip, &source, &parts);
    Ok(Emitted { name, source, summary })
}

/// The last part of the type's path, as C++ writes the name of a function.
fn kernel_name<K>() -> String {
    let path = std::any::type_name::<K>();
    let path = path.split('<').next().unwrap_or(path);
    let name = path.rsplit("::").next().unwrap_or(path);
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && snake.ends_with(|last: char| last != '_') {
            snake.push('_');
        }
        snake.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    snake
}
