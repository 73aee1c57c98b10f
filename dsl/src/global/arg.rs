//! What a launch passes to a kernel, and what the kernel gets of it.
//!
//! One file of some length, since every kind of argument is a few lines of the same trait.

use std::marker::PhantomData;

use super::part::{Cut, Part, Tensor};
use super::shape::Shape;
use super::{GlobalIn, GlobalInOut, GlobalMax, GlobalMin, GlobalOut, GlobalSum, Parts};
use crate::memory::{GlobalSlot, Pointer};
use crate::op::PipeType;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::{Dtype, Layout, RowMajor};
use crate::unit::Unit;

/// An argument of a kernel, as a family over the kernel's brand: `GlobalIn<'static, f32>` stands for `GlobalIn<'k, f32>`.
///
/// Numbers and `bool` pass through as they are. An array or a tuple of arguments is one, and so is a struct of them: see [`ArgStruct`].
///
/// The list is closed, since nobody else can name what its methods take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a kernel",
    label = "not a kernel argument",
    note = "a kernel takes `GlobalIn`, `GlobalOut`, numbers and `bool`; arrays and tuples of them; and structs of them, with `#[derive(Args)]`"
)]
pub trait Arg {
    /// How many tensors there are in it.
    #[doc(hidden)]
    const TENSORS: usize;

    /// What the kernel gets.
    type At<'k>;
    /// What the host passes.
    type Host<'h>: Sync;

    /// Adds its tensor, if it is one.
    #[doc(hidden)]
    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>);
    /// Adds what its tensors are called, each with the struct and the array that it is in: `input.x`, `x_0`. `fields` are the names of its
    /// parts, where they have any.
    #[doc(hidden)]
    fn names(name: &str, fields: &[&str], names: &mut Vec<String>);
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

/// A struct of arguments, for kernels that take many, or the same ones: what `#[derive(Args)]` implements.
///
/// Its fields are arguments, at most sixteen, with the struct's lifetime as their brand. The kernel gets the struct; the host passes a
/// tuple of the fields, in their order.
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Args)]
/// struct Scaled<'k> {
///     x: GlobalIn<'k, f32>,
///     factor: f32,
/// }
///
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
/// #[kernel]
/// fn scale<'k>(ub: Ub<'k>, input: Scaled<'k>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
///     let x = tload(ub.x, &input.x.tile(0, 0)).record::<TMulS>();
///     let x = tmuls_assign(x, input.factor).record::<TStoreVec>();
///     Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
/// }
///
/// # fn main() -> Result<(), LaunchError> {
/// let (x, mut y) = ([2.0; 64], [0.0; 64]);
/// let x = GlobalTensor::new(&x, &[8, 8])?;
/// let mut out = GlobalTensorMut::new(&mut y, &[8, 8])?;
/// Eager::new().launch(&scale, 1, ((x.whole(), 1.5), out.parts(8, 8)?))?;
/// assert_eq!(y, [3.0; 64]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a kernel",
    label = "not a kernel argument",
    note = "a kernel takes `GlobalIn`, `GlobalOut`, numbers and `bool`; arrays and tuples of them; and structs of them, with `#[derive(Args)]`"
)]
pub trait ArgStruct {
    /// The fields, at any brand: a tuple such as `(GlobalIn<'static, f32>, f32)`.
    type Fields: Arg;
    /// The struct, with the brand of a kernel invocation.
    type At<'k>;
    /// What the fields are called.
    const FIELDS: &'static [&'static str] = &[];

    /// Makes the struct of its fields.
    fn assemble<'k>(fields: <Self::Fields as Arg>::At<'k>) -> Self::At<'k>;
}

// Not `Sealed` as well: a struct of arguments could then pose as an op, an element type or a chip.
#[diagnostic::do_not_recommend]
impl<S: ArgStruct> Arg for S {
    const TENSORS: usize = S::Fields::TENSORS;

    type At<'k> = S::At<'k>;
    type Host<'h> = <S::Fields as Arg>::Host<'h>;

    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
        S::Fields::slots(host, slots);
    }

    fn names(name: &str, _: &[&str], names: &mut Vec<String>) {
        S::Fields::names(name, S::FIELDS, names);
    }

    fn bind<'k>(
        host: &Self::Host<'_>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k> {
        S::assemble(S::Fields::bind(host, unit, next, INNER))
    }

    fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
        S::Fields::parts(host, parts);
    }
}

#[diagnostic::do_not_recommend]
impl<A: Arg, const N: usize> Arg for [A; N] {
    const TENSORS: usize = A::TENSORS.saturating_mul(N);

