//! Which tiles fit an op and each other.

use crate::chip::{Chip, ChipId};
use crate::event::{NoTile, OfTile};
use crate::sealed::Sealed;
use crate::tile::layout::InOrder;
use crate::tile::{
    AnyTile, ColMajor, Dtype, Dyn, Full, Layout, PlainLayout, RowMajor, Static, Tile, Valid, space,
};

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

/// The chip can run `O` in place.
#[diagnostic::on_unimplemented(
    message = "{Self} has no in-place `{O}`",
    label = "the device overwrites the source before it has read it",
    note = "use the form with two tiles: its name is this one without `_assign`"
)]
pub trait InPlace<O>: Chip {}

/// Whether the chip of tile `D` needs the scratch tiles that ops have for a2a3.
pub(crate) const fn needs_scratch<'k, D: AnyTile<'k>>() -> bool {
    matches!(<D::Chip as Chip>::ID, ChipId::A2A3)
}

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
#[diagnostic::do_not_recommend]
impl<D: Kind, X: Kind> Like<D> for X where X::Tile: Same<D::Tile> {}

/// What a tile is whether or not it is a part, or is taken apart.
pub trait Kind: Sealed {
    /// The tile with rows side by side.
    type Tile;
}

impl<'k, S, T, const R: usize, const C: usize, L: Layout, V: Valid, Ch: Chip> Kind
    for Tile<'k, S, T, R, C, L, V, Ch>
{
    type Tile = Tile<'k, S, T, R, C, L::Order, V, Ch>;
}

/// `Self` and `X` are one: what an operand asks of another (a tile, a dtype, a kind of valid region), and what that has.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: one has {X}, and the other asks for {Self}",
    label = "expected {Self}, found {X}",
    note = "the operands of an op have the same kind of valid region, and the dtypes that its documentation lists"
)]
pub trait Same<X> {}
impl<X: Sealed> Same<X> for X {}

/// What is wrong with an operand that has no tile is said already: it is like any other.
#[derive(Debug)]
pub enum Anything {}
#[diagnostic::do_not_recommend]
impl Kind for NoTile {
    type Tile = Anything;
}
#[diagnostic::do_not_recommend]
impl<X> Same<X> for Anything {}
#[diagnostic::do_not_recommend]
impl<X: Sealed> Same<Anything> for X {}
#[diagnostic::do_not_recommend]
impl<O> VectorTile<'_, O> for NoTile {}

/// `Self` holds one value for each row of `D`: a `VecCol`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a column with one value for each row of {D}",
    label = "expected a column of the tile's height",
    note = "for a `VecTile<T, R, C>` that is a `VecCol<T, R>`: `R` x 1, column-major, the same dtype and kind of valid region; or a taller one with `R` valid rows, as `VecCol<T, 8, Static<1, 1>>` for one row"
)]
pub trait ColOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, const N: usize, L, V: Valid, VC, Ch: Chip>
    ColOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, T, N, 1, ColMajor, VC, Ch>
where
    L: InOrder<RowMajor>,
    VC: OneEach<V, R, N>,
{
}

/// The column `C` has one value for each row of `Self`: [`ColOf`] from the other side.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {C} is not a column with one value for each row of {Self}",
    label = "its rows are not those of the destination",
    note = "for a `VecTile<T, R, C>` the destination is a `VecCol<T, R>`: `R` x 1, column-major, the same dtype and kind of valid region; or a taller one with `R` valid rows, as `VecCol<T, 8, Static<1, 1>>` for one row"
)]
pub trait HasCol<C>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, const N: usize, L, V: Valid, VC, Ch: Chip>
    HasCol<Tile<'k, space::Vec, T, N, 1, ColMajor, VC, Ch>>
    for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    VC: OneEach<V, R, N>,
{
}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, const C2: usize, L, LC, V: Valid, VC, Ch: Chip>
    HasCol<Tile<'k, space::Vec, T, R, C2, LC, VC, Ch>> for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    LC: InOrder<RowMajor>,
    VC: FirstColumn<V, R>,
{
}

