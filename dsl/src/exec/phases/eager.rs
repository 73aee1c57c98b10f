//! Phases on the fast path: a launch each.

use super::{Nth, Phase, Phased, Sequence, Visit, check};
use crate::exec::{Eager, LaunchError};
use crate::global::{Args, ViewsOf};
use crate::sealed::INNER;

impl Eager {
    /// Runs `kernel` for each block of `grid`, phase after phase: within a phase blocks run in parallel, and the next one starts when all
    /// have ended.
    ///
    /// # Errors
    ///
    /// As [`launch`](Self::launch). On the device all blocks run at once, since they meet: more of them than the chip has cores are
    /// [`LaunchError::TooManyBlocks`], before anything runs. After a fault no later phase starts.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_phases<K: Phased>(
        &self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Result<(), LaunchError> {
        check::<K>(grid, &args)?;
        K::Phases::each(&mut InTurn { eager: self, kernel, grid, args: &args }, INNER)
    }
}

struct InTurn<'a, 'h, K: Phased> {
    eager: &'a Eager,
    kernel: &'a K,
    grid: usize,
    args: &'a <K::Args as Args>::Host<'h>,
}

impl<K: Phased> Visit<K> for InTurn<'_, '_, K> {
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>,
    {
        self.eager.launch(&Nth(self.kernel), self.grid, K::Views::host(self.args, INNER))
    }
}
