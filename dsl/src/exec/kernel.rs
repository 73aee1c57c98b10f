//! What a kernel is.

use crate::event::Retired;
use crate::global::Args;
use crate::tile::{Buffers, PlanPart};
use crate::unit::Core;

/// A kernel: what runs once for each block of a grid.
///
/// `#[kernel]` on a function makes a unit struct of its name that implements this. By hand:
///
/// ```
/// use tilesync::prelude::*;
///
/// type Pair<'k> = (VecTile<'k, f32, 8, 8>, VecTile<'k, f32, 8, 8>);
///
/// #[derive(Buffers)]
/// struct Ub<'k> { a: VecTile<'k, f32, 8, 8> }
///
/// struct Copy;
///
/// impl Kernel for Copy {
///     type Plan = Ub<'static>;
///     type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);
///
///     fn run<'k>(
///         &self,
///         _: Core<'k>,
///         ub: Ub<'k>,
///         (x, y): (GlobalIn<'k, f32>, GlobalOut<'k, f32>),
///     ) -> Retired<Ub<'k>> {
///         let a = tload(ub.a, &x.tile(0, 0)).record::<TStoreVec>();
///         Ub::retire(UbTokens { a: tstore(&y.tile(0, 0), a) })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "this is not a kernel",
    label = "not a kernel",
    note = "write `#[kernel]` above the function: `#[kernel] fn name<'k>(ub: Ub<'k>, ..) -> Retired<Ub<'k>>`"
)]
pub trait Kernel: Sync {
    /// The plan, at any brand: `Ub<'static>`.
    type Plan: Buffers<'static>;
    /// The arguments, at any brand: a tuple such as `(GlobalIn<'static, f32>, u32)`.
    type Args: Args;
    /// The arguments' names, in order, where they are known: what C++ that is made of the kernel calls them.
    const ARGS: &'static [&'static str] = &[];

    /// Runs one block. Must return the whole plan, retired; there is no other way to make that value.
    fn run<'k>(
        &self,
        core: Core<'k, PlanChip<Self::Plan>>,
        plan: PlanAt<'k, Self::Plan>,
        args: <Self::Args as Args>::At<'k>,
    ) -> Retired<PlanAt<'k, Self::Plan>>;
}

/// Plan `P` in the kernel invocation `'k`.
pub type PlanAt<'k, P> = <P as Buffers<'static>>::At<'k>;

/// The chip of plan `P`.
pub type PlanChip<P> = <<PlanAt<'static, P> as Buffers<'static>>::Parts as PlanPart<'static>>::Chip;