    type At<'k> = [A::At<'k>; N];
    type Host<'h> = [A::Host<'h>; N];

    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
        for host in host {
            A::slots(host, slots);
        }
    }

    fn names(name: &str, _: &[&str], names: &mut Vec<String>) {
        for index in 0..N {
            A::names(&format!("{name}_{index}"), &[], names);
        }
    }

    fn bind<'k>(
        host: &Self::Host<'_>,
        unit: &'k Unit,
        next: &mut u16,
        _: NotForKernels,
    ) -> Self::At<'k> {
        host.each_ref().map(|host| A::bind(host, unit, next, INNER))
    }

    fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
        for host in host {
            A::parts(host, parts);
        }
    }
}

/// All arguments of a kernel: a tuple of up to sixteen.
///
/// There are at most 65,535 tensors in them, those in arrays and structs counted; with more, the build fails where the kernel is
/// launched:
///
/// ```compile_fail,E0080
/// # use tilesync::prelude::*;
/// # #[derive(Buffers)]
/// # struct Ub<'k> { x: VecTile<'k, f32, 8, 8> }
/// #[kernel]
/// fn many<'k>(ub: Ub<'k>, x: [[GlobalIn<'k, f32>; 256]; 256]) -> Retired<Ub<'k>> {
///     # let _ = &x;
///     Ub::retire(UbTokens { x: ub.x })
/// }
///
/// # let x = [1.0; 64];
/// # let x = GlobalTensor::new(&x, &[8, 8])?;
/// Eager::new().launch(&many, 1, ([[x.whole(); 256]; 256],))?;
/// # Ok::<_, LaunchError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "these cannot be the arguments of a kernel",
    label = "not a tuple of up to sixteen arguments",
    note = "put some of them into a struct with `#[derive(Args)]`, an array or a tuple"
)]
pub trait Args {
    /// How many tensors there are in them.
    #[doc(hidden)]
    const TENSORS: usize;
    /// What the kernel gets.
    type At<'k>;
    /// What the host passes.
    type Host<'h>: Sync;

    #[doc(hidden)]
    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>);
    /// What the tensors are called, of arguments with these names: see [`Arg::names`].
    #[doc(hidden)]
    fn names(args: &[&str], names: &mut Vec<String>);
    #[doc(hidden)]
    fn bind<'k>(
        host: &Self::Host<'_>,
        unit: &'k Unit,
        first: u16,
        _: NotForKernels,
    ) -> Self::At<'k>;
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

    /// Nothing is in it before the launch.
    pub(super) fn blank(mut self) -> Self {
        self.tensor.whole.blank = true;
        self
    }
}

/// A tensor that a kernel can have as an argument: whole, a part of it, or several.
pub trait TensorArg: Arg + Sealed {
    /// Whether blocks may share what they see of a tensor that is not cut.
    #[doc(hidden)]
    const SHARED: bool;
    /// Whether the kernel stores to it.
    #[doc(hidden)]
    const STORES: bool;
    /// What the host passes for it, at any lifetime: an [`InArg`], or an [`OutArg`].
    #[doc(hidden)]
    type Passed;

    #[doc(hidden)]
    fn tensor<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t>;
    #[doc(hidden)]
    fn host<'h>(tensor: Tensor<'h>, _: NotForKernels) -> Self::Host<'h>;
    #[doc(hidden)]
    fn view<'k>(unit: &'k Unit, arg: u16, part: Part, _: NotForKernels) -> Self::At<'k>;
}

macro_rules! tensor_args {
    ($($host:ident: $name:ident<$($generic:ident),*>, shared $shared:literal, stores $stores:literal;)*) => {$(
        impl<T: Dtype, L: Layout $(, $generic: PipeType)*> TensorArg for $name<'static, T, L $(, $generic)*> {
            const SHARED: bool = $shared;
            const STORES: bool = $stores;
            type Passed = $host<'static, T, L>;

            fn tensor<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t> {
                &host.tensor
            }

            fn host<'h>(tensor: Tensor<'h>, _: NotForKernels) -> Self::Host<'h> {
                $host { tensor, borrow: PhantomData }
            }

            #[inline(always)]
            fn view<'k>(unit: &'k Unit, arg: u16, part: Part, _: NotForKernels) -> Self::At<'k> {
                $name::new(unit, arg, part)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Dtype, L: Layout $(, $generic: PipeType)*> Arg for $name<'static, T, L $(, $generic)*> {
            const TENSORS: usize = 1;

            type At<'k> = $name<'k, T, L $(, $generic)*>;
            type Host<'h> = $host<'h, T, L>;

            fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
                slots.push(host.tensor.whole);
            }

            fn names(name: &str, _: &[&str], names: &mut Vec<String>) {
                names.push(name.to_owned());
            }

            fn bind<'k>(host: &Self::Host<'_>, unit: &'k Unit, next: &mut u16, inner: NotForKernels) -> Self::At<'k> {
                *next += 1;
                // What all blocks share, two vector cores share as well.
                let half = unit.half.filter(|_| !Self::SHARED || host.tensor.parts().is_some());
                Self::view(unit, *next - 1, host.tensor.share(unit.block, half), inner)
            }

            fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
                let whole = (!Self::SHARED).then_some(1);
                parts.extend(host.tensor.parts().or(whole));
            }
        }
    )*};
}

