//! Which tiles fit an op and each other.

use crate::chip::Chip;
use crate::event::OfTile;
use crate::sealed::Sealed;
use crate::tile::{AnyTile, ColMajor, Dtype, PlainLayout, RowMajor, Tile, Valid, space};

/// The tile of operand `X`.
pub(crate) type TileOf<'k, X> = <X as OfTile<'k>>::Tile;

/// The element type of operand `X`.
pub(crate) type ElemOf<'k, X> = <TileOf<'k, X> as AnyTile<'k>>::Elem;

/// Declares the element types of an op, chip by chip.
macro_rules! dtypes {
    ($op:ty: a2a3 [$($a:ty)*] a5 [$($b:ty)*]) => {
        $(
            #[diagnostic::do_not_recommend]
            impl $crate::isa::bounds::DtypeOf<$op, $crate::chip::A2A3> for $a {}
        )*
        $(
            #[diagnostic::do_not_recommend]
            impl $crate::isa::bounds::DtypeOf<$op, $crate::chip::A5> for $b {}
        )*
    };
}
pub(crate) use dtypes;

/// `Self` is an element type of op `O` on chip `Ch`. The lists stand where the ops are declared.
#[diagnostic::on_unimplemented(
    message = "`{O}` has no {Self} form on {Ch}",
    label = "not an element type of `{O}` on {Ch}",
    note = "convert with `tcvt`, or choose an element type that the op's documentation lists"
)]
pub trait DtypeOf<O, Ch>: Dtype {}

/// A tile that vector op `O` works on: in the `Vec` space, plain, of an element type of the op.
#[diagnostic::on_unimplemented(
    message = "`{O}` does not work on this tile",
    label = "{Self}",
    note = "a vector op takes plain (row- or column-major) tiles in the `Vec` space, such as `VecTile`"
)]
pub trait VectorTile<'k, O>: AnyTile<'k> {}

impl<'k, O, T, const R: usize, const C: usize, L, V, Ch> VectorTile<'k, O>
    for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    T: DtypeOf<O, Ch>,
    L: PlainLayout,
    V: Valid,
    Ch: Chip,
{
}

/// The tiles are alike: dtype, shape, layout, kind of valid region, chip.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D}",
    label = "this operand differs from the destination",
    note = "the operands of this op have one dtype, one shape, one layout and one kind of valid region"
)]
pub trait Like<D>: Sealed {}
impl<X: Sealed> Like<X> for X {}

/// `Self` holds one value for each row of `D`: a `VecCol`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a column with one value for each row of {D}",
    label = "expected a column of the tile's height",
    note = "for a `VecTile<T, R, C>` that is a `VecCol<T, R>`: `R` x 1, column-major, the same dtype and kind of valid region"
)]
pub trait ColOf<D>: Sealed {}

impl<'k, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    ColOf<Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>>
    for Tile<'k, space::Vec, T, R, 1, ColMajor, V::Col, Ch>
{
}

/// The column `C` has one value for each row of `Self`: [`ColOf`] from the other side.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {C} is not a column with one value for each row of {Self}",
    label = "its rows are not those of the destination",
    note = "for a `VecTile<T, R, C>` the destination is a `VecCol<T, R>`: `R` x 1, column-major, the same dtype and kind of valid region"
)]
pub trait HasCol<C>: Sealed {}

impl<'k, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    HasCol<Tile<'k, space::Vec, T, R, 1, ColMajor, V::Col, Ch>>
    for Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>
{
}

/// The row `R` has one value for each column of `Self`: [`RowOf`] from the other side.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {R} is not a row with one value for each column of {Self}",
    label = "its columns are not those of the destination",
    note = "for a `VecTile<T, R, C>` the destination is a `VecTile<T, 1, C>`, of the same dtype and kind of valid region"
)]
pub trait HasRow<R>: Sealed {}

impl<'k, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    HasRow<Tile<'k, space::Vec, T, 1, C, RowMajor, V::Row, Ch>>
    for Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>
{
}

/// `Self` holds one value for each column of `D`: a `VecTile` of one row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a row with one value for each column of {D}",
    label = "expected a row of the tile's width",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<T, 1, C>`, of the same dtype and kind of valid region"
)]
pub trait RowOf<D>: Sealed {}

impl<'k, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    RowOf<Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>>
    for Tile<'k, space::Vec, T, 1, C, RowMajor, V::Row, Ch>
{
}

/// `Self` is `D` with rows and columns exchanged.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not {D} transposed",
    label = "rows and columns must be exchanged",
    note = "the transposed of a `VecTile<T, R, C>` is a `VecTile<T, C, R>`"
)]
pub trait TransposeOf<D>: Sealed {}

impl<'k, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    TransposeOf<Tile<'k, space::Vec, T, R, C, RowMajor, V, Ch>>
    for Tile<'k, space::Vec, T, C, R, RowMajor, V::Transposed, Ch>
{
}

/// `Self` has the shape of `D`, whatever the dtype.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D} differ in more than the dtype",
    label = "shape, layout and kind of valid region must be the same"
)]
pub trait ShapeOf<D>: Sealed {}

impl<'k, S, T, U, const R: usize, const C: usize, L, V: Valid, Ch: Chip>
    ShapeOf<Tile<'k, S, T, R, C, L, V, Ch>> for Tile<'k, S, U, R, C, L, V, Ch>
{
}
