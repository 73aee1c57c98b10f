//! Walking a schedule: what is due at an end of a FIFO.

use super::end::{AnyEnd, End};
use super::role::{Access, DirectionType, Role};
use crate::event::Retired;
use crate::sealed::INNER;
use crate::tile::Dtype;
use crate::unit::Trouble;

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

/// What walks a schedule: an end of a FIFO, or a pair of them that walk together.
///
/// Ends that walk together have one schedule, and the same steps of it. They start together; a role that runs ahead on one end walks that
/// one alone.
///
/// # Errors
///
/// Ends that do not stand at one step stop the role with a [`Fault`](crate::Fault) that names this line, before anything runs.
#[diagnostic::on_unimplemented(
    message = "this does not walk a schedule",
    label = "not an end of a FIFO, nor a pair of ends with one schedule",
    note = "ends that walk together are of FIFOs with the same steps, those of one `#[derive(Fifos)]` struct with one condition: `(scores, weights).next()`; others walk alone"
)]
pub trait Walk: Sized {
    /// What is due.
    type Step;
    /// What it is in the end, retired.
    type End;

    /// Asks what is due.
    #[track_caller]
    fn next(self) -> Next<Self::Step, Self::End>;
}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> Walk
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
where
    D: DirectionType,
    R: Role + Access<D>,
    T: Dtype,
{
    type Step = Step<Self>;
    type End = Retired<Self>;

    #[track_caller]
    fn next(self) -> Next<Step<Self>, Retired<Self>> {
        if self.is_at_end() {
            self.drain(std::panic::Location::caller());
            Next::End(Retired::new())
        } else {
            Next::Step(Step { end: self })
        }
    }
}

/// Two ends with one schedule.
#[diagnostic::on_unimplemented(
    message = "these two ends do not walk one schedule",
    label = "another schedule, or other steps of it",
    note = "ends that walk together are of FIFOs with the same steps and the same condition; walk each of these on its own: `a.next()`, `b.next()`"
)]
pub trait WithSchedule<S, W> {}
#[rustfmt::skip]
impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> WithSchedule<S, W>
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W> {}

#[diagnostic::do_not_recommend]
impl<'k, A, B> Walk for (A, B)
where
    A: Walk<Step = Step<A>, End = Retired<A>> + AnyEnd<'k>,
    B: Walk<Step = Step<B>, End = Retired<B>> + AnyEnd<'k> + WithSchedule<A::Of, A::When>,
{
    type Step = (Step<A>, Step<B>);
    type End = (Retired<A>, Retired<B>);

    #[track_caller]
    fn next(self) -> Next<Self::Step, Self::End> {
        together(&self.0, &self.1);
        match (self.0.next(), self.1.next()) {
            (Next::Step(a), Next::Step(b)) => Next::Step((a, b)),
            (Next::End(a), Next::End(b)) => Next::End((a, b)),
            _ => unreachable!("ends at one step of one schedule"),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<'k, A, B, C> Walk for (A, B, C)
where
    A: Walk<Step = Step<A>, End = Retired<A>> + AnyEnd<'k>,
    B: Walk<Step = Step<B>, End = Retired<B>> + AnyEnd<'k> + WithSchedule<A::Of, A::When>,
    C: Walk<Step = Step<C>, End = Retired<C>> + AnyEnd<'k> + WithSchedule<A::Of, A::When>,
{
    type Step = (Step<A>, Step<B>, Step<C>);
    type End = (Retired<A>, Retired<B>, Retired<C>);

    #[track_caller]
    fn next(self) -> Next<Self::Step, Self::End> {
        together(&self.0, &self.1);
        together(&self.0, &self.2);
        match (self.0.next(), self.1.next(), self.2.next()) {
            (Next::Step(a), Next::Step(b), Next::Step(c)) => Next::Step((a, b, c)),
            (Next::End(a), Next::End(b), Next::End(c)) => Next::End((a, b, c)),
            _ => unreachable!("ends at one step of one schedule"),
        }
    }
}

/// Stops the role where the two do not stand at one step.
#[track_caller]
fn together<'k>(a: &impl AnyEnd<'k>, b: &impl AnyEnd<'k>) {
    let (a, b) = (a.link(INNER), b.link(INNER));
    if (a.number, a.last) != (b.number, b.last) {
        let trouble = Trouble::StepsApart { steps: (a.number as usize, b.number as usize) };
        a.unit.stop(trouble, std::panic::Location::caller());
    }
}
