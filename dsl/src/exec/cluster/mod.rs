//! Clusters: what the two sides of one are, and what every executor does with them.

pub(super) mod cycle;
mod eager;
mod record;
mod replay;
mod slots;
mod unpushed;

pub use cycle::{CyclicWait, Shallow, Waits};
pub(super) use record::{bind, check, launched, record, units};

use super::kernel::{PlanAt, PlanChip};
use crate::cluster::{Fifos, FifosAt, OnCube, OnVector, Split};
use crate::event::Retired;
use crate::global::Args;
use crate::tile::Buffers;
use crate::unit::Core;

/// A kernel of several cores: a cube core and its vector cores work on a block together.
///
/// `#[cluster]` on an `impl` block with the three functions implements it:
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct L1<'k> {
///     a: MatTile<'k, f16, 32, 32>,
///     left: LeftTile<'k, f16, 32, 32>,
///     right: RightTile<'k, f16, 32, 32>,
///     acc: AccTile<'k, f32, 32, 32>,
/// }
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: VecTile<'k, f32, 16, 32>,
/// }
///
/// #[derive(Fifos)]
/// struct Links<'k, R> {
///     squares: C2V<'k, R, usize, f32, 32, 32, 2>,
/// }
///
/// /// `y = a * a + 1`, tile by tile.
/// struct SquarePlusOne { tiles: usize }
///
/// #[cluster]
/// impl SquarePlusOne {
///     fn schedule(&self, _block: usize) -> Vec<usize> {
///         (0..self.tiles).collect()
///     }
///
///     fn cube<'k>(l1: L1<'k>, links: Links<'k, OnCube>, a: GlobalIn<'k, f16>) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
///         let mut squares = links.squares;
///         let (mut a_free, mut acc_free) = (l1.a.prime::<Mte1, TLoad>(), l1.acc.prime::<TStoreAcc, TMatmul>());
///         let mut factors = l1.left.prime::<TMatmul, Mte1>().join(l1.right.prime());
///         let squares = loop {
///             match squares.next() {
///                 Next::End(end) => break end,
///                 Next::Step(tile) => {
///                     let x = tload(a_free, &a.tile(*tile, 0)).record::<Mte1>();
///                     let (left, right) = factors.split();
///                     let left = tmov(left, &x).on::<Mte1>();
///                     let (left, right) = left.join(tmov(right, &x).on::<Mte1>()).record::<TMatmul>().split();
///                     a_free = x.release();
///                     let acc = tmatmul(acc_free, &left, &right).record::<TStoreAcc>();
///                     factors = left.join(right).release();
///                     let stored;
///                     (stored, squares) = tpush(tile, acc);
///                     acc_free = stored.release();
///                 }
///             }
///         };
///         let (left, right) = factors.split();
///         L1::retire(L1Tokens { a: a_free, left, right, acc: acc_free }).and(Links::retire(LinksTokens { squares }))
///     }
///
///     fn vector<'k>(ub: Ub<'k>, links: Links<'k, OnVector>, y: GlobalOut<'k, f32>) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
///         let mut squares = links.squares;
///         let mut free = ub.x.prime::<TStoreVec, TLoad>();
///         let squares = loop {
///             match squares.next() {
///                 Next::End(end) => break end,
///                 Next::Step(step) => {
///                     let tile = *step;
///                     let loaded;
///                     (loaded, squares) = tpop(step, free);
///                     let sum = tadds_assign(loaded.record::<TAddS>(), 1.0);
///                     free = tstore(&y.tile(0, tile), sum.record::<TStoreVec>()).release();
///                 }
///             }
///         };
///         Ub::retire(UbTokens { x: free }).and(Links::retire(LinksTokens { squares }))
///     }
/// }
///
/// # fn main() -> Result<(), LaunchError> {
/// let (a, mut y) = (vec![f16::from_f32(0.5); 64 * 32], vec![0.0; 32 * 64]);
/// let a = GlobalTensor::new(&a, &[64, 32])?.whole();
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 64])?;
/// Eager::new().launch_cluster(&SquarePlusOne { tiles: 2 }, 1, (a,), (out.whole(),))?;
/// assert_eq!(y, [9.0; 32 * 64]);
/// # Ok(())
/// # }
/// ```
///
/// The two sides share nothing but their FIFOs. A tensor is an argument of one side; of a part of it that the vector side gets, each vector
/// core gets its half, as of a message.
#[diagnostic::on_unimplemented(
    message = "this is not a cluster",
    label = "not a kernel of several cores",
    note = "write `#[cluster]` above an `impl` block with three functions: `schedule`, `cube` and `vector`"
)]
pub trait Cluster: Sync {
    /// How the vector cores share a block.
    type Split: Split;
    /// The FIFOs, at any brand, on the cube side: `Links<'static, OnCube>`.
    type Fifos: Fifos<'static, Role = OnCube>;
    /// The plan of the cube core.
    type CubePlan: Buffers<'static>;
    /// The plan of each vector core.
    type VectorPlan: Buffers<'static>;
    /// The arguments of the cube side, at any brand.
    type CubeArgs: Args;
    /// The arguments of the vector side, at any brand.
    type VectorArgs: Args;
    /// The names of the cube side's arguments, in order, where they are known: what C++ that is made of the cluster calls them.
    const CUBE_ARGS: &'static [&'static str] = &[];
    /// The names of the vector side's.
    const VECTOR_ARGS: &'static [&'static str] = &[];

    /// The steps of a block. It is asked once for each block, before the roles start.
    fn schedule(&self, block: usize) -> Vec<StepOf<Self>>;

    /// Runs the cube side of one block. Must return its plan and its FIFOs, retired.
    fn cube<'k>(
        &self,
        core: Core<'k, PlanChip<Self::CubePlan>>,
        plan: PlanAt<'k, Self::CubePlan>,
        fifos: FifosAt<'k, Self::Fifos, OnCube>,
        args: <Self::CubeArgs as Args>::At<'k>,
    ) -> Retired<(PlanAt<'k, Self::CubePlan>, FifosAt<'k, Self::Fifos, OnCube>)>;

    /// Runs the vector side of one block, on one vector core. Must return its plan and its FIFOs, retired.
    fn vector<'k>(
        &self,
        core: Core<'k, PlanChip<Self::VectorPlan>>,
        plan: PlanAt<'k, Self::VectorPlan>,
        fifos: FifosAt<'k, Self::Fifos, OnVector>,
        args: <Self::VectorArgs as Args>::At<'k>,
    ) -> Retired<(PlanAt<'k, Self::VectorPlan>, FifosAt<'k, Self::Fifos, OnVector>)>;
}

/// A step of the schedule of cluster `C`.
pub type StepOf<C> = <<C as Cluster>::Fifos as Fifos<'static>>::Step;

/// What the host passes to the two sides of cluster `C`.
pub(super) type Hosts<'a, 'h, C> = (
    &'a <<C as Cluster>::CubeArgs as Args>::Host<'h>,
    &'a <<C as Cluster>::VectorArgs as Args>::Host<'h>,
);
