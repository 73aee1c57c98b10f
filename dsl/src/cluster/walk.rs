//! Walking a schedule: what is due at an end of a FIFO.

use std::panic::Location;

use super::end::{AnyEnd, End};
use super::role::{Access, DirectionType};
use crate::event::Retired;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::Dtype;
use crate::unit::{Trouble, Unit};

/// What is due: a step, or nothing any more.
///
/// ```
/// # use tilesync::prelude::*;
/// # type Sums<'k> = C2V<'k, OnCube, usize, f32, 16, 16, 2>;
/// # fn produce<'k>(mut sums: Sums<'k>, acc: Event<TMatmul, TStoreAcc, Live<AccTile<'k, f32, 16, 16>>>) -> Retired<Sums<'k>> {
/// # let mut acc = acc.wait().record::<TStoreAcc>();
/// let done = loop {
///     match sums.next() {
///         Next::End(end) => break end, // the end, retired: there is no other way to get it
///         Next::Step(step) => {
///             let tile = *step; // what the schedule says of this step
///             let stored;
///             (stored, sums) = tpush(step, acc);
///             # acc = stored.record::<TStoreAcc>();
///             # let _ = tile;
///         }
///     }
/// };
/// # done
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a step is taken by a push or a pop, and an end is returned"]
pub enum Next<S, E> {
    /// One message is due.
    Step(S),
    /// All have come.
    End(E),
}

impl<S: Due, E> Next<S, E> {
    /// The end, where a walk that ran ahead of another one must have come to it.
    ///
    /// # Errors
    ///
    /// A step that is still due stops the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
    #[track_caller]
    pub fn end(self) -> E {
        match self {
            Next::End(end) => end,
            Next::Step(step) => step.unit(INNER).stop(Trouble::StepsLeft, Location::caller()),
        }
    }
}

/// Steps that are due.
pub trait Due: Sealed {
    #[doc(hidden)]
    fn unit(&self, _: NotForKernels) -> &Unit;
}

impl<E> Sealed for Step<E> {}
#[rustfmt::skip]
impl<'k, D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> Due
    for Step<End<'k, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>>
where
    End<'k, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>: AnyEnd<'k>,
{
    fn unit(&self, _: NotForKernels) -> &Unit {
        self.end.link(INNER).unit
    }
}

impl<A: Due, B> Due for (A, B) {
    fn unit(&self, inner: NotForKernels) -> &Unit {
        self.0.unit(inner)
    }
}

impl<A, B, C> Sealed for (A, B, C) {}
impl<A: Due, B, C> Due for (A, B, C) {
    fn unit(&self, inner: NotForKernels) -> &Unit {
        self.0.unit(inner)
    }
}

/// One message is due at an end: the producer owes a push for it, the consumer a pop.
///
/// It owns the end, which comes back from the push or the pop, and from nowhere else. It reads as the step of the schedule: `step.column`,
/// or `*step` for a plain number.
#[derive(Debug)]
#[must_use = "a push or a pop takes it, and gives the end back"]
pub struct Step<E> {
    pub(crate) end: E,
}

#[rustfmt::skip]
impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> std::ops::Deref
    for Step<End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>>
{
    type Target = S;

    fn deref(&self) -> &S {
        self.end.step()
    }
}

/// What walks a schedule: an end of a FIFO, or two or three of them that walk together.
///
/// Ends that walk together have one schedule, and the same steps of it. They start together; a role that runs ahead on one end walks that
/// one alone.
///
/// # Errors
///
/// Ends that do not stand at one step stop the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
#[diagnostic::on_unimplemented(
    message = "this does not walk a schedule",
    label = "not an end of a FIFO, nor a tuple of two or three",
    note = "ends walk alone, `sums.next()`, or together, `(scores, weights).next()`"
)]
pub trait Walk: Sized {
    /// What is due.
    type Step;
    /// What it is in the end, retired.
    type End;

    /// Asks what is due.
    #[track_caller]
    fn next(self) -> Next<Self::Step, Self::End>
    where
        Self: OneSchedule;
}

/// All ends of it walk one schedule.
#[diagnostic::on_unimplemented(
    message = "these ends do not walk one schedule",
    label = "ends with other steps",
    note = "ends that walk together are of FIFOs with the same steps and the same condition; walk each of these on its own: `a.next()`, `b.next()`"
)]
pub trait OneSchedule {}

#[rustfmt::skip]
impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> Walk
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
where
    D: DirectionType,
    R: Access<D>,
    T: Dtype,
{
    type Step = Step<Self>;
    type End = Retired<Self>;

    #[track_caller]
    fn next(self) -> Next<Step<Self>, Retired<Self>> {
        if self.is_at_end() {
            self.drain(Location::caller());
            Next::End(Retired::new())
        } else {
            Next::Step(Step { end: self })
        }
    }
}

#[rustfmt::skip]
impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> OneSchedule
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W> {}

macro_rules! together {
    ($($first:ident $a:ident $(, $end:ident $b:ident)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, $first, $($end),*> OneSchedule for ($first, $($end),*)
        where
            $first: AnyEnd<'k>,
            $($end: AnyEnd<'k, Of = $first::Of, When = $first::When>,)*
        {
        }

        #[diagnostic::do_not_recommend]
        impl<'k, $first, $($end),*> Walk for ($first, $($end),*)
        where
            $first: Walk<Step = Step<$first>, End = Retired<$first>> + OneSchedule + AnyEnd<'k>,
            $($end: Walk<Step = Step<$end>, End = Retired<$end>> + OneSchedule + AnyEnd<'k>,)*
        {
            type Step = (Step<$first>, $(Step<$end>),*);
            type End = (Retired<$first>, $(Retired<$end>),*);

            #[track_caller]
            fn next(self) -> Next<Self::Step, Self::End> {
                let ($a, $($b),*) = self;
                $(same_step(&$a, &$b);)*
                match ($a.next(), $($b.next()),*) {
                    (Next::Step($a), $(Next::Step($b)),*) => Next::Step(($a, $($b),*)),
                    (Next::End($a), $(Next::End($b)),*) => Next::End(($a, $($b),*)),
                    _ => unreachable!("ends at one step of one schedule"),
                }
            }
        }
    )*};
}

together! {
    A a, B b;
    A a, B b, C c;
}

/// Stops the role where the two do not stand at one step.
#[track_caller]
fn same_step<'k>(a: &impl AnyEnd<'k>, b: &impl AnyEnd<'k>) {
    let (a, b) = (a.link(INNER), b.link(INNER));
    if (a.number, a.last) != (b.number, b.last) {
        let trouble = Trouble::StepsApart { steps: (a.number as usize, b.number as usize) };
        a.unit.stop(trouble, Location::caller());
    }
}
