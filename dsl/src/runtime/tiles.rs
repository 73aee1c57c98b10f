//! Tile kernels on streams.

use std::sync::Arc;

use super::error::{Error, Returned};
use super::in_flight::InFlight;
use super::scope::Scope;
use super::stream::Stream;
use super::tensor::DeviceTensor;
use crate::exec::{Eager, Kernel};
use crate::global::{
    Arg, Args, GlobalError, GlobalIn, GlobalInOut, GlobalMax, GlobalMin, GlobalOut, GlobalSum,
    Parts, TensorArg,
};
use crate::op::PipeType;
use crate::tile::{Dtype, Layout};

crate::event::no_operand!([] super::event::Event);

/// What a stream can own and pass for argument `A` of a tile kernel.
///
/// For a `GlobalIn` that is a [`DeviceTensor`], or an [`Arc`] of one that several launches read; for a
/// `GlobalOut`, a `GlobalInOut` or a `GlobalSum` a [`DeviceTensor`]; numbers and `bool` are themselves.
#[diagnostic::on_unimplemented(
    message = "a launch cannot pass `{Self}` for a kernel argument `{A}`",
    label = "not what the kernel takes",
    note = "pass a `DeviceTensor` of the same element type and layout for a tensor, and a number of \
            the same type for a number; `Scope::launch_tiles` takes borrowed tensors"
)]
pub trait TileArg<A: Arg>: Send + 'static {
    /// Lends it to one launch.
    ///
    /// # Errors
    ///
    /// If its shape does not suit it.
    fn lend(&mut self) -> Result<A::Host<'_>, GlobalError>;
}

/// What a stream can own and pass for all arguments of a tile kernel: a tuple of [`TileArg`]s.
#[diagnostic::on_unimplemented(
    message = "a launch cannot pass `{Self}` to this kernel",
    label = "not the arguments of the kernel",
    note = "pass a tuple with one value for each argument of the kernel: a `DeviceTensor` for a \
            tensor, a number for a number"
)]
pub trait TileArgs<A: Args>: Send + 'static {
    /// Lends them to one launch.
    ///
    /// # Errors
    ///
    /// If the shape of one does not suit it.
    fn lend(&mut self) -> Result<A::Host<'_>, GlobalError>;
}

impl<T: Dtype, L: Layout> TileArg<GlobalIn<'static, T, L>> for DeviceTensor<T, L> {
    fn lend(&mut self) -> Result<<GlobalIn<'static, T, L> as Arg>::Host<'_>, GlobalError> {
        self.input()
    }
}

impl<T: Dtype, L: Layout> TileArg<GlobalIn<'static, T, L>> for Arc<DeviceTensor<T, L>> {
    fn lend(&mut self) -> Result<<GlobalIn<'static, T, L> as Arg>::Host<'_>, GlobalError> {
        self.input()
    }
}

macro_rules! outputs {
    ($($name:ident)*) => {$(
        impl<T: Dtype, L: Layout, P: PipeType> TileArg<$name<'static, T, L, P>> for DeviceTensor<T, L> {
            fn lend(&mut self) -> Result<<$name<'static, T, L, P> as Arg>::Host<'_>, GlobalError> {
                self.output()
            }
        }
    )*};
}

outputs! { GlobalOut GlobalInOut GlobalSum GlobalMax GlobalMin }

impl<X: TensorArg, D: TileArg<X>> TileArg<Parts<X>> for D {
    fn lend(&mut self) -> Result<X::Host<'_>, GlobalError> {
        TileArg::<X>::lend(self)
    }
}

macro_rules! scalars {
    ($($t:ty)*) => {$(
        impl TileArg<$t> for $t {
            fn lend(&mut self) -> Result<$t, GlobalError> {
                Ok(*self)
            }
        }
    )*};
}

scalars! { f32 half::f16 half::bf16 i8 i16 i32 i64 u8 u16 u32 u64 usize bool }

macro_rules! tuples {
    ($(($($arg:ident $own:ident $index:tt),*))*) => {$(
        impl<$($arg: Arg, $own: TileArg<$arg>),*> TileArgs<($($arg,)*)> for ($($own,)*) {
            #[allow(clippy::unused_unit, reason = "no arguments lend ()")]
            fn lend(&mut self) -> Result<<($($arg,)*) as Args>::Host<'_>, GlobalError> {
                Ok(($(self.$index.lend()?,)*))
            }
        }
    )*};
}

tuples! {
    ()
    (A X 0)
    (A X 0, B Y 1)
    (A X 0, B Y 1, C Z 2)
    (A X 0, B Y 1, C Z 2, D W 3)
    (A X 0, B Y 1, C Z 2, D W 3, E V 4)
    (A X 0, B Y 1, C Z 2, D W 3, E V 4, F U 5)
    (A X 0, B Y 1, C Z 2, D W 3, E V 4, F U 5, G T 6)
    (A X 0, B Y 1, C Z 2, D W 3, E V 4, F U 5, G T 6, H S 7)
}

