//! The bytes of a core, and the one place where operands become slices.
//!
//! Everything else in the crate is safe code on top of the views made here. What makes them sound is the algebra: see the
//! contract of [`call`].
#![expect(unsafe_code, reason = "operands become slices here and nowhere else")]

mod global;
pub(crate) mod operand;
mod stage;
mod tile;

use std::cell::UnsafeCell;

pub use global::{Axis, GlobalSlot};
pub(crate) use global::{GlobalAdd, GlobalDst, GlobalSrc, Lie, Pointer, Slots, scalar};
use tile::Loan;
pub(crate) use tile::{Dst, Element, Fill, Lent, Lines, Over, Src, TileView, Unseen, element, own};

use crate::op::windows::Windows;
use crate::tile::space::Space;
use operand::{Operand, Place};

/// What an op does to its operands. One implementation serves every interpreter.
pub(crate) trait Semantics {
    /// The operands as the op sees them: a tuple of views, the written one first.
    type Views<'a>: Views<'a>;
    /// Which form of the op this is, where its operands do not tell: `ACC` of TMATMUL_ACC.
    const FORM: Option<&'static str> = None;
    /// How an image is unrolled.
    const WINDOWS: Option<Windows> = None;

    /// Computes. Must depend on nothing but its arguments.
    fn run(views: Self::Views<'_>, imm: u64);
}

/// A semantics as a plain function, for recorded programs.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) compute: fn(&Memory, &[Operand], u64),
    pub(crate) about: &'static About,
}

/// What the operands of an op do not tell of its semantics.
pub(crate) struct About {
    pub(crate) form: Option<&'static str>,
    pub(crate) windows: Option<Windows>,
}

impl Run {
    /// Of an op of a raw program, which is checked and explored but never computed.
    pub(crate) const NONE: Run = Run { compute: |_, _, _| {}, about: &About::NOTHING };

    /// What an op of semantics `S` does to whole tiles.
    #[inline(always)]
    pub(crate) fn of<S: Semantics>() -> Self {
        let about = const { &About { form: S::FORM, windows: S::WINDOWS } };
        Run { compute: call::<S>, about }
    }

    /// Runs the op; the first `writes` operands are written.
    #[inline]
    pub(crate) fn run(self, memory: &Memory, operands: &[Operand], writes: u8, imm: u64) {
        if operands.iter().any(Operand::is_window) {
            stage::run(self.compute, memory, operands, writes, imm);
        } else {
            (self.compute)(memory, operands, imm);
        }
    }
}

impl About {
    pub(crate) const NOTHING: About = About { form: None, windows: None };
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Run")
    }
}

/// Runs `S` on the operands, now.
///
/// Sound because of when it is called. Each operand comes from a token of the algebra. A written tile's token was
/// taken by value, and a token is the only owner of its tile; a read tile's token is borrowed or shared, so that no
/// one else can write it. A region of global memory is part of an input, which nobody writes in this phase; of an output, which no other block
/// reaches and one pipe stores to; of a tensor that is summed in, whose elements are atomic; or it is owned by a token as a tile is.
/// Where ops run later than they are issued, the executor starts an op only when the flags
/// that its tokens stand for have been set, which orders it after every earlier access.
///
/// No operand is a window: a slice of one would span the rows of other parts.
#[inline(always)]
pub(crate) fn call<S: Semantics>(memory: &Memory, operands: &[Operand], imm: u64) {
    // SAFETY: the contract above gives exclusive access to the written operands and shared access to the read ones.
    let views = unsafe { S::Views::of(memory, operands) };
    S::run(views, imm);
}

/// The on-chip memory of one core, and the global tensors that its kernel was given.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// One allocation for all spaces; zeroed once, when it is made, by the system where it can be.
    bytes: Box<[UnsafeCell<Line>]>,
    base: [usize; Space::COUNT],
    pub(crate) globals: Vec<GlobalSlot>,
    /// For each tile where in an input it lies, if it has no copy.
    loans: Vec<Loan>,
    /// Whether loads may leave it at that: where ops run at once, and nobody wants to see the load.
    pub(crate) may_borrow: bool,
}

