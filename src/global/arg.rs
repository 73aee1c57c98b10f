//! What a launch passes to a kernel, and what the kernel gets of it.

use std::marker::PhantomData;

use super::shape::Shape;
use super::{Global, GlobalIn, GlobalOut};
use crate::issue::Unit;
use crate::issue::memory::{Axis, GlobalSlot, Pointer};
use crate::op::PipeType;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{Dtype, DtypeId, Layout, RowMajor};

/// An argument of a kernel, as a family over the kernel's brand: `GlobalIn<'static, f32>` stands for `GlobalIn<'k, f32>`.
///
/// Numbers and `bool` pass through as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a kernel",
    label = "not a kernel argument",
    note = "a kernel takes `GlobalIn`, `GlobalOut`, numbers and `bool`"
)]
pub trait Arg: Sealed {
    /// What the kernel gets.
    type At<'k>;
    /// What the host passes.
    type Host<'h>: Sync;

    /// Adds what the kernel sees of it in `block`.
    #[doc(hidden)]
    fn slots(host: &Self::Host<'_>, block: usize, slots: &mut Vec<GlobalSlot>);
    /// The kernel's view; tensors take the next of the unit's slots.
    #[doc(hidden)]
    fn bind<'k>(
        host: &Self::Host<'_>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k>;
    /// Adds the number of its parts, where it is cut.
    #[doc(hidden)]
    fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>);
}

/// All arguments of a kernel: a tuple of up to eight.
pub trait Args: Sealed {
    /// What the kernel gets.
    type At<'k>;
    /// What the host passes.
    type Host<'h>: Sync;

    #[doc(hidden)]
    fn slots(host: &Self::Host<'_>, block: usize, slots: &mut Vec<GlobalSlot>);
    #[doc(hidden)]
    fn bind<'k>(host: &Self::Host<'_>, unit: &'k Unit, _: NotForKernels) -> Self::At<'k>;
    #[doc(hidden)]
    fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>);
}

/// A tensor as the host passes it: its memory, its axes, and how it is cut.
#[derive(Clone, Copy, Debug)]
struct Tensor {
    /// All of it.
    whole: GlobalSlot,
    /// Rows and columns of a part.
    part: Option<(usize, usize)>,
    /// How many parts there are, down and across; one for a whole tensor.
    grid: (usize, usize),
}

/// An input, whole or in parts: see [`GlobalTensor::whole`](super::GlobalTensor::whole).
#[derive(Debug)]
pub struct InArg<'h, T, L = RowMajor> {
    tensor: Tensor,
    borrow: PhantomData<(&'h [T], fn() -> L)>,
}

impl<T, L> Clone for InArg<'_, T, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L> Copy for InArg<'_, T, L> {}

/// An output, whole or in parts: see [`GlobalTensorMut::parts`](super::GlobalTensorMut::parts).
#[derive(Debug)]
pub struct OutArg<'h, T, L = RowMajor> {
    tensor: Tensor,
    borrow: PhantomData<(&'h mut [T], fn() -> L)>,
}

impl Tensor {
    fn new(
        data: Pointer,
        len: usize,
        dtype: DtypeId,
        (rows, cols): (Axis, Axis),
        part: Option<(usize, usize)>,
        writable: bool,
    ) -> Self {
        let extent = (rows.extent(), cols.extent());
        let grid =
            part.map_or((1, 1), |part| (extent.0.div_ceil(part.0), extent.1.div_ceil(part.1)));
        Tensor { whole: GlobalSlot { data, len, dtype, rows, cols, extent, writable }, part, grid }
    }

    /// What `block` sees.
    fn slot(&self, block: usize) -> GlobalSlot {
        let mut slot = self.whole;
        if let Some((rows, cols)) = self.part {
            slot.rows.start = block / self.grid.1 * rows;
            slot.cols.start = block % self.grid.1 * cols;
            slot.extent.0 = rows.min(slot.extent.0 - slot.rows.start);
            slot.extent.1 = cols.min(slot.extent.1 - slot.cols.start);
        }
        slot
    }
}

impl<'h, T: Dtype, L: Layout> InArg<'h, T, L> {
    pub(super) fn new(data: &'h [T], shape: &Shape, part: Option<(usize, usize)>) -> Self {
        let axes = shape.axes(L::ID);
        let tensor = Tensor::new(Pointer::to(data), data.len(), T::ID, axes, part, false);
        InArg { tensor, borrow: PhantomData }
    }
}

