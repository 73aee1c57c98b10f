//! The FIFOs of a cluster: a struct of ends, and who makes them.

use super::end::{End, When};
use super::role::{DirectionType, Role};
use super::usage::{FifoUse, FifoUses};
use crate::chip::Chip;
use crate::event::Retired;
use crate::sealed::Sealed;
use crate::tile::Dtype;
use crate::tile::plan::{Brand, Branded};
use crate::unit::Unit;

/// The FIFOs of a cluster: a struct of [`C2V`](super::C2V) and [`V2C`](super::V2C), with `#[derive(Fifos)]`.
///
/// It has the brand and a parameter for the role. The cube side gets it as `Links<'k, OnCube>`, the vector side as `Links<'k, OnVector>`,
/// and each returns its own retired.
///
/// ```
/// use tilesync::prelude::*;
///
/// /// A step of the schedule: a tile of keys.
/// struct Keys { first: usize }
///
/// #[derive(Fifos)]
/// struct Links<'k, R> {
///     scores: C2V<'k, R, Keys, f32, 64, 128, 4>,  // 64 x 128 f32 a message, 4 slots
///     weights: V2C<'k, R, Keys, f16, 64, 128, 4>,
/// }
/// ```
///
/// Each takes two cross-core flags of the sixteen of a cluster, of which the library keeps those from 11 on for `SYNCALL` and itself. So
/// there are at most five; the derive says in `cargo check` which one is too many.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of FIFOs",
    label = "not a struct of FIFOs",
    note = "write `#[derive(Fifos)]` above the struct; a role takes its plan first, then its FIFOs, and its arguments after them"
)]
pub trait Fifos<'k>: Branded<Brand = Brand<'k>> + Sized {
    /// Whose ends they are.
    type Role: Role;
    /// A step of their schedule.
    type Step;
    /// The same FIFOs on another side of another invocation.
    type At<'j, R: Role>: Fifos<'j, Role = R, Step = Self::Step>;
    /// The ends, as nested pairs.
    type Parts: FifoPart<'k, Role = Self::Role, Of = Self::Step>;
    /// The fields' names, in order.
    const NAMES: &'static [&'static str];

    /// Makes the struct of its ends.
    fn assemble(parts: Self::Parts) -> Self;
}

/// The FIFOs of family `F` in the invocation `'k`, on the side of `R`.
pub type FifosAt<'k, F, R> = <F as Fifos<'static>>::At<'k, R>;

/// Ends that can be placed: one, or a pair.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a struct of FIFOs",
    label = "not a FIFO",
    note = "the fields are `C2V<'k, R, ..>` and `V2C<'k, R, ..>`, with the brand and the role of the struct, all with one type of steps and one chip; one that has messages for some steps alone has a condition, `When`"
)]
pub trait FifoPart<'k>: Sealed + Sized {
    /// Whose ends they are.
    type Role: Role;
    /// A step of their schedule.
    type Of;
    /// The chip of the cluster.
    type Chip: Chip;

    /// What they take.
    const USES: FifoUses;
    #[doc(hidden)]
    fn place(placer: &mut FifoPlacer<'k, Self::Of>) -> Self;
    #[doc(hidden)]
    fn lists(steps: &[Self::Of], lists: &mut Vec<Vec<u32>>);
}

/// The steps of a block, and for each FIFO those that it has a message for: made once, before the roles start.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "in the signature of a sealed trait"
)]
pub struct Schedule<S> {
    pub(super) steps: Vec<S>,
    pub(super) lists: Vec<Vec<u32>>,
}

impl<S> Schedule<S> {
    pub(crate) fn new<P>(steps: Vec<S>) -> Self
    where
        P: FifoPart<'static, Of = S>,
    {
        let mut lists = Vec::new();
        P::lists(&steps, &mut lists);
        Schedule { steps, lists }
    }
}

/// Gives out ends, one after the other, for one invocation of a role.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "in the signature of a sealed trait"
)]
pub struct FifoPlacer<'k, S> {
    unit: &'k Unit,
    schedule: &'k Schedule<S>,
    next: u16,
}

impl<'k, S> FifoPlacer<'k, S> {
    pub(crate) fn new(unit: &'k Unit, schedule: &'k Schedule<S>) -> Self {
        FifoPlacer { unit, schedule, next: 0 }
    }
}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> FifoPart<'k>
    for End<'k, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
where
    D: DirectionType,
    R: Role,
    T: Dtype,
    Ch: Chip,
    W: When<S>,
{
    type Role = R;
    type Of = S;
    type Chip = Ch;
    const USES: FifoUses = FifoUses::of(FifoUse {
        direction: D::DIRECTION,
        dtype: T::ID,
        shape: (ROWS, COLS),
        slots: SLOTS,
        chip: Ch::ID,
        direct: D::DIRECT,
    });

    fn place(placer: &mut FifoPlacer<'k, S>) -> Self {
        placer.next += 1;
        End::new(placer.unit, placer.schedule, placer.next - 1)
    }

    fn lists(steps: &[S], lists: &mut Vec<Vec<u32>>) {
        let of = (0..).zip(steps).filter(|(_, step)| W::when(step)).map(|(number, _)| number);
        lists.push(of.collect());
    }
}

#[diagnostic::do_not_recommend]
impl<'k, A, B> FifoPart<'k> for (A, B)
where
    A: FifoPart<'k>,
    B: FifoPart<'k, Role = A::Role, Of = A::Of, Chip = A::Chip>,
{
    type Role = A::Role;
    type Of = A::Of;
    type Chip = A::Chip;
    const USES: FifoUses = A::USES.plus(&B::USES);

    fn place(placer: &mut FifoPlacer<'k, A::Of>) -> Self {
        let first = A::place(placer);
        (first, B::place(placer))
    }

    fn lists(steps: &[A::Of], lists: &mut Vec<Vec<u32>>) {
        A::lists(steps, lists);
        B::lists(steps, lists);
    }
}

/// The end `E` of a FIFO, walked to where no message is left: what [`Next::End`](super::Next::End) gives.
#[diagnostic::on_unimplemented(
    message = "this is not an end that was walked to where no message is left",
    label = "expected what `Next::End` gave for this field",
    note = "walk it: `let end = loop {{ match end.next() {{ Next::End(end) => break end, Next::Step(step) => .. }} }};`"
)]
pub trait Walked<E> {
    /// The end, retired.
    fn walked(self) -> Retired<E>;
}

#[diagnostic::do_not_recommend]
impl<E> Walked<E> for Retired<E> {
    #[inline(always)]
    fn walked(self) -> Self {
        self
    }
}

impl<P> Retired<P> {
    /// All FIFOs of a struct have been walked to their ends: what the derived `retire` of such a struct calls.
    #[inline(always)]
    pub fn fifos<'k>(_: Retired<P::Parts>) -> Self
    where
        P: Fifos<'k>,
    {
        Retired::new()
    }
}
