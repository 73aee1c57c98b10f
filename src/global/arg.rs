//! What a launch passes to a kernel, and what the kernel gets of it.

use std::marker::PhantomData;

use super::part::{Cut, Part, Tensor};
use super::shape::Shape;
use super::{GlobalIn, GlobalInOut, GlobalOut, GlobalSum, Parts};
use crate::issue::Unit;
use crate::issue::memory::{GlobalSlot, Pointer};
use crate::op::PipeType;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{Dtype, Layout, RowMajor};

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

    /// Adds its tensor, if it is one.
    #[doc(hidden)]
    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>);
    /// The view of the unit's block; tensors take the next of the unit's slots.
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
    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>);
    #[doc(hidden)]
    fn bind<'k>(host: &Self::Host<'_>, unit: &'k Unit, _: NotForKernels) -> Self::At<'k>;
    #[doc(hidden)]
    fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>);
}

/// An input, whole or in parts: see [`GlobalTensor::whole`](super::GlobalTensor::whole).
#[derive(Debug)]
pub struct InArg<'h, T, L = RowMajor> {
    tensor: Tensor<'h>,
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
    tensor: Tensor<'h>,
    borrow: PhantomData<(&'h mut [T], fn() -> L)>,
}

impl<'h, T: Dtype, L: Layout> InArg<'h, T, L> {
    pub(super) fn new(data: &'h [T], shape: &Shape, cut: Cut<'h>) -> Self {
        let memory = (Pointer::to(data), data.len());
        let tensor = Tensor::new(memory, T::ID, shape.axes(L::ID), cut, false);
        InArg { tensor, borrow: PhantomData }
    }
}

impl<'h, T: Dtype, L: Layout> OutArg<'h, T, L> {
    pub(super) fn new(data: &'h mut [T], shape: &Shape, cut: Cut<'h>) -> Self {
        let len = data.len();
        let memory = (Pointer::to_mut(data), len);
        let tensor = Tensor::new(memory, T::ID, shape.axes(L::ID), cut, true);
        OutArg { tensor, borrow: PhantomData }
    }
}

/// A tensor that a kernel can have as an argument: whole, a part of it, or several.
pub trait TensorArg: Arg {
    /// Whether blocks may share what they see of a tensor that is not cut.
    #[doc(hidden)]
    const SHARED: bool;

    #[doc(hidden)]
    fn tensor<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t>;
    #[doc(hidden)]
    fn view<'k>(unit: &'k Unit, arg: u16, part: Part, _: NotForKernels) -> Self::At<'k>;
}

macro_rules! tensor_args {
    ($($host:ident: $name:ident<$($generic:ident),*>, shared $shared:literal;)*) => {$(
        impl<T: Dtype, L: Layout $(, $generic: PipeType)*> TensorArg for $name<'static, T, L $(, $generic)*> {
            const SHARED: bool = $shared;

            fn tensor<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t> {
                &host.tensor
            }

            #[inline(always)]
            fn view<'k>(unit: &'k Unit, arg: u16, part: Part, _: NotForKernels) -> Self::At<'k> {
                $name::new(unit, arg, part)
            }
        }

        impl<T: Dtype, L: Layout $(, $generic: PipeType)*> Arg for $name<'static, T, L $(, $generic)*> {
            type At<'k> = $name<'k, T, L $(, $generic)*>;
            type Host<'h> = $host<'h, T, L>;

            fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
                slots.push(host.tensor.whole);
            }

            fn bind<'k>(host: &Self::Host<'_>, unit: &'k Unit, next: &mut u16, inner: NotForKernels) -> Self::At<'k> {
                *next += 1;
                Self::view(unit, *next - 1, host.tensor.part(unit.block), inner)
            }

            fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
                let whole = (!Self::SHARED).then_some(1);
                parts.extend(host.tensor.parts().or(whole));
            }
        }
    )*};
}

tensor_args! {
    InArg: GlobalIn<>, shared true;
    OutArg: GlobalOut<P>, shared false;
    OutArg: GlobalInOut<P>, shared false;
    OutArg: GlobalSum<P>, shared true;
}

impl<X: TensorArg> Sealed for Parts<X> {}
impl<X: TensorArg> Arg for Parts<X> {
    type At<'k> = Parts<X::At<'k>>;
    type Host<'h> = X::Host<'h>;

    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
        X::slots(host, slots);
    }

    fn bind<'k>(
        host: &Self::Host<'_>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k> {
        *next += 1;
        let (arg, tensor) = (*next - 1, X::tensor(host));
        let own = (unit.block..tensor.parts().unwrap_or(1)).step_by(unit.blocks);
        Parts::new(own.map(|index| X::view(unit, arg, tensor.part(index), INNER)).collect())
    }

    /// Any number of blocks serves any number of parts.
    fn parts(_: &Self::Host<'_>, _: &mut Vec<usize>) {}
}

macro_rules! scalar_args {
    ($($t:ty)*) => {$(
        impl Arg for $t {
            type At<'k> = $t;
            type Host<'h> = $t;

            fn slots(_: &$t, _: &mut Vec<GlobalSlot>) {}

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

            fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
                $($name::slots(&host.$index, slots);)*
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
