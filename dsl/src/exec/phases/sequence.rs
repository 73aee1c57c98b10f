//! The phases of a kernel, one after the other.

use super::{Phase, Phased};
use crate::chip::{Chip, ChipId};
use crate::event::Retired;
use crate::exec::kernel::{Kernel, PlanAt, PlanChip};
use crate::exec::launch::{LaunchError, MOST_TENSORS, check_parts, usage};
use crate::global::{Args, ViewsOf};
use crate::memory::Memory;
use crate::sealed::{INNER, NotForKernels, Sealed};
use crate::tile::Space;
use crate::tile::places::room;
use crate::tile::plan::Usage;
use crate::unit::{Core, Unit};

/// So many phases.
#[derive(Clone, Copy, Debug)]
pub struct Phases<const N: usize>;

/// The phases that kernel `K` has, in their order: two to eight.
#[diagnostic::on_unimplemented(
    message = "a kernel cannot have `{Self}`",
    label = "not a number of phases",
    note = "a kernel in phases has two to eight: `Phases<2>` to `Phases<8>`, and each of them is implemented, `Phase<0>`, `Phase<1>` ..; one without phases is a `#[kernel]`"
)]
pub trait Sequence<K: ?Sized>: Sealed {
    /// What they take of a core.
    #[doc(hidden)]
    const WHOLE: Whole;

    /// Shows all phases to `visit`, the first one first, until one fails.
    #[doc(hidden)]
    fn each<V: Visit<K>>(visit: &mut V, _: NotForKernels) -> Result<(), LaunchError>;
}

/// Is shown the phases of kernel `K`.
#[allow(unreachable_pub, reason = "in the signature of a sealed trait")]
pub trait Visit<K: ?Sized> {
    /// Phase `N`.
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>;
}

impl<const N: usize> Sealed for Phases<N> {}

macro_rules! sequences {
    ($($count:literal: $($n:literal)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<K: ?Sized $(+ Phase<$n>)*> Sequence<K> for Phases<$count> {
            const WHOLE: Whole = Whole::new(<<K as Phased>::Args as Args>::TENSORS)
                $(.and(
                    &usage::<<K as Phase<$n>>::Plan>(),
                    <PlanChip<<K as Phase<$n>>::Plan> as Chip>::ID,
                ))*;

            fn each<V: Visit<K>>(visit: &mut V, _: NotForKernels) -> Result<(), LaunchError> {
                $(visit.phase::<$n>()?;)*
                Ok(())
            }
        }
    )*};
}

sequences! {
    2: 0 1;
    3: 0 1 2;
    4: 0 1 2 3;
    5: 0 1 2 3 4;
    6: 0 1 2 3 4 5;
    7: 0 1 2 3 4 5 6;
    8: 0 1 2 3 4 5 6 7;
}

/// Phase `N` of a kernel, as a kernel of its own.
pub(in crate::exec) struct Nth<'a, K: ?Sized, const N: usize>(pub(in crate::exec) &'a K);

impl<K: Phase<N> + ?Sized, const N: usize> Kernel for Nth<'_, K, N> {
    type Plan = K::Plan;
    type Args = K::Views;

    fn run<'k>(
        &self,
        core: Core<'k, PlanChip<K::Plan>>,
        plan: PlanAt<'k, K::Plan>,
        args: <K::Views as Args>::At<'k>,
    ) -> Retired<PlanAt<'k, K::Plan>> {
        self.0.run(core, plan, args)
    }
}

/// What all phases take of a core, one after the other in the same memory.
#[allow(unreachable_pub, missing_debug_implementations, reason = "in a sealed trait")]
#[derive(Clone, Copy)]
pub struct Whole {
    chip: Option<ChipId>,
    bytes: [usize; Space::COUNT],
    /// Numbers of tiles: no two phases share one.
    slots: usize,
}

impl Whole {
    /// No phases, of a kernel with so many tensors.
    const fn new(tensors: usize) -> Self {
        assert!(
            tensors <= MOST_TENSORS,
            "a kernel has at most 65,535 tensors as arguments: pass those of one shape as one tensor, cut into parts"
        );
        Whole { chip: None, bytes: [0; Space::COUNT], slots: 0 }
    }

    /// And a phase that takes so much.
    const fn and(mut self, usage: &Usage, chip: ChipId) -> Self {
        if let Some(first) = self.chip {
            assert!(
                first as u8 == chip as u8,
                "a kernel is of one chip: the plans of all its phases name the same one"
            );
        }
        self.chip = Some(chip);
        let mut at = 0;
        while at < Space::COUNT {
            if usage.bytes[at] > self.bytes[at] {
                self.bytes[at] = usage.bytes[at];
            }
            at += 1;
        }
        self.slots += usage.slots();
        assert!(
            self.slots <= u16::MAX as usize,
            "the plans of all phases of a kernel have at most 65,535 tiles together"
        );
        self
    }

    /// The chip.
    pub(in crate::exec) fn chip(&self) -> ChipId {
        self.chip.unwrap_or(ChipId::A2A3)
    }

    /// A scalar unit for blocks of the kernel.
    pub(in crate::exec) fn unit(&self, grid: usize) -> Unit {
        Unit::new(Memory::new(room(self.bytes), self.slots), grid)
    }

    /// How many blocks the chip runs at a time: those with a product need a cube core.
    pub(in crate::exec) fn cores(&self) -> usize {
        let product = [Space::Mat, Space::Left, Space::Right, Space::Acc];
        self.chip().cores(product.iter().any(|space| self.bytes[space.index()] > 0))
    }
}

/// Checks a launch before any block starts.
pub(in crate::exec) fn check<K: Phased + ?Sized>(
    grid: usize,
    args: &<K::Args as Args>::Host<'_>,
) -> Result<Whole, LaunchError> {
    if grid == 0 {
        return Err(LaunchError::EmptyGrid);
    }
    let whole = K::Phases::WHOLE;
    let (chip, cores) = (whole.chip(), whole.cores());
    if grid > cores {
        return Err(LaunchError::TooManyBlocks { grid, cores, chip });
    }
    K::Phases::each(&mut CheckParts::<K> { grid, args }, INNER)?;
    Ok(whole)
}

struct CheckParts<'a, 'h, K: Phased + ?Sized> {
    grid: usize,
    args: &'a <K::Args as Args>::Host<'h>,
}

impl<K: Phased + ?Sized> Visit<K> for CheckParts<'_, '_, K> {
    fn phase<const N: usize>(&mut self) -> Result<(), LaunchError>
    where
        K: Phase<N>,
    {
        check_parts::<K::Views>(self.grid, &K::Views::host(self.args, INNER))
    }
}
