//! What each phase of a kernel sees of the kernel's arguments.

use std::marker::PhantomData;

use super::arg::{Arg, ArgStruct, Args, InArg, OutArg, TensorArg};
use super::part::Tensor;
use super::{GlobalIn, GlobalInOut, GlobalMax, GlobalMin, GlobalOut, GlobalSum, Parts};
use crate::memory::GlobalSlot;
use crate::op::PipeType;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{Dtype, Layout};
use crate::unit::Unit;

/// What a phase of a kernel sees of argument `X` of the kernel: see [`Phased`](crate::exec::Phased).
///
/// A tensor is seen as each phase names it. What the host passes with [`parts`](super::GlobalTensorMut::parts) is cut for the phase that has
/// it as its blocks' own, [`GlobalOut`] or [`GlobalInOut`]; where another phase shares it, as [`GlobalIn`] or [`GlobalSum`], that phase sees all of
/// it. Numbers, arrays, tuples and structs are the same in all phases; what a phase does not name is [`Elsewhere`].
///
/// # Why it holds
///
/// **Invariant.** Within a phase, the views of a tensor by all blocks are what one launch would give: one kind for all blocks, of memory
/// that the host has borrowed to the launch, exclusively where a phase stores to it.
///
/// **Established by** this list: of one argument a phase has one view, and one that stores is only made of an [`OutArg`].
///
/// **Kept because** all blocks meet between two phases, and a view has the brand of one phase.
#[diagnostic::on_unimplemented(
    message = "another phase sees this argument as `{X}`, and no phase can see that as `{Self}`",
    label = "an argument of this name is another one in another phase",
    note = "an argument of one name is one argument: a tensor has its element type and its layout in all phases, and a number its type; give it another name if it is another one"
)]
pub trait ViewOf<X: Arg>: Arg {
    /// What the host would pass for this view.
    #[doc(hidden)]
    fn host<'h>(host: &'h X::Host<'_>, _: NotForKernels) -> Self::Host<'h>;
}

/// What a phase of a kernel sees of all arguments of the kernel, `A`: a [`ViewOf`] each.
#[diagnostic::on_unimplemented(
    message = "this phase does not see the kernel's arguments",
    label = "not one view for each argument",
    note = "each phase has a view of each argument, and `Elsewhere` of one that it does not use: `#[phases]` writes them"
)]
pub trait ViewsOf<A: Args>: Args {
    /// What the host would pass to a launch of this phase alone.
    #[doc(hidden)]
    fn host<'h>(host: &'h A::Host<'_>, _: NotForKernels) -> Self::Host<'h>;
}

/// An argument that this phase does not see: others do.
#[derive(Debug)]
pub struct Elsewhere<X>(PhantomData<fn() -> X>);

/// Tensors keep their numbers in all phases.
#[diagnostic::do_not_recommend]
impl<X: Arg> Arg for Elsewhere<X> {
    const TENSORS: usize = X::TENSORS;

    type At<'k> = Elsewhere<X>;
    type Host<'h> = Vec<GlobalSlot>;

    fn slots(host: &Self::Host<'_>, slots: &mut Vec<GlobalSlot>) {
        slots.extend(host);
    }

    fn names(name: &str, fields: &[&str], names: &mut Vec<String>) {
        X::names(name, fields, names);
    }

    fn bind<'k>(_: &Self::Host<'_>, _: &'k Unit, next: &mut u16, _: NotForKernels) -> Self::At<'k> {
        *next += X::TENSORS as u16;
        Elsewhere(PhantomData)
    }

    fn parts(_: &Self::Host<'_>, _: &mut Vec<usize>) {}
}

#[diagnostic::do_not_recommend]
impl<X: Arg> ViewOf<X> for Elsewhere<X> {
    fn host<'h>(host: &'h X::Host<'_>, _: NotForKernels) -> Self::Host<'h> {
        let mut slots = Vec::new();
        X::slots(host, &mut slots);
        slots
    }
}

/// One tensor, as an argument: whole, a part of it, or several.
pub trait OneTensor: Arg {
    /// What a block sees of it, or of each part.
    #[doc(hidden)]
    type One: TensorArg;
    /// Whether a block sees several parts.
    #[doc(hidden)]
    const PARTS: bool;

    #[doc(hidden)]
    fn tensor_of<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t>;
}

/// A tensor that the host passes as `Self` may be seen by a phase that takes `P`.
#[diagnostic::on_unimplemented(
    message = "two phases see two tensors here: one takes `{Self}` of the host, one `{P}`",
    label = "an argument of this name is another one in another phase",
    note = "an argument of one name is one tensor: it has its element type and its layout in all phases, and what one of them stores to is a tensor that the host passes mutably"
)]
pub trait SeenOf<P> {}

impl<T, L> SeenOf<InArg<'static, T, L>> for InArg<'static, T, L> {}
impl<T, L> SeenOf<InArg<'static, T, L>> for OutArg<'static, T, L> {}
impl<T, L> SeenOf<OutArg<'static, T, L>> for OutArg<'static, T, L> {}

