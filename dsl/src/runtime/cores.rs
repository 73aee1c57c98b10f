//! Kernels of several cores, and kernels in phases, on streams.

use super::error::{Error, Returned};
use super::in_flight::InFlight;
use super::scope::Scope;
use super::stream::Stream;
use super::tiles::TileArgs;
use crate::exec::{Cluster, Eager, Phased};
use crate::global::Args;

impl Stream {
    /// Queues a cluster, run by [`Eager::launch_cluster`] for each of `blocks` blocks. The stream owns the arguments of both sides until
    /// it is done, and gives them back, as [`launch_tiles`](Stream::launch_tiles) does.
    ///
    /// # Errors
    ///
    /// As for [`launch`](Stream::launch), and gives the arguments back. What stops the cluster itself, sides that would wait for each other
    /// included, is a [`LaunchError`](crate::LaunchError) in the [`Error::KernelFailed`] of the stream.
    pub fn launch_cluster<C, A, V>(
        &self,
        cluster: C,
        blocks: usize,
        cube: A,
        vector: V,
    ) -> Result<InFlight<(A, V)>, Returned<(A, V)>>
    where
        C: Cluster + Send + 'static,
        A: TileArgs<C::CubeArgs>,
        V: TileArgs<C::VectorArgs>,
    {
        self.launch_with((cube, vector), move |(cube, vector)| {
            Eager::new().launch_cluster(&cluster, blocks, cube.lend()?, vector.lend()?)
        })
    }

    /// Queues a kernel in phases, run by [`Eager::launch_phases`] for each of `blocks` blocks, as
    /// [`launch_cluster`](Stream::launch_cluster). What one phase leaves for the next is a [`DeviceTensor`](super::DeviceTensor), too.
    ///
    /// ```
    /// use tilesync::prelude::*;
    /// use tilesync::runtime::{self, Device, DeviceBuffer, DeviceTensor};
    ///
    /// #[derive(Buffers)]
    /// struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
    ///
    /// /// Each block stores the part of the next one.
    /// struct Shift;
    ///
    /// #[phases]
    /// impl Shift {
    ///     fn store<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    ///         let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    ///         Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    ///     }
    ///
    ///     fn load<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    ///         let x = tload(ub.x, &seen.tile((y.part().0 + 1) % 4, 0)).record::<TStoreVec>();
    ///         Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    ///     }
    /// }
    ///
    /// let device = Device::current();
    /// let stream = runtime::Stream::new(device);
    /// let tensor = |data: Vec<f32>| DeviceTensor::<f32>::new(DeviceBuffer::new(device, data), &[32, 8])?.in_parts(8, 8);
    /// let x = tensor((0..256).map(|i| i as f32).collect())?;
    /// let (seen, y) = (tensor(vec![0.0; 256])?, tensor(vec![0.0; 256])?);
    /// let (x, _, y) = stream.launch_phases(Shift, 4, (x, seen, y))?.synchronize()?;
    /// assert_eq!((y[0], y[192]), (x[64], x[0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`launch_cluster`](Stream::launch_cluster); more blocks than meet are one, too.
    pub fn launch_phases<K, A>(
        &self,
        kernel: K,
        blocks: usize,
        args: A,
    ) -> Result<InFlight<A>, Returned<A>>
    where
        K: Phased + Send + 'static,
        A: TileArgs<K::Args>,
    {
        self.launch_with(args, move |args| {
            Eager::new().launch_phases(&kernel, blocks, args.lend()?)
        })
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a cluster on tensors that live longer than the scope, as [`launch_tiles`](Scope::launch_tiles).
    ///
    /// # Errors
    ///
    /// As for [`launch_tiles`](Scope::launch_tiles).
    pub fn launch_cluster<C: Cluster>(
        &'scope self,
        stream: &Stream,
        cluster: &'scope C,
        blocks: usize,
        cube: <C::CubeArgs as Args>::Host<'scope>,
        vector: <C::VectorArgs as Args>::Host<'scope>,
    ) -> Result<(), Error>
    where
        <C::CubeArgs as Args>::Host<'scope>: Send + 'scope,
        <C::VectorArgs as Args>::Host<'scope>: Send + 'scope,
    {
        self.launch(stream, move || Eager::new().launch_cluster(cluster, blocks, cube, vector))
    }

    /// Queues a kernel in phases on tensors that live longer than the scope, as [`launch_tiles`](Scope::launch_tiles).
    ///
    /// # Errors
    ///
    /// As for [`launch_tiles`](Scope::launch_tiles).
    pub fn launch_phases<K: Phased>(
        &'scope self,
        stream: &Stream,
        kernel: &'scope K,
        blocks: usize,
        args: <K::Args as Args>::Host<'scope>,
    ) -> Result<(), Error>
    where
        <K::Args as Args>::Host<'scope>: Send + 'scope,
    {
        self.launch(stream, move || Eager::new().launch_phases(kernel, blocks, args))
    }
}