/// A row-major tile with the valid region `Self` has, in its one valid column, a value for each row of a tile of `R` rows with the valid
/// region `V`.
pub trait FirstColumn<V, const R: usize>: Valid {}
impl<const R: usize> FirstColumn<Full, R> for Static<R, 1> {}
impl<const R: usize, const ROWS: usize, const COLS: usize> FirstColumn<Static<ROWS, COLS>, R>
    for Static<ROWS, 1>
{
}
impl<const R: usize> FirstColumn<Dyn, R> for Dyn {}

/// `Self` has a value for each row of `D`: as [`ColOf`], or in the one valid column of a row-major tile.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} has not one value for each row of {D}",
    label = "expected a column of the tile's height",
    note = "for a `VecTile<T, R, C>` that is a `VecCol<T, R>`, or a row-major tile with one valid column, as `VecTile<T, R, 8, Static<R, 1>>`"
)]
pub trait FirstColOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, const N: usize, L, V: Valid, VC, Ch: Chip>
    FirstColOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, T, N, 1, ColMajor, VC, Ch>
where
    L: InOrder<RowMajor>,
    VC: OneEach<V, R, N>,
{
}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, const C2: usize, L, LC, V: Valid, VC, Ch: Chip>
    FirstColOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>>
    for Tile<'k, space::Vec, T, R, C2, LC, VC, Ch>
where
    L: InOrder<RowMajor>,
    LC: InOrder<RowMajor>,
    VC: FirstColumn<V, R>,
{
}

/// A column of `N` rows with the valid region `Self` has one value for each row of a tile of `R` rows with the valid region `V`.
///
/// It is as tall as the tile; or taller, to fill whole blocks of 32 bytes, with as many valid rows as the tile has.
pub trait OneEach<V, const R: usize, const N: usize>: Valid {}
impl<const R: usize> OneEach<Full, R, R> for Full {}
impl<const R: usize, const N: usize> OneEach<Full, R, N> for Static<R, 1> {}
impl<const R: usize, const N: usize, const ROWS: usize, const COLS: usize>
    OneEach<Static<ROWS, COLS>, R, N> for Static<ROWS, 1>
{
}
impl<const R: usize> OneEach<Dyn, R, R> for Dyn {}
// A row's one value, in a block of elements of 8, 4, 2 bytes and of 1.
impl OneEach<Dyn, 1, 4> for Dyn {}
impl OneEach<Dyn, 1, 8> for Dyn {}
impl OneEach<Dyn, 1, 16> for Dyn {}
impl OneEach<Dyn, 1, 32> for Dyn {}

/// The row `R` has one value for each column of `Self`: [`RowOf`] from the other side.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {R} is not a row with one value for each column of {Self}",
    label = "its columns are not those of the destination",
    note = "for a `VecTile<T, R, C>` the destination is a `VecTile<T, 1, C>`, of the same dtype and kind of valid region"
)]
pub trait HasRow<R>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, L, LR, V: Valid<Row: Same<W>>, W: Valid, Ch: Chip>
    HasRow<Tile<'k, space::Vec, T, 1, C, LR, W, Ch>> for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    LR: InOrder<RowMajor>,
{
}

/// `Self` holds one value for each column of `D`: a `VecTile` of one row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a row with one value for each column of {D}",
    label = "expected a row of the tile's width",
    note = "for a `VecTile<T, R, C>` that is a `VecTile<T, 1, C>`, of the same dtype and kind of valid region"
)]
pub trait RowOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, const R: usize, const C: usize, L, LR, V: Valid<Row: Same<W>>, W: Valid, Ch: Chip>
    RowOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, 1, C, LR, W, Ch>
where
    L: InOrder<RowMajor>,
    LR: InOrder<RowMajor>,
{
}

