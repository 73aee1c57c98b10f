//! The fast path: ops run as they are issued, in program order; blocks run in parallel.

use super::blocks;
use super::kernel::Kernel;
use super::launch::{LaunchError, bind, check, run, unit, usage};
use crate::global::Args;
use crate::unit::{Keep, Mode};

/// Runs each op when it is called. Nothing is recorded; a token is nothing but its tile. A whole tile that lies in one piece in
/// a large input is not copied when it is loaded, but read where it lies until an op changes it; nor is a tile in fractals, or a
/// window that is cut from one: the product reads the lines of the input.
///
/// Blocks run in parallel on the current rayon pool: `pool.install(|| Eager::new().launch(..))` chooses another one. The
/// results are the same bits on any number of threads, and the same as those of [`Pipelined`](crate::Pipelined).
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
/// let (x, mut y) = ([1.5; 256], [0.0; 256]);
/// let x = GlobalTensor::new(&x, &[32, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[32, 8])?;
/// Eager::new().launch(&double, 4, (x.parts(8, 8)?, out.parts(8, 8)?))?; // four blocks
/// assert_eq!(y, [3.0; 256]);
/// # Ok::<(), LaunchError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Eager {
    sequential: bool,
}

impl Eager {
    /// Blocks in parallel.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Blocks one after the other, on the caller's thread.
    #[must_use]
    pub fn sequential() -> Self {
        Eager { sequential: true }
    }

    pub(super) fn is_sequential(self) -> bool {
        self.sequential
    }

    /// Runs `kernel` for each block of `grid`.
    ///
    /// # Errors
    ///
    /// If the grid is 0 or does not match the arguments' parts, nothing runs. If a kernel is stopped by a
    /// [`Fault`](crate::Fault) (a panic in it included), blocks that have not started yet are left out, and what other
    /// blocks have stored stays stored.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch<K: Kernel>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<(), LaunchError> {
        check::<K>(grid, &args)?;
        let mode = if usage::<K::Plan>().may_exhaust_ids() { Mode::Counted } else { Mode::Inline };
        let new_unit = || unit::<K::Plan>(grid);
        let run_block = |unit: &mut _, block| {
            bind::<K>(unit, &args, block, mode, Keep::Nothing);
            run(kernel, unit, &args)
        };
        if self.sequential {
            let mut unit = new_unit();
            (0..grid).try_for_each(|block| run_block(&mut unit, block))?;
        } else {
            blocks::for_each(grid, new_unit, run_block)?;
        }
        Ok(())
    }
}
