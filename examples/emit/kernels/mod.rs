//! The kernels of the other examples, each with arguments to launch it with.
#![allow(dead_code, unused_imports, reason = "not all is used wherever it is included")]

mod cores;
mod cube;
mod vector;

use std::error::Error;

pub(crate) use cube::PIXELS;
use tilesync::emit::{Emit, EmitError, Emitted};
use tilesync::exec::{Cluster, Kernel, Phased};
use tilesync::global::Args;
use tilesync::tile::Dtype;
pub(crate) use vector::segment_sum_of;

/// What is done with a kernel and its arguments.
pub(crate) trait Launch {
    type Output;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output;

    fn launch_cluster<'h, C: Cluster>(
        self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Self::Output;

    fn launch_phases<K: Phased>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output;
}

/// Writes the kernel.
pub(crate) struct Write;

impl Launch for Write {
    type Output = Result<Emitted, EmitError>;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Emit::new().launch(kernel, grid, args)
    }

    fn launch_cluster<'h, C: Cluster>(
        self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Self::Output {
        Emit::new().launch_cluster(cluster, grid, cube, vector)
    }

    fn launch_phases<K: Phased>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Emit::new().launch_phases(kernel, grid, args)
    }
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Enough for all that is in the kernel to happen.
    Small,
    /// As in earnest.
    Full,
    /// As in earnest, and twice as long in each of a block's loops, in kernels that loop over sizes.
    Long,
}

impl Size {
    fn pick<T>(self, small: T, full: T) -> T {
        match self {
            Size::Small => small,
            Size::Full | Size::Long => full,
        }
    }

    /// How often a block does what it does in earnest.
    fn times(self) -> usize {
        if self == Size::Long { 2 } else { 1 }
    }
}

/// What the elements of a tensor are in memory.
pub(crate) trait Bytes {
    fn bytes(&self) -> Vec<u8>;
}

impl<T: Dtype> Bytes for Vec<T> {
    fn bytes(&self) -> Vec<u8> {
        let element = |x: &T| x.to_bits().to_le_bytes().into_iter().take(size_of::<T>());
        self.iter().flat_map(element).collect()
    }
}

/// Is shown the tensors after the launch, in the order of the kernel's arguments.
pub(crate) type Look<'l> = &'l mut dyn FnMut(&[&dyn Bytes]);

type Launched<L> = Result<<L as Launch>::Output, Box<dyn Error>>;

/// Numbers between -1 and 1, the same ones every time.
fn draw(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.f32() * 2.0 - 1.0).collect()
}

macro_rules! kernels {
    ($($file:ident: $($name:ident)* $(, not written: $($refused:ident)*)?;)*) => {
        /// The examples with a kernel that is written as C++.
        pub(crate) const NAMES: &[&str] = &[$($(stringify!($name),)*)*];

        /// Launches the kernel of an example, and shows its tensors.
        pub(crate) fn launch_and_look<L: Launch>(
            name: &str,
            size: Size,
            with: L,
            look: Look<'_>,
        ) -> Launched<L> {
            match name {
                $($(stringify!($name) => $file::$name(size, with, look),)*)*
                $($($(stringify!($refused) => $file::$refused(size, with, look),)*)?)*
                _ => {
                    let names = NAMES.join(", ");
                    Err(format!("there is no kernel in an example `{name}`; there are: {names}").into())
                }
            }
        }
    };
}

kernels! {
    vector: vec_add double_buffer softmax tails layernorm rmsnorm swiglu shared_read rotary topk embedding segment_sum,
        not written: csr_gather;
    cube: gemm gemm_bias_relu gemm_i8 gemm_mxfp8 gemm_dynamic_quant attention_one_core conv2d;
    cores: attention attention_causal gemm_dequant gemm_weights_a5 split_k split_k_in_memory;
}

/// Launches the kernel of an example.
pub(crate) fn launch<L: Launch>(name: &str, size: Size, with: L) -> Launched<L> {
    launch_and_look(name, size, with, &mut |_| {})
}
