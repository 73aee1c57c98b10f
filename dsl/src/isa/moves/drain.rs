//! How an accumulator leaves: as it is, scaled, without what is negative; and in which element types.

use half::{bf16, f16};

use crate::chip::{A2A3, A5, Chip};
use crate::compute::outlet::{Narrowed, Outlet, Quant, Scaled, Shifted, shift, word};
use crate::compute::round::{Nearest, Rounded};
use crate::event::Read;
use crate::isa::operand::{DtypeOf, dtypes};
use crate::op::{TExtractA2M, TInsertA2M, TMovA2M, TMovA2V, TStoreAcc};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, F8E4M3, HiF8, NzAcc, RowMajor, Tile, Valid, space};

/// What FIX does to the elements of an accumulator on their way out: a scale, then a ReLU, both or neither.
///
/// Goes to [`tstore_with`](crate::isa::tstore_with), [`tmov_with`](crate::isa::tmov_with), [`textract_with`](crate::isa::textract_with) and
/// [`tinsert_with`](crate::isa::tinsert_with).
///
/// ```
/// # use tilesync::prelude::*;
/// let requantised = Drain::new().scale(0.125).relu();
/// ```
///
/// PTO has these as the template parameter `ReluPreMode`, the argument `preQuantScalar` and the forms that end in `_FP`.
///
/// # The value
///
/// The product with the scale is computed in `f64`, which is exact for f32; for i8 and u8 the offset is added; and the sum is rounded
/// once to the element type outside: to the nearest, of two equally near to the even one. Integers saturate, and a NaN becomes 0. An
/// f16, HiF8 or F8E4M3 saturates too, but stays infinite where the accumulator is; f32 and bf16 overflow to infinity. ReLU comes last, and makes 0 of a NaN
/// and of a negative zero.
///
/// i32 to i16 shifts to the right instead: it rounds down, and saturates.
///
/// Without a scale f16 and bf16 overflow to infinity.
///
/// # The element types
///
/// | op | chip | as they are | with a scale | shifted |
/// |---|---|---|---|---|
/// | TSTORE | a2a3 | f32 to f32, f16, bf16; i32 to i32 | f32 to i8, u8; i32 to i8, u8, f16 | |
/// | TMOV, TEXTRACT, TINSERT to `Mat` | a2a3 | f32 to f16, bf16 | f32 to i8; i32 to i8, u8, f16 | i32 to i16 |
/// | all of these, TMOV to `Vec` too | a5 | f32 to f32, f16, bf16; i32 to i32 | f32 to i8, u8, f16, bf16, f32, HiF8, F8E4M3; i32 to i8, u8, f16, bf16 | |
#[doc(alias = "ReluPreMode")]
#[doc(alias = "preQuantScalar")]
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct Drain<Q = Unscaled> {
    pub(in crate::isa) quant: Q,
    pub(in crate::isa) relu: bool,
}

/// There is no scale.
#[derive(Clone, Copy, Debug)]
pub struct Unscaled(());

/// One scale for all elements.
#[derive(Clone, Copy, Debug)]
pub struct ByScale(f32);

/// One scale for all elements, and one offset.
#[derive(Clone, Copy, Debug)]
pub struct ByScaleAndOffset(Quant);

/// All elements are shifted to the right.
#[derive(Clone, Copy, Debug)]
pub struct ByShift(Quant);

/// One word for each column, in a `ScalingTile`.
#[derive(Debug)]
pub struct ByColumn<'s, X>(&'s X);

impl<X> Clone for ByColumn<'_, X> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<X> Copy for ByColumn<'_, X> {}

impl Drain {
    /// As they are, rounded where the element type outside has fewer digits.
    pub const fn new() -> Self {
        Drain { quant: Unscaled(()), relu: false }
    }

    /// Times `scale`.
    pub const fn scale(self, scale: f32) -> Drain<ByScale> {
        Drain { quant: ByScale(scale), relu: self.relu }
    }

    /// Shifted to the right by 1 to 16 bits: from i32 to i16.
    ///
    /// # Panics
    ///
    /// For another number of bits.
    #[track_caller]
    pub const fn shift(self, bits: u32) -> Drain<ByShift> {
        assert!(bits >= 1 && bits <= 16, "FIX shifts by 1 to 16 bits");
        Drain { quant: ByShift(shift(bits)), relu: self.relu }
    }

