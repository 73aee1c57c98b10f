//! How an accumulator leaves: as it is, scaled, without what is negative; and in which element types.

use half::{bf16, f16};

use super::elementwise::mismatch;
use super::operand::{DtypeOf, dtypes};
use super::outlet::{Narrowed, Outlet, Scaled, Way};
use super::round::Rounded;
use crate::chip::{A2A3, A5, Chip};
use crate::event::Read;
use crate::issue::Site;
use crate::op::{Op, TExtractA2M, TInsertA2M, TMovA2M, TMovA2V, TStoreAcc};
use crate::program::Operand;
use crate::sealed::{INNER, NotForKernels};
use crate::tile::{AnyTile, NzAcc, RowMajor, Tile, Valid, space};

/// What FIX does to the elements of an accumulator on their way out: a scale, then a ReLU, both or neither.
///
/// Goes to [`tstore_with`](super::tstore_with), [`tmov_with`](super::tmov_with), [`textract_with`](super::textract_with) and
/// [`tinsert_with`](super::tinsert_with).
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
/// The product with the scale is computed in `f64`, which is exact for f32, and rounded once to the element type outside: to the
/// nearest, of two equally near to the even one. Integers saturate, and a NaN becomes 0. Floats overflow to infinity. ReLU makes 0
/// of a NaN and of a negative zero. Which of scale and ReLU comes first matters only for a negative scale.
///
/// # The element types
///
/// | op | chip | without a scale | with a scale |
/// |---|---|---|---|
/// | TSTORE | a2a3 | f32 to f32, f16, bf16; i32 to i32 | f32 to i8, u8; i32 to i8, u8, f16 |
/// | TMOV, TEXTRACT, TINSERT to `Mat` | a2a3 | f32 to f16, bf16 | f32 to i8; i32 to i8, u8, f16 |
/// | all of these, TMOV to `Vec` too | a5 | f32 to f32, f16, bf16; i32 to i32 | f32 to i8, u8, f16, bf16, f32; i32 to i8, u8, f16, bf16 |
///
/// PTO's i32 to i16, which shifts instead of scaling, is left out.
#[doc(alias = "ReluPreMode")]
#[doc(alias = "preQuantScalar")]
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct Drain<Q = Unscaled> {
    pub(super) scale: Q,
    pub(super) relu: bool,
}

/// There is no scale.
#[derive(Clone, Copy, Debug)]
pub struct Unscaled(());

/// One scale for all elements.
#[derive(Clone, Copy, Debug)]
pub struct ByScale(f32);

/// One scale for each column, in a `ScalingTile`.
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
        Drain { scale: Unscaled(()), relu: false }
    }

    /// Times `scale`.
    pub const fn scale(self, scale: f32) -> Drain<ByScale> {
        Drain { scale: ByScale(scale), relu: self.relu }
    }

    /// Each column times its scale, from a token of a [`ScalingTile`](crate::tile::ScalingTile) that the op may read: `TSTORE_FP` and
    /// its like. [`quant_param`](super::quant_param) makes the words in it.
    #[doc(alias = "TSTORE_FP")]
    #[doc(alias = "TMOV_FP")]
    #[doc(alias = "TEXTRACT_FP")]
    #[doc(alias = "TINSERT_FP")]
    pub const fn scale_columns<X>(self, scales: &X) -> Drain<ByColumn<'_, X>> {
        Drain { scale: ByColumn(scales), relu: self.relu }
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

impl<Q> Drain<Q> {
    /// As an immediate, with the corner of a window.
    pub(super) fn imm<'k, O>(&self, corner: (usize, usize)) -> u64
    where
        Q: ScaleOf<'k, O>,
    {
        Way { scale: self.scale.factor(INNER), relu: self.relu, corner }.to_imm()
    }

    /// The tile with the scales of the columns of `acc`, if there is one; stops the kernel where it has another number of them.
    pub(super) fn table<'k, O: Op>(&self, acc: &impl AnyTile<'k>, at: Site) -> Option<Operand>
    where
        Q: ScaleOf<'k, O>,
    {
        let table = self.scale.table(INNER)?;
        let valid = (table.rows as usize, table.cols as usize);
        if valid.1 != acc.valid().1 {
            mismatch::<O>(acc, valid, at);
        }
        Some(table)
    }
}