/// `Self` is `D` with rows and columns exchanged.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not {D} transposed",
    label = "rows and columns must be exchanged",
    note = "the transposed of a `VecTile<T, R, C>` is a `VecTile<T, C, R>`"
)]
pub trait TransposeOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
impl<
    'k,
    T,
    const R: usize,
    const C: usize,
    L,
    LD,
    V: Valid<Transposed: Same<W>>,
    W: Valid,
    Ch: Chip,
> TransposeOf<Tile<'k, space::Vec, T, R, C, LD, V, Ch>> for Tile<'k, space::Vec, T, C, R, L, W, Ch>
where
    L: InOrder<RowMajor>,
    LD: InOrder<RowMajor>,
{
}

/// `Self` has the shape of `D`, whatever the dtype.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} and {D} differ in more than the dtype",
    label = "shape, layout and kind of valid region must be the same"
)]
pub trait ShapeOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, S, T, U, const R: usize, const C: usize, L, LD: Layout, V: Valid, Ch: Chip>
    ShapeOf<Tile<'k, S, T, R, C, LD, V, Ch>> for Tile<'k, S, U, R, C, L, V, Ch>
where
    L: InOrder<LD::Order>,
{
}

/// `I` has one element for each row of `Self`, whatever its dtype: a column, or the first column of a row-major tile.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {I} is not a column with one index for each row of {Self}",
    label = "its rows are not those of the indices",
    note = "for a `VecTile<T, R, C>` the indices are a `VecCol<i32, R>`: `R` x 1, column-major, the same kind of valid region"
)]
pub trait HasIndexCol<I>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, U, const R: usize, const C: usize, const N: usize, L, V: Valid, VC, Ch: Chip>
    HasIndexCol<Tile<'k, space::Vec, U, N, 1, ColMajor, VC, Ch>>
    for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    VC: OneEach<V, R, N>,
{
}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, U, const R: usize, const C: usize, const C2: usize, L, LC, V: Valid, VC, Ch: Chip>
    HasIndexCol<Tile<'k, space::Vec, U, R, C2, LC, VC, Ch>> for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    LC: InOrder<RowMajor>,
    VC: FirstColumn<V, R>,
{
}

/// `I` has one element for each column of `Self`, whatever its dtype: a row.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {I} is not a row with one index for each column of {Self}",
    label = "its columns are not those of the indices",
    note = "for a `VecTile<T, R, C>` the indices are a `VecTile<i32, 1, C>`, of the same kind of valid region"
)]
pub trait HasIndexRow<I>: Sealed {}

#[diagnostic::do_not_recommend]
impl<'k, T, U, const R: usize, const C: usize, L, LR, V: Valid, Ch: Chip>
    HasIndexRow<Tile<'k, space::Vec, U, 1, C, LR, V::Row, Ch>>
    for Tile<'k, space::Vec, T, R, C, L, V, Ch>
where
    L: InOrder<RowMajor>,
    LR: InOrder<RowMajor>,
{
}

/// `Self` is a row-major tile with the dtype of `D`, of any shape.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} is not a row-major tile with the dtype of {D}",
    label = "dtype and chip must be those of the destination"
)]
pub trait PartOf<D>: Sealed {}

#[diagnostic::do_not_recommend]
#[rustfmt::skip]
impl<'k, T, const R: usize, const C: usize, L, V: Valid, const R2: usize, const C2: usize, L2, V2: Valid, Ch: Chip>
    PartOf<Tile<'k, space::Vec, T, R, C, L, V, Ch>> for Tile<'k, space::Vec, T, R2, C2, L2, V2, Ch>
where
    L: InOrder<RowMajor>,
    L2: InOrder<RowMajor>,
{
}

/// `Self` is row-major.
#[diagnostic::on_unimplemented(
    message = "this op does not work on {Self}",
    label = "a column-major tile",
    note = "it takes row-major tiles, such as `VecTile`"
)]
pub trait RowMajorTile: Sealed {}

#[diagnostic::do_not_recommend]
impl<S, T, const R: usize, const C: usize, L: InOrder<RowMajor>, V: Valid, Ch: Chip> RowMajorTile
    for Tile<'_, S, T, R, C, L, V, Ch>
{
}