    /// Each column as its word says, from a token of a [`ScalingTile`](crate::tile::ScalingTile) that the op may read: `TSTORE_FP` and
    /// its like. [`quant_param`](crate::isa::quant_param) makes words with scales, [`quant_shift`](crate::isa::quant_shift) those of shifts.
    #[doc(alias = "TSTORE_FP")]
    #[doc(alias = "TMOV_FP")]
    #[doc(alias = "TEXTRACT_FP")]
    #[doc(alias = "TINSERT_FP")]
    pub const fn scale_columns<X>(self, scales: &X) -> Drain<ByColumn<'_, X>> {
        Drain { quant: ByColumn(scales), relu: self.relu }
    }
}

impl Drain<ByScale> {
    /// Plus `offset` after the scale, 0 to 511: to i8 and u8.
    ///
    /// # Panics
    ///
    /// For a larger offset.
    #[track_caller]
    pub const fn offset(self, offset: u16) -> Drain<ByScaleAndOffset> {
        assert!(offset as u64 <= word::OFFSETS, "the offset of a scaled accumulator has 9 bits");
        let quant = Quant { scale: self.quant.0, offset: offset as f32 };
        Drain { quant: ByScaleAndOffset(quant), relu: self.relu }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Drain::new()
    }
}

impl<Q> Drain<Q> {
    /// Without what is negative: `max(x, 0)`.
    pub fn relu(mut self) -> Self {
        self.relu = true;
        self
    }
}

/// A way out of the accumulator `A` by op `O`, to elements of `T`: with no scale, one for all elements, one for each column.
#[diagnostic::on_unimplemented(
    message = "{A} does not leave as elements of {T} by `{O}` with {Self}",
    label = "not an accumulator whose elements become {T} in this way",
    note = "without a scale an `AccTile` of f32 becomes f16 or bf16, on most ways f32, and one of i32 stays i32; with a scale it becomes i8 or u8, one of i32 f16 too",
    note = "the table in the documentation of `Drain` lists every op and chip"
)]
pub trait WayOut<'k, O, A, T> {
    /// What becomes of an element.
    #[doc(hidden)]
    type Outlet: Outlet<Out = T>;
    /// What becomes of all elements.
    #[doc(hidden)]
    fn quant(&self, _: NotForKernels) -> Quant {
        Quant::NONE
    }
    /// The tile with the words of the columns.
    #[doc(hidden)]
    fn table(&self, _: NotForKernels) -> Option<Operand> {
        None
    }
}