/// A scale that op `O` can use: none, one for all, one for each column.
pub trait ScaleOf<'k, O> {
    /// The scale of all elements.
    #[doc(hidden)]
    fn factor(&self, _: NotForKernels) -> f32 {
        1.0
    }
    /// The tile with the scales of the columns.
    #[doc(hidden)]
    fn table(&self, _: NotForKernels) -> Option<Operand> {
        None
    }
}

impl<O> ScaleOf<'_, O> for Unscaled {}

impl<O> ScaleOf<'_, O> for ByScale {
    fn factor(&self, _: NotForKernels) -> f32 {
        self.0
    }
}

impl<'k, O: Op, X: Read<'k, O>> ScaleOf<'k, O> for ByColumn<'_, X> {
    fn table(&self, _: NotForKernels) -> Option<Operand> {
        Some(self.0.tile(INNER).operand())
    }
}

/// Op `O` takes the elements of the accumulator `Self` out as elements of `T`, with a scale as `Q` says.
#[diagnostic::on_unimplemented(
    message = "{Self} does not leave as elements of {T} by `{O}` with this `Drain`",
    label = "not an accumulator whose elements become {T} on this chip",
    note = "without a scale an `AccTile` of f32 becomes f16 or bf16, on most ways f32, one of i32 stays i32; with `.scale(..)` or `.scale_columns(..)` it becomes i8 or u8, one of i32 f16 too",
    note = "the table in the documentation of `Drain` lists every op and chip"
)]
pub trait Leaves<'k, O, T, Q>: AnyTile<'k> {
    /// What becomes of an element.
    #[doc(hidden)]
    type Outlet: Outlet<Out = T>;
}

impl<'k, O, T, const R: usize, const C: usize, V: Valid, Ch: Chip> Leaves<'k, O, T, Unscaled>
    for Tile<'k, space::Acc, T::Sum, R, C, NzAcc, V, Ch>
where
    T: DtypeOf<O, Ch>,
{
    type Outlet = Narrowed<T>;
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip> Leaves<'k, O, T, ByScale>
    for Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>
where
    A: Rounded,
    T: QuantFrom<A, O, Ch>,
{
    type Outlet = Scaled<A, T>;
}

impl<'k, O, A, T, const R: usize, const C: usize, V: Valid, Ch: Chip, X>
    Leaves<'k, O, T, ByColumn<'_, X>> for Tile<'k, space::Acc, A, R, C, NzAcc, V, Ch>
where
    A: Rounded,
    T: QuantFrom<A, O, Ch>,
    X: Read<'k, O, Tile: ScalesOf<Self>>,
{
    type Outlet = Scaled<A, T>;
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
pub trait QuantFrom<A, O, Ch>: Rounded {}

macro_rules! quantised {
    ($($ch:ident $op:ident: $($acc:ident => $($out:ident)*),*;)*) => {
        $($($(
            #[diagnostic::do_not_recommend]
            impl QuantFrom<$acc, $op, $ch> for $out {}
        )*)*)*
    };
}

dtypes!(TStoreAcc: a2a3 [i32 f16 bf16 f32] a5 [i32 f16 bf16 f32]);
dtypes!(TMovA2V: a2a3 [] a5 [i32 f16 bf16 f32]);
dtypes!(TMovA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32]);
dtypes!(TExtractA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32]);
dtypes!(TInsertA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32]);

quantised! {
    A2A3 TStoreAcc: f32 => i8 u8, i32 => i8 u8 f16;
    A2A3 TMovA2M: f32 => i8, i32 => i8 u8 f16;
    A2A3 TExtractA2M: f32 => i8, i32 => i8 u8 f16;
    A2A3 TInsertA2M: f32 => i8, i32 => i8 u8 f16;
    A5 TStoreAcc: f32 => i8 u8 f16 bf16 f32, i32 => i8 u8 f16 bf16;
    A5 TMovA2V: f32 => i8 u8 f16 bf16 f32, i32 => i8 u8 f16 bf16;
    A5 TMovA2M: f32 => i8 u8 f16 bf16 f32, i32 => i8 u8 f16 bf16;
    A5 TExtractA2M: f32 => i8 u8 f16 bf16 f32, i32 => i8 u8 f16 bf16;
    A5 TInsertA2M: f32 => i8 u8 f16 bf16 f32, i32 => i8 u8 f16 bf16;
}
