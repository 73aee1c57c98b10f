//! One end of a FIFO.

use std::marker::PhantomData;

use super::Schedule;
use super::role::{Access, DirectionType};
use crate::chip::A2A3;
use crate::global::{Global, Part};
use crate::program::Cross;
use crate::sealed::{NotForKernels, Sealed};
use crate::tile::{Dtype, Layout};
use crate::unit::{Site, SlotTiles, Unit};

/// One end of a FIFO: that of role `R`, of direction `D`. Spelled [`C2V`](super::C2V) or [`V2C`](super::V2C); on a5 also
/// [`A2V`](super::A2V) or [`V2M`](super::V2M).
///
/// [`next`](super::Walk::next) asks it what is due.
///
/// # Why it holds
///
/// **Invariant.** Of each FIFO there is one end on each core that takes part, and at most one owner of it: an `End`, a
/// [`Step`](super::Step) or a [`Slot`](super::Slot). It has recorded one push (of the consumer: one pop and one free) for each of the first
/// `number` messages, in order, and nothing else. How many messages there are in all was settled before either role started, in a list
/// that both have.
///
/// **Established by** the launch, which makes one for each field of the struct of FIFOs and each core.
///
/// **Kept because** it is neither `Clone` nor `Copy`, nothing public makes one, and it has no method but `next`, which takes it by value. A
/// step becomes a slot, and a slot an end of one message more; there is no other way. It is [retired](crate::Retired) by `next` alone,
/// where no message is left: so both sides have counted the same, in every branch and on every early return.
#[must_use = "a role returns its FIFOs, retired: each is walked to its end"]
#[rustfmt::skip]
pub struct End<'k, D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch = A2A3, W = Every> {
    unit: &'k Unit,
    schedule: &'k Schedule<S>,
    /// Which of the cluster's FIFOs it is.
    fifo: u16,
    /// The message that comes next.
    number: u32,
    brand: PhantomData<fn(&'k ()) -> (&'k (), D, R, T, Ch, W)>,
}

/// A condition on a step of the schedule: a FIFO has a message for those steps alone for which it holds.
///
/// It is asked once for each step, before the roles start, and both sides go by the answer.
///
/// ```
/// use tilesync::cluster::When;
/// use tilesync::prelude::*;
///
/// struct Tile { first: bool }
///
/// enum First {}
///
/// impl When<Tile> for First {
///     fn when(step: &Tile) -> bool {
///         step.first
///     }
/// }
///
/// #[derive(Fifos)]
/// struct Links<'k, R> {
///     scale: C2V<'k, R, Tile, f32, 16, 16, 2, A2A3, First>,
///     sums: C2V<'k, R, Tile, f32, 16, 64, 4>,
/// }
/// ```
pub trait When<S>: 'static {
    /// Whether there is a message for `step`.
    fn when(step: &S) -> bool;
}

/// There is a message for every step.
#[derive(Debug)]
pub enum Every {}

impl<S> When<S> for Every {
    fn when(_: &S) -> bool {
        true
    }
}

/// Any end of a FIFO: what generic code over ends is bound by.
pub trait AnyEnd<'k>: Sealed + Sized {
    /// A step of the schedule.
    type Of;
    /// For which steps there is a message.
    type When;
    /// The element type of the messages.
    type Elem: Dtype;
    /// Which way it goes.
    type Direction: DirectionType;
    /// Whose end it is.
    type Role: Access<Self::Direction>;
    /// The layout of the messages.
    type Layout: Layout;
    /// Rows and columns of a message.
    const SHAPE: (usize, usize);

    #[doc(hidden)]
    fn link(&self, _: NotForKernels) -> Link<'k>;
    #[doc(hidden)]
    fn done(self, _: NotForKernels) -> Self;
}

/// What an end knows of its FIFO.
#[derive(Clone, Copy)]
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "in the signature of a sealed trait"
)]
pub struct Link<'k> {
    pub(crate) unit: &'k Unit,
    pub(super) fifo: u16,
    /// The message that comes next, and how many there are.
    pub(super) number: u32,
    pub(super) last: u32,
    slots: u32,
}

impl<'k> Link<'k> {
    /// Records what `make` says of the FIFO and the message that comes next.
    #[inline(always)]
    pub(crate) fn record(&self, make: impl FnOnce(u32, u32) -> Cross, at: Site) {
        let cross = make(self.fifo.into(), self.number);
        self.unit.record(|recorder| recorder.cross(cross, at));
    }