tensor_args! {
    InArg: GlobalIn<>, shared true, stores false;
    OutArg: GlobalOut<P>, shared false, stores true;
    OutArg: GlobalInOut<P>, shared false, stores true;
    OutArg: GlobalSum<P>, shared true, stores true;
    OutArg: GlobalMax<P>, shared true, stores true;
    OutArg: GlobalMin<P>, shared true, stores true;
}

#[diagnostic::do_not_recommend]
impl<X: TensorArg> Arg for Parts<X> {
    const TENSORS: usize = X::TENSORS;

    type At<'k> = Parts<X::At<'k>>;
    type Host<'h> = X::Host<'h>;

    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
        X::slots(host, slots);
    }

    fn names(name: &str, fields: &[&str], names: &mut Vec<String>) {
        X::names(name, fields, names);
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
        let half = unit.half.filter(|_| !X::SHARED || tensor.parts().is_some());
        let share = |index| X::view(unit, arg, tensor.share(index, half), INNER);
        Parts::new(own.map(share).collect())
    }

    /// Any number of blocks serves any number of parts.
    fn parts(_: &Self::Host<'_>, _: &mut Vec<usize>) {}
}

macro_rules! scalar_args {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Arg for $t {
            const TENSORS: usize = 0;

            type At<'k> = $t;
            type Host<'h> = $t;

            fn slots(_: &$t, _: &mut Vec<GlobalSlot>) {}

            fn names(_: &str, _: &[&str], _: &mut Vec<String>) {}

            fn bind(host: &$t, _: &Unit, _: &mut u16, _: NotForKernels) -> $t {
                *host
            }

            fn parts(_: &$t, _: &mut Vec<usize>) {}
        }
    )*};
}

scalar_args! { f32 half::f16 half::bf16 i8 i16 i32 i64 u8 u16 u32 u64 usize bool }

/// What a part of an argument is called.
fn part(name: &str, fields: &[&str], index: usize) -> String {
    match fields.get(index) {
        Some(field) => format!("{name}.{field}"),
        None => format!("{name}_{index}"),
    }
}

macro_rules! args {
    ($($name:ident $index:tt),*) => {
        #[allow(unused_variables, reason = "no argument uses none of them")]
        #[diagnostic::do_not_recommend]
        impl<$($name: Arg),*> Arg for ($($name,)*) {
            const TENSORS: usize = 0_usize $(.saturating_add($name::TENSORS))*;

            type At<'k> = ($($name::At<'k>,)*);
            type Host<'h> = ($($name::Host<'h>,)*);

            fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
                $($name::slots(&host.$index, slots);)*
            }

            fn names(name: &str, fields: &[&str], names: &mut Vec<String>) {
                $($name::names(&part(name, fields, $index), &[], names);)*
            }

            #[allow(clippy::unused_unit, reason = "no argument binds to ()")]
            fn bind<'k>(
                host: &Self::Host<'_>,
                unit: &'k Unit,
                next: &mut u16,
                _: NotForKernels,
            ) -> Self::At<'k> {
                ($($name::bind(&host.$index, unit, next, INNER),)*)
            }

            fn parts(host: &Self::Host<'_>, parts: &mut Vec<usize>) {
                $($name::parts(&host.$index, parts);)*
            }
        }

        impl<$($name: Arg),*> Args for ($($name,)*) {
            const TENSORS: usize = <Self as Arg>::TENSORS;

            // Not by way of `Arg`, lest what is no argument is said twice.
            type At<'k> = ($($name::At<'k>,)*);
            type Host<'h> = ($($name::Host<'h>,)*);

            fn slots(host: &<Self as Arg>::Host<'_>, slots: &mut Vec<GlobalSlot>) {
                <Self as Arg>::slots(host, slots);
            }

            fn names(args: &[&str], names: &mut Vec<String>) {
                <Self as Arg>::names("", args, names);
            }

            fn bind<'k>(
                host: &<Self as Arg>::Host<'_>,
                unit: &'k Unit,
                mut first: u16,
                _: NotForKernels,
            ) -> <Self as Arg>::At<'k> {
                <Self as Arg>::bind(host, unit, &mut first, INNER)
            }

            fn parts(host: &<Self as Arg>::Host<'_>, parts: &mut Vec<usize>) {
                <Self as Arg>::parts(host, parts);
            }
        }
    };
}

macro_rules! all_args {
    ($($done:ident $index:tt),* ;) => {
        args!($($done $index),*);
    };
    ($($done:ident $index:tt),* ; $next:ident $at:tt $(, $rest:ident $later:tt)*) => {
        args!($($done $index),*);
        all_args!($($done $index,)* $next $at ; $($rest $later),*);
    };
}

all_args!(; A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);
