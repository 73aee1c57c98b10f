//! What is passed to an op in place of a tile by mistake: one error says what it is, and no other follows.

use super::{HasTile, Payload};
use crate::chip::A2A3;
use crate::program::Operand;
use crate::sealed::{NotForKernels, Sealed};
use crate::tile::{AnyTile, DtypeId, LayoutId, Space, TileType};
use crate::unit::{Core, Unit};

/// The tile of what has none: it fits every other tile, and there is no value of it.
#[derive(Debug)]
pub enum NoTile {}

#[diagnostic::do_not_recommend]
impl Sealed for NoTile {}
#[diagnostic::do_not_recommend]
impl<'k> AnyTile<'k> for NoTile {
    type Elem = f32;
    type Chip = A2A3;
    const TYPE: TileType =
        TileType { space: Space::Vec, dtype: DtypeId::F32, rows: 1, cols: 1, layout: LayoutId::Nd };

    fn core(&self) -> Core<'k> {
        match *self {}
    }

    fn slot(&self) -> u16 {
        match *self {}
    }

    fn valid(&self) -> (usize, usize) {
        match *self {}
    }

    fn set_valid(&mut self, _: (usize, usize)) -> bool {
        match *self {}
    }

    fn operand(&self) -> Operand {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<'k> Payload<'k> for NoTile {
    type Blank = Self;

    fn blank(self, _: NotForKernels) -> Self {
        self
    }

    fn unit(&self, _: NotForKernels) -> &'k Unit {
        match *self {}
    }

    fn slots(&self, _: &mut Vec<u32>, _: NotForKernels) {
        match *self {}
    }
}
#[diagnostic::do_not_recommend]
impl HasTile<'_> for NoTile {
    type Tile = Self;
}

/// What no op takes, and is passed to one all the same: that it is no operand is all that there is to say.
macro_rules! no_operand {
    ([$($generic:ident),*] $ty:ty) => {
        #[diagnostic::do_not_recommend]
        impl<'k $(, $generic)*> $crate::event::OfTile<'k> for $ty {
            type Tile = $crate::event::NoTile;
            type Stored<O> = $crate::event::RecordEvent<O, $crate::event::Live<$crate::event::NoTile>>;
            type Precision = $crate::op::precision::Usual;
        }
    };
}
pub(crate) use no_operand;
