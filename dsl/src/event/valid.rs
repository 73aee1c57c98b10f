//! The valid region of a tile that was handed back.

use super::{Event, RecordEvent};
use crate::chip::Chip;
use crate::tile::{Dtype, Dyn, Layout, SpaceType, Tile};

macro_rules! with_valid {
    ($($token:ident<$($op:ident),*>;)*) => {$(
        impl<'k, $($op,)* S, T, const R: usize, const C: usize, L, Ch>
            $token<$($op,)* Tile<'k, S, T, R, C, L, Dyn, Ch>>
        where
            S: SpaceType,
            T: Dtype,
            L: Layout,
            Ch: Chip,
        {
            /// Sets the valid region that an op without sources fills next: [`Tile::with_valid`] for a tile that was handed back, or
            /// whose data was given up.
            ///
            /// # Errors
            ///
            /// As for [`Tile::with_valid`].
            #[doc(alias = "SetValidShape")]
            #[track_caller]
            pub fn with_valid(self, rows: usize, cols: usize) -> Self {
                Self::new(self.payload.with_valid(rows, cols))
            }
        }
    )*};
}

with_valid! {
    RecordEvent<Src>;
    Event<Src, Dst>;
}