impl<'k, O, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    WayOut<'k, O, Tile<'k, space::Acc, T::Sum, R, C, NzAcc, V, Ch>, T> for Unscaled
where
    T: DtypeOf<O, Ch>,
{
    type Outlet = Narrowed<T>;
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    WayOut<'k, O, Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>, T> for ByScale
where
    A: Rounded,
    T: QuantFrom<A, O, Ch>,
{
    type Outlet = Scaled<A, T>;

    fn quant(&self, _: NotForKernels) -> Quant {
        Quant { scale: self.0, offset: 0.0 }
    }
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    WayOut<'k, O, Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>, T> for ByScaleAndOffset
where
    A: Rounded,
    T: QuantFrom<A, O, Ch> + TakesOffset,
{
    type Outlet = Scaled<A, T>;

    fn quant(&self, _: NotForKernels) -> Quant {
        self.0
    }
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip>
    WayOut<'k, O, Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>, T> for ByShift
where
    A: Rounded,
    T: ShiftFrom<A, O, Ch>,
{
    type Outlet = Shifted<A, T>;

    fn quant(&self, _: NotForKernels) -> Quant {
        self.0
    }
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip, X>
    WayOut<'k, O, Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>, T> for ByColumn<'_, X>
where
    A: Rounded,
    T: QuantFrom<A, O, Ch>,
    X: Read<'k, O, Tile: ScalesOf<Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>>>,
{
    type Outlet = Scaled<A, T>;

    fn table(&self, _: NotForKernels) -> Option<Operand> {
        Some(self.0.data_of(INNER).operand())
    }
}

impl<'k, O, A, const R: usize, const C: usize, V: Valid, Ch: Chip, X>
    WayOut<'k, O, Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>, i16> for ByColumn<'_, X>
where
    A: Rounded,
    i16: ShiftFrom<A, O, Ch>,
    X: Read<'k, O, Tile: ScalesOf<Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>>>,
{
    type Outlet = Shifted<A, i16>;

    fn table(&self, _: NotForKernels) -> Option<Operand> {
        Some(self.0.data_of(INNER).operand())
    }
}

/// `Self` holds a scale for each column of the accumulator `A`.
#[diagnostic::on_unimplemented(
    message = "the operands do not fit: {Self} does not hold a scale for each column of {A}",
    label = "expected a `ScalingTile` of the accumulator's width",
    note = "the scales of an `AccTile<T, M, N>` are a `ScalingTile<u64, N>`"
)]
pub trait ScalesOf<A> {}

impl<'k, A, const R: usize, const C: usize, V: Valid, VS: Valid, Ch: Chip>
    ScalesOf<Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>>
    for Tile<'k, space::Scaling, u64, 1, C, RowMajor, VS, Ch>
{
}

/// Op `O` makes elements of `Self` from scaled ones of `A` on chip `Ch`.
#[diagnostic::on_unimplemented(
    message = "`{O}` does not make {Self} from a scaled {A} on {Ch}",
    label = "no such conversion on {Ch}",
    note = "with a scale an accumulator becomes i8 or u8, one of i32 f16 too; the table in the documentation of `Drain` lists every op and chip"
)]
pub trait QuantFrom<A, O, Ch>: Nearest {}

/// An offset is added to scaled elements that become elements of `Self`.
#[diagnostic::on_unimplemented(
    message = "FIX adds no offset to elements of {Self}",
    label = "an offset is for i8 and u8"
)]
pub trait TakesOffset: Nearest {}

impl TakesOffset for i8 {}
impl TakesOffset for u8 {}

/// Op `O` makes elements of `Self` from shifted ones of `A` on chip `Ch`.
#[diagnostic::on_unimplemented(
    message = "`{O}` does not make {Self} from a shifted {A} on {Ch}",
    label = "no such conversion on {Ch}",
    note = "on a2a3 an accumulator of i32 is shifted to i16, on its way to a `MatTile`"
)]
pub trait ShiftFrom<A, O, Ch>: Rounded {}

macro_rules! shifted {
    ($($op:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl ShiftFrom<i32, $op, A2A3> for i16 {}
    )*};
}

shifted!(TMovA2M TExtractA2M TInsertA2M);

macro_rules! quantised {
    ($($ch:ident $op:ident: $($acc:ident => $($out:ident)*),*;)*) => {
        $($($(
            #[diagnostic::do_not_recommend]
            impl QuantFrom<$acc, $op, $ch> for $out {}
        )*)*)*
    };
}

dtypes!(TStoreAcc: a2a3 [i32 f16 bf16 f32] a5 [i32 f16 bf16 f32]);

quantised! {
    A2A3 TStoreAcc: f32 => i8 u8, i32 => i8 u8 f16;
    A2A3 TMovA2M: f32 => i8, i32 => i8 u8 f16;
    A2A3 TExtractA2M: f32 => i8, i32 => i8 u8 f16;
    A2A3 TInsertA2M: f32 => i8, i32 => i8 u8 f16;
    A5 TStoreAcc: f32 => i8 u8 f16 bf16 f32 HiF8 F8E4M3, i32 => i8 u8 f16 bf16;
    A5 TMovA2V: f32 => i8 u8 f16 bf16 f32 HiF8 F8E4M3, i32 => i8 u8 f16 bf16;
    A5 TMovA2M: f32 => i8 u8 f16 bf16 f32 HiF8 F8E4M3, i32 => i8 u8 f16 bf16;
    A5 TExtractA2M: f32 => i8 u8 f16 bf16 f32 HiF8 F8E4M3, i32 => i8 u8 f16 bf16;
    A5 TInsertA2M: f32 => i8 u8 f16 bf16 f32 HiF8 F8E4M3, i32 => i8 u8 f16 bf16;
}