impl<'h, T: Dtype, L: Layout> OutArg<'h, T, L> {
    pub(super) fn new(data: &'h mut [T], shape: &Shape, part: Option<(usize, usize)>) -> Self {
        let axes = shape.axes(L::ID);
        let len = data.len();
        let tensor = Tensor::new(Pointer::to_mut(data), len, T::ID, axes, part, true);
        OutArg { tensor, borrow: PhantomData }
    }
}

/// The next tensor argument's view.
fn next_global<'k, T, A, L>(unit: &'k Unit, next: &mut u16) -> Global<'k, T, A, L> {
    let (rows, cols) = unit.memory.globals[usize::from(*next)].extent;
    *next += 1;
    Global::new(unit, *next - 1, rows, cols)
}

impl<T: Dtype, L: Layout> Sealed for GlobalIn<'static, T, L> {}
impl<T: Dtype, L: Layout> Arg for GlobalIn<'static, T, L> {
    type At<'k> = GlobalIn<'k, T, L>;
    type Host<'h> = InArg<'h, T, L>;

    fn slots(host: &InArg<'_, T, L>, block: usize, slots: &mut Vec<GlobalSlot>) {
        slots.push(host.tensor.slot(block));
    }

    fn bind<'k>(
        _: &InArg<'_, T, L>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k> {
        next_global(unit, next)
    }

    fn parts(host: &InArg<'_, T, L>, parts: &mut Vec<usize>) {
        if host.tensor.part.is_some() {
            let (down, across) = host.tensor.grid;
            parts.push(down * across);
        }
    }
}

impl<T: Dtype, L: Layout, P: PipeType> Sealed for GlobalOut<'static, T, L, P> {}
impl<T: Dtype, L: Layout, P: PipeType> Arg for GlobalOut<'static, T, L, P> {
    type At<'k> = GlobalOut<'k, T, L, P>;
    type Host<'h> = OutArg<'h, T, L>;

    fn slots(host: &OutArg<'_, T, L>, block: usize, slots: &mut Vec<GlobalSlot>) {
        slots.push(host.tensor.slot(block));
    }

    fn bind<'k>(
        _: &OutArg<'_, T, L>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k> {
        next_global(unit, next)
    }

    fn parts(host: &OutArg<'_, T, L>, parts: &mut Vec<usize>) {
        let (down, across) = host.tensor.grid;
        parts.push(down * across);
    }
}

macro_rules! scalar_args {
    ($($t:ty)*) => {$(
        impl Arg for $t {
            type At<'k> = $t;
            type Host<'h> = $t;

            fn slots(_: &$t, _: usize, _: &mut Vec<GlobalSlot>) {}

            fn bind(host: &$t, _: &Unit, _: &mut u16, _: NotForKernels) -> $t {
                *host
            }

            fn parts(_: &$t, _: &mut Vec<usize>) {}
        }
    )*};
}

scalar_args! { f32 half::f16 half::bf16 i8 i16 i32 i64 u8 u16 u32 u64 usize bool }

impl Sealed for usize {}
impl Sealed for bool {}

macro_rules! args {
    ($($name:ident $index:tt),*) => {
        #[allow(unused_variables, unused_mut, reason = "no argument uses none of them")]
        impl<$($name: Arg),*> Args for ($($name,)*) {
            type At<'k> = ($($name::At<'k>,)*);
            type Host<'h> = ($($name::Host<'h>,)*);

            fn slots(host: &Self::Host<'_>, block: usize, slots: &mut Vec<GlobalSlot>) {
                $($name::slots(&host.$index, block, slots);)*
            }

            #[allow(clippy::unused_unit, reason = "no argument binds to ()")]
            fn bind<'k>(host: &Self::Host<'_>, unit: &'k Unit, _: NotForKernels) -> Self::At<'k> {
                let mut next = 0;
                ($($name::bind(&host.$index, unit, &mut next, INNER),)*)
            }

            fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
                $($name::parts(&host.$index, parts);)*
            }
        }
    };
}

macro_rules! sealed_tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name),*> Sealed for ($($name,)*) {}
    )*};
}

// Pairs are sealed as payloads already.
sealed_tuples! { () (A) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }

args!();
args!(A 0);
args!(A 0, B 1);
args!(A 0, B 1, C 2);
args!(A 0, B 1, C 2, D 3);
args!(A 0, B 1, C 2, D 3, E 4);
args!(A 0, B 1, C 2, D 3, E 4, F 5);
args!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
args!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