impl Stream {
    /// Queues a tile kernel, run by [`Eager`] for each of `blocks` blocks. The stream owns the arguments
    /// until the kernel is done, and gives them back: nothing can be freed or touched meanwhile.
    ///
    /// A kernel that `#[kernel]` made is a value without data, so that `&name` lives for ever. One with
    /// data of its own goes in a closure: [`launch_with`](Stream::launch_with).
    ///
    /// ```
    /// use tilesync::prelude::*;
    /// use tilesync::runtime::{self, Device, DeviceBuffer, DeviceTensor};
    ///
    /// #[derive(Buffers)]
    /// struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
    ///
    /// #[kernel]
    /// fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    ///     let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    ///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    /// }
    ///
    /// let device = Device::current();
    /// let stream = runtime::Stream::new(device);
    /// let [x, y] = [1.0, 0.0].map(|value| DeviceBuffer::filled(device, 32 * 8, value));
    /// let x = DeviceTensor::new(x?, &[32, 8])?.in_parts(8, 8)?;
    /// let y = DeviceTensor::new(y?, &[32, 8])?.in_parts(8, 8)?;
    /// let (x, y) = stream.launch_tiles(&copy, 4, (x, y))?.synchronize()?;
    /// assert_eq!(**x, **y);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Borrowed tensors could end while the kernel runs, and are refused: lend them in a
    /// [`scope`](super::scope()).
    ///
    /// ```compile_fail,E0277
    /// # use tilesync::prelude::*;
    /// # use tilesync::runtime::{self, Device};
    /// # #[derive(Buffers)]
    /// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
    /// # #[kernel]
    /// # fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    /// #     let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    /// #     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    /// # }
    /// # let stream = runtime::Stream::new(Device::current());
    /// let (input, mut output) = (vec![1.0; 64], vec![0.0; 64]);
    /// let x = GlobalTensor::new(&input, &[8, 8])?;
    /// let mut y = GlobalTensorMut::new(&mut output, &[8, 8])?;
    /// stream.launch_tiles(&copy, 1, (x.whole(), y.whole()))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`launch`](Stream::launch), and gives the arguments back. What stops the kernel itself, a
    /// grid that does not match the parts included, is a [`LaunchError`](crate::LaunchError) in the
    /// [`Error::KernelFailed`] of the stream.
    pub fn launch_tiles<K: Kernel, A: TileArgs<K::Args>>(
        &self,
        kernel: &'static K,
        blocks: usize,
        args: A,
    ) -> Result<InFlight<A>, Returned<A>> {
        self.launch_with(args, move |args| Eager::new().launch(kernel, blocks, args.lend()?))
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a tile kernel, run by [`Eager`] for each of `blocks` blocks, on tensors that live longer
    /// than the scope.
    ///
    /// ```
    /// use tilesync::prelude::*;
    /// use tilesync::runtime::{self, Device};
    ///
    /// #[derive(Buffers)]
    /// struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
    ///
    /// #[kernel]
    /// fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    ///     let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    ///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    /// }
    ///
    /// let stream = runtime::Stream::new(Device::current());
    /// let (input, mut output) = (vec![1.0; 64], vec![0.0; 64]);
    /// let x = GlobalTensor::new(&input, &[8, 8])?;
    /// let mut y = GlobalTensorMut::new(&mut output, &[8, 8])?;
    /// runtime::scope(|scope| scope.launch_tiles(&stream, &copy, 1, (x.whole(), y.whole())))?;
    /// assert_eq!(input, output);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// An output that one launch writes can be used by nobody else until the scope ends:
    ///
    /// ```compile_fail,E0499
    /// # use tilesync::prelude::*;
    /// # use tilesync::runtime::{self, Device};
    /// # #[derive(Buffers)]
    /// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
    /// # #[kernel]
    /// # fn copy<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    /// #     let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    /// #     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    /// # }
    /// # let streams = [(); 2].map(|()| runtime::Stream::new(Device::current()));
    /// # let (input, mut output) = (vec![1.0; 64], vec![0.0; 64]);
    /// # let x = GlobalTensor::new(&input, &[8, 8])?;
    /// # let mut y = GlobalTensorMut::new(&mut output, &[8, 8])?;
    /// runtime::scope(|scope| {
    ///     scope.launch_tiles(&streams[0], &copy, 1, (x.whole(), y.whole()))?;
    ///     scope.launch_tiles(&streams[1], &copy, 1, (x.whole(), y.whole())) // `y` is in flight
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Stream::launch`]. What stops the kernel itself comes out of the scope, as a
    /// [`LaunchError`](crate::LaunchError) in an [`Error::KernelFailed`].
    pub fn launch_tiles<K: Kernel>(
        &'scope self,
        stream: &Stream,
        kernel: &'scope K,
        blocks: usize,
        args: <K::Args as Args>::Host<'scope>,
    ) -> Result<(), Error>
    where
        <K::Args as Args>::Host<'scope>: Send + 'scope,
    {
        self.launch(stream, move || Eager::new().launch(kernel, blocks, args))
    }
}