/// What view `V` shows of a tensor that is passed for `X`.
fn seen<'t, V: OneTensor, X: OneTensor>(host: &'t X::Host<'_>) -> Tensor<'t> {
    let tensor = *X::tensor_of(host);
    let read = X::One::STORES && !V::One::STORES;
    let tensor = if read { tensor.read_only() } else { tensor };
    // The cut is of the phase that has it to itself.
    let shared = V::One::SHARED && (read || !X::One::SHARED);
    if shared && !V::PARTS { tensor.uncut() } else { tensor }
}

macro_rules! tensor_views {
    ($($name:ident<$($generic:ident),*>)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Dtype, L: Layout $(, $generic: PipeType)*> OneTensor for $name<'static, T, L $(, $generic)*> {
            type One = Self;
            const PARTS: bool = false;

            fn tensor_of<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t> {
                Self::tensor(host)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Dtype, L: Layout $(, $generic: PipeType)*, X: OneTensor> ViewOf<X> for $name<'static, T, L $(, $generic)*>
        where
            <X::One as TensorArg>::Passed: SeenOf<<Self as TensorArg>::Passed>,
        {
            fn host<'h>(host: &'h X::Host<'_>, _: NotForKernels) -> Self::Host<'h> {
                <Self as TensorArg>::host(seen::<Self, X>(host), INNER)
            }
        }
    )*};
}

tensor_views! { GlobalIn<> GlobalOut<P> GlobalInOut<P> GlobalSum<P> GlobalMax<P> GlobalMin<P> }

#[diagnostic::do_not_recommend]
impl<V: TensorArg> OneTensor for Parts<V> {
    type One = V;
    const PARTS: bool = true;

    fn tensor_of<'t>(host: &'t Self::Host<'_>) -> &'t Tensor<'t> {
        V::tensor(host)
    }
}

#[diagnostic::do_not_recommend]
impl<V: TensorArg, X: OneTensor> ViewOf<X> for Parts<V>
where
    <X::One as TensorArg>::Passed: SeenOf<V::Passed>,
{
    fn host<'h>(host: &'h X::Host<'_>, _: NotForKernels) -> Self::Host<'h> {
        V::host(seen::<Self, X>(host), INNER)
    }
}

#[diagnostic::do_not_recommend]
impl<V: ViewOf<X>, X: Arg, const N: usize> ViewOf<[X; N]> for [V; N] {
    fn host<'h>(host: &'h [X::Host<'_>; N], _: NotForKernels) -> Self::Host<'h> {
        host.each_ref().map(|host| V::host(host, INNER))
    }
}

#[diagnostic::do_not_recommend]
impl<S: ArgStruct<Fields: ViewOf<S::Fields>>> ViewOf<S> for S {
    fn host<'h>(host: &'h <S as Arg>::Host<'_>, _: NotForKernels) -> <S as Arg>::Host<'h> {
        <S::Fields as ViewOf<S::Fields>>::host(host, INNER)
    }
}

macro_rules! same_in_all {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl ViewOf<$t> for $t {
            fn host(host: &$t, _: NotForKernels) -> $t {
                *host
            }
        }
    )*};
}

same_in_all! { f32 half::f16 half::bf16 i8 i16 i32 i64 u8 u16 u32 u64 usize bool }

macro_rules! tuples {
    ($($view:ident $arg:ident $index:tt),*) => {
        #[allow(unused_variables, clippy::unused_unit, reason = "no argument has none of them")]
        #[diagnostic::do_not_recommend]
        impl<$($arg: Arg, $view: ViewOf<$arg>),*> ViewOf<($($arg,)*)> for ($($view,)*) {
            fn host<'h>(
                host: &'h <($($arg,)*) as Arg>::Host<'_>,
                _: NotForKernels,
            ) -> <Self as Arg>::Host<'h> {
                ($($view::host(&host.$index, INNER),)*)
            }
        }

        impl<$($arg: Arg, $view: ViewOf<$arg>),*> ViewsOf<($($arg,)*)> for ($($view,)*) {
            fn host<'h>(
                host: &'h <($($arg,)*) as Args>::Host<'_>,
                _: NotForKernels,
            ) -> <Self as Args>::Host<'h> {
                <Self as ViewOf<($($arg,)*)>>::host(host, INNER)
            }
        }
    };
}

macro_rules! all_tuples {
    ($($view:ident $arg:ident $index:tt),* ;) => {
        tuples!($($view $arg $index),*);
    };
    ($($view:ident $arg:ident $index:tt),* ; $next:ident $of:ident $at:tt $(, $more:ident $rest:ident $later:tt)*) => {
        tuples!($($view $arg $index),*);
        all_tuples!($($view $arg $index,)* $next $of $at ; $($more $rest $later),*);
    };
}

all_tuples!(;
    A A1 0, B B1 1, C C1 2, D D1 3, E E1 4, F F1 5, G G1 6, H H1 7, I I1 8, J J1 9, K K1 10, L L1 11, M M1 12, N N1 13,
    O O1 14, P P1 15);