#[repr(align(64))]
#[derive(Clone, Copy, Debug)]
struct Line(#[expect(dead_code, reason = "accessed through pointers")] [u8; 64]);

// SAFETY: a memory is plain bytes and pointers to tensors that outlive the launch; who may touch which byte when is
// the contract of `call`.
unsafe impl Sync for Memory {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Memory {}

impl Memory {
    /// Memory with `usage` bytes of each space, for `tiles` tiles.
    pub(crate) fn new(usage: [usize; Space::COUNT], tiles: usize) -> Self {
        let mut base = [0; Space::COUNT];
        let mut lines = 0;
        for (base, bytes) in base.iter_mut().zip(usage) {
            *base = lines * size_of::<Line>();
            lines += bytes.div_ceil(size_of::<Line>());
        }
        // SAFETY: zeroes are a `Line`.
        let bytes = unsafe { Box::new_zeroed_slice(lines).assume_init() };
        let loans = std::iter::repeat_with(Loan::default).take(tiles).collect();
        Memory { bytes, base, globals: Vec::new(), loans, may_borrow: false }
    }

    /// Forgets the last block: its tensors, and what its tiles have looked at.
    pub(crate) fn clear(&mut self) {
        self.globals.clear();
        self.loans.iter().for_each(Loan::end);
    }

    /// Behind its tiles, one more for each of these slots of a FIFO, which no op of this core writes.
    pub(crate) fn add_slots(&mut self, slots: impl Iterator<Item = Pointer>) {
        self.loans.extend(slots.map(|slot| {
            let loan = Loan::default();
            loan.be_slot(slot.address());
            loan
        }));
    }

    #[inline(always)]
    fn at(&self, space: Space, addr: u32) -> *mut u8 {
        let offset = self.base[space.index()] + addr as usize;
        debug_assert!(offset <= self.bytes.len() * size_of::<Line>());
        // SAFETY: tiles are placed by the plan inside the usage that this memory was made for.
        unsafe { self.bytes.as_ptr().cast_mut().cast::<u8>().add(offset) }
    }
}

/// A tuple of views, made from an op's operands in order.
pub(crate) trait Views<'a> {
    /// # Safety
    ///
    /// Nobody else accesses the elements behind a written operand, nor writes those behind a read one, for `'a`.
    unsafe fn of(memory: &'a Memory, operands: &[Operand]) -> Self;
}

/// One view, made from one operand.
pub(crate) trait View<'a> {
    /// # Safety
    ///
    /// As for [`Views::of`].
    unsafe fn of(memory: &'a Memory, operand: &Operand) -> Self;
}

macro_rules! views {
    ($($name:ident $index:tt),*) => {
        impl<'a, $($name: View<'a>),*> Views<'a> for ($($name,)*) {
            #[inline(always)]
            unsafe fn of(memory: &'a Memory, operands: &[Operand]) -> Self {
                // SAFETY: passed on to the caller; each operand makes one view.
                unsafe { ($($name::of(memory, &operands[$index]),)*) }
            }
        }
    };
}

views!(A 0);
views!(A 0, B 1);
views!(A 0, B 1, C 2);
views!(A 0, B 1, C 2, D 3);
views!(A 0, B 1, C 2, D 3, E 4);
views!(A 0, B 1, C 2, D 3, E 4, F 5);
views!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);

/// A number that the op itself has.
pub(crate) struct Word(pub(crate) u32);

impl<'a> View<'a> for Word {
    #[inline(always)]
    unsafe fn of(_: &'a Memory, operand: &Operand) -> Self {
        let Place::Word(word) = operand.place else { panic!("the op has no number here") };
        Word(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::dtype::DtypeId;
    use crate::tile::layout::LayoutId;
    use crate::tile::tile_type::TileType;

    /// Blocks on one thread find what the last one left: an attack of `hostile` poisons its tiles so.
    #[test]
    fn memory_is_not_cleared_between_blocks() {
        const TILE: TileType = TileType {
            space: Space::Mat,
            dtype: DtypeId::I32,
            rows: 1,
            cols: 8,
            layout: LayoutId::Nd,
        };
        let mut memory = Memory::new([96; Space::COUNT], 1);
        let operand = Operand::new(Place::Tile { slot: 0, addr: 64, ty: TILE }, 1, 8);
        // SAFETY: one view at a time, of a tile within the memory.
        let zeros = unsafe { Src::<i32>::of(&memory, &operand) }.data.to_vec();
        // SAFETY: as above.
        unsafe { Dst::<i32>::of(&memory, &operand) }.data.fill(7);
        memory.clear();
        // SAFETY: as above.
        let left = unsafe { Src::<i32>::of(&memory, &operand) }.data.to_vec();
        assert_eq!((zeros, left), (vec![0; 8], vec![7; 8]));
    }
}
