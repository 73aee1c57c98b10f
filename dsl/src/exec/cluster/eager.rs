//! Clusters on the fast path.

use parking_lot::Mutex;

use super::record::{Recorded, Units};
use super::replay::replay;
use super::{Cluster, Hosts, bind, check, record, units};
use crate::exec::{Eager, LaunchError, blocks};
use crate::global::Args;

impl Eager {
    /// Runs `cluster` for each block of `grid`, with the arguments of its cube side and of its vector side.
    ///
    /// First the roles of all blocks are recorded and judged; then the blocks run, in parallel, the cores of a block in turns on one thread,
    /// each until it waits for another one. The results are the same bits on any number of threads.
    ///
    /// # Errors
    ///
    /// As [`launch`](Self::launch). Roles that would wait for each other ([`LaunchError::CyclicWait`]), and any other fault of a role, are
    /// found before anything runs.
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_cluster<'h, C: Cluster>(
        &self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Result<(), LaunchError> {
        let args: Hosts<'_, 'h, C> = (&cube, &vector);
        check::<C>(grid, args)?;
        let new_units = || units::<C>(grid);
        let record = |units: &mut Units, block| record(cluster, units, args, block);
        let run = |units: &mut Units, block: usize, recorded: &Recorded| {
            bind::<C>(units, args, block);
            replay(block, recorded, &mut units.cores)
        };
        if self.is_sequential() {
            let mut units = new_units();
            let recorded: Result<Vec<_>, _> =
                (0..grid).map(|block| record(&mut units, block)).collect();
            let mut blocks = recorded?.into_iter().enumerate();
            blocks.try_for_each(|(block, recorded)| run(&mut units, block, &recorded))?;
        } else {
            let recorded: Vec<_> = (0..grid).map(|_| Mutex::default()).collect();
            blocks::for_each(grid, new_units, |units, block| {
                *recorded[block].lock() = record(units, block)?;
                Ok::<_, LaunchError>(())
            })?;
            blocks::for_each(grid, new_units, |units, block| {
                run(units, block, &std::mem::take(&mut *recorded[block].lock()))
            })?;
        }
        Ok(())
    }
}
