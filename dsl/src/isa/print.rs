//! What a tile holds, as text: TPRINT.

use super::declare::scope::{AnyTile, Dtype, Location, Read};
use crate::chip::Chip;
use crate::memory;
use crate::memory::{Semantics, Src};
use crate::op::Scalar;
use crate::sealed::INNER;
use crate::tile::{Layout, Tile, Valid, space};
use crate::unit::Mode;

#[tilesync_macros::op(Scalar("TPRINT") "the valid region of src, as text" a2a3 "all" a5 "all")]
/// A line for each row, its elements aligned. PTO writes it to the device's log; here the kernel has it as a string, and prints it or not.
///
/// The kernel's own code is the scalar pipe, as for [`get`](crate::RecordEvent::get): every op issued so far is run before this
/// returns.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(x: Event<TLoad, Scalar, Live<VecTile<'k, f32, 4, 8>>>) {
/// let x = x.wait();
/// println!("{}", tprint(&x));
/// # }
/// ```
///
/// # Errors
///
/// A kernel that was stopped earlier ends here, by unwinding.
#[must_use]
#[rustfmt::skip]
pub fn tprint<'k, X, T, const R: usize, const C: usize, L, V, Ch>(src: &X) -> String
where
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
    X: Read<'k, Scalar, Tile = Tile<'k, space::Vec, T, R, C, L, V, Ch>>,
{
    let tile = src.data_of(INNER);
    let (unit, (rows, cols)) = (tile.core().unit(), tile.valid());
    let operand = tile.operand();
    unit.issue::<Scalar, Seen<T>>(&[operand], 0, 0, Location::caller());
    unit.flush();
    if unit.mode.get() == Mode::Faulted {
        unit.leave();
    }
    let element = |row, col| format!("{:?}", memory::element::<T>(&unit.memory, &operand, row, col));
    let elements: Vec<Vec<String>> =
        (0..rows).map(|row| (0..cols).map(|col| element(row, col)).collect()).collect();
    let width = elements.iter().flatten().map(String::len).max().unwrap_or_default();
    let line = |row: Vec<String>| {
        let aligned: Vec<String> = row.iter().map(|x| format!("{x:>width$}")).collect();
        aligned.join(" ") + "\n"
    };
    elements.into_iter().map(line).collect()
}

/// The read itself, for the record.
struct Seen<T>(std::marker::PhantomData<T>);

impl<T: Dtype> Semantics for Seen<T> {
    type Views<'a> = (Src<'a, T>,);

    fn run(_: Self::Views<'_>, _: u64) {}
}
