//! The parts of a tensor that one block works through.

/// The parts of a tensor that a block owns, where there may be more parts than blocks: block `b` of `n` has the parts `b`, `b + n`,
/// `b + 2 n`, and so on.
///
/// The host passes the tensor cut into parts, as it would for one part a block, and launches as many blocks as it likes. `X` is what
/// the kernel sees of each part.
///
/// ```
/// # use tilesync::prelude::*;
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     a: VecTile<'k, f32, 8, 8>,
/// }
///
/// #[kernel]
/// fn copy<'k>(
///     ub: Ub<'k>,
///     x: Parts<GlobalIn<'k, f32>>,
///     y: Parts<GlobalOut<'k, f32>>,
/// ) -> Retired<Ub<'k>> {
///     let mut free = ub.a.prime::<TStoreVec, TLoad>();
///     for (x, y) in x.strided().zip(y.strided()) {
///         let a = tload(free, &x.tile(0, 0)).record::<TStoreVec>();
///         free = tstore(&y.tile(0, 0), a).release::<TLoad>();
///     }
///     Ub::retire(UbTokens { a: free })
/// }
///
/// let (x, mut y) = ([1.0_f32; 5 * 64], [0.0_f32; 5 * 64]);
/// let x = GlobalTensor::new(&x, &[40, 8])?.parts(8, 8)?;
/// let mut out = GlobalTensorMut::new(&mut y, &[40, 8])?;
/// Eager::new().launch(&copy, 2, (x, out.parts(8, 8)?))?; // 5 parts on 2 blocks
/// assert_eq!(y, [1.0; 5 * 64]);
/// # Ok::<(), LaunchError>(())
/// ```
#[derive(Debug)]
#[must_use = "the block owns these parts"]
pub struct Parts<X>(Vec<X>);

impl<X> Parts<X> {
    pub(super) fn new(parts: Vec<X>) -> Self {
        Parts(parts)
    }

    /// The block's parts, one after the other. [`part`](super::Global::part) and [`origin`](super::Global::origin) say of each where it
    /// lies.
    pub fn strided(self) -> impl ExactSizeIterator<Item = X> {
        self.0.into_iter()
    }
}