    /// What this core has of the slot of the message that comes next, of `shape` rows and columns.
    pub(super) fn view<T, A, L>(&self, shape: (usize, usize)) -> Global<'k, T, A, L> {
        let part = Part::all_of(shape);
        let part = self.unit.half.map_or(part, |half| part.half(half, shape));
        let slot = (self.number % self.slots) as usize * shape.0;
        Global::new(self.unit, self.unit.fifos_from + self.fifo, part.below(slot))
    }

    /// The number and the address of the tile that the slot of the message which comes next is on this core.
    pub(super) fn tile(&self) -> (u16, u32) {
        let slot = self.number % self.slots;
        let of_fifo = self.unit.slots_of_fifos.get(usize::from(self.fifo)).copied();
        let SlotTiles { first, addr, bytes } = of_fifo.unwrap_or_default();
        (first + slot as u16, addr + bytes * slot)
    }
}

#[rustfmt::skip]
impl<'k, D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W>
    End<'k, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
{
    pub(super) fn new(unit: &'k Unit, schedule: &'k Schedule<S>, fifo: u16) -> Self {
        End { unit, schedule, fifo, number: 0, brand: PhantomData }
    }

    fn steps(&self) -> &'k [u32] {
        &self.schedule.lists[usize::from(self.fifo)]
    }

    /// The step that the message which comes next is for.
    pub(super) fn step(&self) -> &'k S {
        &self.schedule.steps[self.steps()[self.number as usize] as usize]
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.number as usize == self.steps().len()
    }

    /// The producer takes the credits that are left.
    pub(super) fn drain(&self, at: Site)
    where
        R: Access<D>,
    {
        if R::PRODUCES {
            self.unit.record(|recorder| recorder.drain(self.fifo.into(), self.number, at));
        }
    }
}

impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> Sealed
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
{
}

impl<'k, D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> AnyEnd<'k>
    for End<'k, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
where
    D: DirectionType,
    R: Access<D>,
    T: Dtype,
{
    type Of = S;
    type When = W;
    type Elem = T;
    type Direction = D;
    type Role = R;
    type Layout = D::Layout;
    const SHAPE: (usize, usize) = (ROWS, COLS);

    #[inline(always)]
    fn link(&self, _: NotForKernels) -> Link<'k> {
        Link {
            unit: self.unit,
            fifo: self.fifo,
            number: self.number,
            last: self.steps().len() as u32,
            slots: SLOTS as u32,
        }
    }

    #[inline(always)]
    fn done(self, _: NotForKernels) -> Self {
        End { number: self.number + 1, ..self }
    }
}

/// The end that messages go in at.
#[diagnostic::on_unimplemented(
    message = "messages come out at this end of the FIFO, and none go in",
    label = "the consumer's end",
    note = "the cube core pushes into a `C2V` (`A2V`) and pops from a `V2C` (`V2M`), the vector cores the other way round"
)]
pub trait Producer<'k>: AnyEnd<'k> {}

/// The end that messages come out at.
#[diagnostic::on_unimplemented(
    message = "messages go in at this end of the FIFO, and none come out",
    label = "the producer's end",
    note = "the cube core pushes into a `C2V` (`A2V`) and pops from a `V2C` (`V2M`), the vector cores the other way round"
)]
pub trait Consumer<'k>: AnyEnd<'k> {}

macro_rules! sides {
    ($($side:ident: $role:ident $direction:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, S, T: Dtype, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> $side<'k>
            for End<'k, super::$direction, super::$role, S, T, ROWS, COLS, SLOTS, Ch, W>
        {
        }
    )*};
}

sides! {
    Producer: OnCube CubeToVector;
    Producer: OnVector VectorToCube;
    Consumer: OnVector CubeToVector;
    Consumer: OnCube VectorToCube;
    Producer: OnCube AccToVec;
    Producer: OnVector VecToMat;
    Consumer: OnVector AccToVec;
    Consumer: OnCube VecToMat;
}

impl<D, R, S, T, const ROWS: usize, const COLS: usize, const SLOTS: usize, Ch, W> std::fmt::Debug
    for End<'_, D, R, S, T, ROWS, COLS, SLOTS, Ch, W>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "End of FIFO {} at message {} of {}", self.fifo, self.number, self.steps().len())
    }
}
