//! The paths from tile to tile: which op takes elements from where to where, on which pipe and chip, and of which types.
//!
//! The tables here declare the paths and are their documentation. PTO's enumeration of ops has no entry of its own for some ways of
//! TEXTRACT and TINSERT; those go by TMOV's op of the same two spaces, which runs on the same pipe.

use half::{bf16, f16};

use super::{ExtractsTo, InsertsTo, MovesTo};
use crate::chip::{A2A3, A5, Chip};
use crate::compute::copies::{Copied, Placed, Widened, Windowed, Windows};
use crate::compute::outlet::{Cut, Drained, Inserted, Narrowed};
use crate::compute::wide::Wide;
use crate::isa::operand::{DtypeOf, dtypes};
use crate::op::{
    Op, Pipe, TExtractA2M, TExtractM2LR, TExtractV2M, TInsertA2M, TMovA2M, TMovA2V, TMovM2B,
    TMovM2L, TMovM2R, TMovM2S, TMovV2M, TMovV2V,
};
use crate::program::Operand;
use crate::sealed::NotForKernels;
use crate::tile::layout::{BLOCK_BYTES, FRACTAL_ROWS, InOrder};
use crate::tile::{
    ColMajor, Dtype, F4E1M2x2, F4E2M1x2, F8E4M3, F8E5M2, F8E8M0, HiF8, I4x2, Layout, LayoutId,
    MxNn, MxZz, Nz, NzAcc, PlainLayout, RowMajor, Tile, Valid, Zn, space,
};
use crate::unit::{Core, Site};

/// Where a window of a tile may begin: at multiples of so many rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "in the signature of sealed traits")]
pub struct Grain(usize, usize);

impl Grain {
    /// Anywhere.
    pub(super) const ANY: Grain = Grain(1, 1);

    /// Whether a window may begin there.
    pub(super) const fn has(self, corner: (usize, usize)) -> bool {
        corner.0.is_multiple_of(self.0) && corner.1.is_multiple_of(self.1)
    }

    /// The multiples, of rows and of columns.
    pub(super) const fn steps(self) -> (usize, usize) {
        (self.0, self.1)
    }

    const fn elements(_: [LayoutId; 2], _: usize) -> Self {
        Grain::ANY
    }

    /// In any row, in the columns where a block of 32 bytes begins.
    const fn blocks(_: [LayoutId; 2], size: usize) -> Self {
        Grain(1, BLOCK_BYTES / size)
    }

    /// In the rows where a block of 32 bytes begins, in any column.
    const fn rows(_: [LayoutId; 2], size: usize) -> Self {
        Grain(BLOCK_BYTES / size, 1)
    }

    /// Where a fractal begins; if it is turned on the way, at multiples of its longer side.
    const fn fractals([from, to]: [LayoutId; 2], size: usize) -> Self {
        let c0 = BLOCK_BYTES / size;
        let side = if c0 > FRACTAL_ROWS { c0 } else { FRACTAL_ROWS };
        match (from, to) {
            (LayoutId::Nd | LayoutId::Dn, _) => Grain::ANY,
            (LayoutId::Zn, LayoutId::Zn) => Grain(c0, FRACTAL_ROWS),
            (LayoutId::Zn, _) | (_, LayoutId::Zn) => Grain(side, side),
            _ => Grain(FRACTAL_ROWS, c0),
        }
    }
}

/// Declares which element types go along the paths of an op, or of a form of it, chip by chip; `types!()` is the table of them.
macro_rules! forms {
    ($($form:ident: a2a3 [$($a:ty)*] a5 [$($b:ty)*];)*) => {
        $(dtypes!($form: a2a3 [$($a)*] a5 [$($b)*]);)*

        macro_rules! types {
            () => {
                concat!(
                    "| op | element types on a2a3 | on a5 |\n|---|---|---|\n",
                    $("| `", stringify!($form), "` | ", stringify!($($a),*), " | ", stringify!($($b),*), " |\n",)*
                )
            };
        }
        pub(super) use types;
    };
}

/// Declares paths: `form = op on pipe [generics]: space layout => space layout, chips, what moves`; and the table of them.
macro_rules! paths {
    ($trait:ident, $table:ident: $(
        $form:ident = $op:ident on $pipe:ident $([$($g:tt)*])?: $from:ident $fl:ty => $to:ident $tl:ty,
        $chips:ident, $semantics:ty $(, at $grain:ident)? $(, one row of $block:literal)?;
    )*) => {
        $(
            const _: () = assert!(
                matches!(<$op as Op>::CODE.pipe(), Pipe::$pipe),
                "the pipe of a path is that of its op"
            );
            paths!(@$chips $trait [$($($g)*,)?] ($form $op) ($from $fl => $to $tl) ($semantics) ($($grain)? $($block)?));
        )*

        macro_rules! $table {
            () => {
                concat!(
                    "| from | to | op | pipe | chips |\n|---|---|---|---|---|\n",
                    $(
                        "| `", stringify!($from), "`, `", stringify!($fl), "` | `", stringify!($to), "`, `", stringify!($tl),
                        "` | [`", stringify!($op), "`](crate::op::", stringify!($op), ") | ",
                        stringify!($pipe), " | ", stringify!($chips), " |\n",
                    )*
                )
            };
        }
        pub(super) use $table;
    };
    (@both $trait:ident [$($g:tt)*] $($rest:tt)*) => { paths!(@impl $trait [$($g)* Ch: Chip] Ch, $($rest)*); };
    (@a2a3 $trait:ident [$($g:tt)*] $($rest:tt)*) => { paths!(@impl $trait [$($g)*] A2A3, $($rest)*); };
    (@a5 $trait:ident [$($g:tt)*] $($rest:tt)*) => { paths!(@impl $trait [$($g)*] A5, $($rest)*); };
    // The element type within a space: sums in an accumulator and in the bias table.
    (@elem Acc) => { <T as Dtype>::Sum };
    (@elem Bias) => { <T as Dtype>::Sum };
    (@elem $space:ident) => { T };
    (@impl MovesTo [$($g:tt)*] $ch:ty, ($form:ident $op:ident) ($from:ident $fl:ty => $to:ident $tl:ty) ($semantics:ty) ()) => {
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, V: Valid, VS: Valid, $($g)*>
            MovesTo<'k, Tile<'k, space::$to, paths!(@elem $to), R, C, $tl, V, $ch>>
            for Tile<'k, space::$from, paths!(@elem $from), R, C, $fl, VS, $ch>
        where
            T: DtypeOf<$form, $ch>,
        {
            type Op = $op;

            #[inline(always)]
            fn issue(core: Core<'k, $ch>, operands: &[Operand], at: Site, _: NotForKernels) {
                core.unit().issue::<$op, $semantics>(operands, 1, 0, at);
            }
        }
    };
    (@impl MovesTo [$($g:tt)*] $ch:ty, ($form:ident $op:ident) ($from:ident $fl:ty => $to:ident $tl:ty) ($semantics:ty) ($block:literal)) => {
        #[diagnostic::do_not_recommend]
        impl<'k, T, const C: usize, V: Valid, VS: Valid, $($g)*>
            MovesTo<'k, Tile<'k, space::$to, paths!(@elem $to), 1, C, $tl, V, $ch>>
            for Tile<'k, space::$from, paths!(@elem $from), 1, C, $fl, VS, $ch>
        where
            T: DtypeOf<$form, $ch>,
        {
            type Op = $op;

            #[inline(always)]
            fn issue(core: Core<'k, $ch>, operands: &[Operand], at: Site, _: NotForKernels) {
                const {
                    assert!(
                        (C * size_of::<T>()).is_multiple_of($block),
                        concat!("a row that moves to the `", stringify!($to), "` space fills blocks of ", stringify!($block), " bytes")
                    );
                }
                core.unit().issue::<$op, $semantics>(operands, 1, 0, at);
            }
        }
    };
    (@impl $trait:ident [$($g:tt)*] $ch:ty, ($form:ident $op:ident) ($from:ident $fl:ty => $to:ident $tl:ty) ($semantics:ty) ($grain:ident)) => {
        #[diagnostic::do_not_recommend]
        impl<'k, T, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid, $($g)*>
            $trait<'k, Tile<'k, space::$to, paths!(@elem $to), R, C, $tl, V, $ch>>
            for Tile<'k, space::$from, paths!(@elem $from), RS, CS, $fl, VS, $ch>
        where
            T: DtypeOf<$form, $ch>,
        {
            type Op = $op;
            const GRAIN: Grain = Grain::$grain(
                [<$fl as Layout>::ID, <$tl as Layout>::ID],
                size_of::<T>(),
            );

            #[inline(always)]
            fn issue(
                core: Core<'k, $ch>,
                operands: &[Operand],
                corner: (usize, usize),
                at: Site,
                _: NotForKernels,
            ) {
                let [dst, src] = [0, 1].map(|tile: usize| operands[tile].cols as usize);
                let imm = <$semantics as Windows>::imm(corner, dst, src);
                core.unit().issue::<$op, $semantics>(operands, 1, imm, at);
            }
        }
    };
}

/// A window of a `Vec` tile into another, and back: fewer element types than [`TMovV2V`].
pub(super) enum TExtractV2V {}
/// As [`TExtractV2V`], from a row-major tile to fractals.
pub(super) enum TRepackV2V {}
/// The scales of the factors of an MX product, to their place beside L0A and L0B.
pub(super) enum MxScales {}
/// A `Vec` tile into a window of a `Mat` tile.
pub(super) enum TInsertV2M {}

forms! {
    TMovV2V:
        a2a3 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 I4x2]
        a5 [i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F8E8M0 F4E2M1x2 F4E1M2x2];
    TRepackV2V: a2a3 [] a5 [i8 u8 i32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TMovM2L: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TMovM2R: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TMovM2B: a2a3 [i32 f16 f32] a5 [i32 f16 bf16 f32];
    TMovM2S: a2a3 [i64 u64] a5 [i64 u64];
    TMovV2M: a2a3 [] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TMovA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32];
    TMovA2V: a2a3 [] a5 [i32 f16 bf16 f32];
    TExtractV2V: a2a3 [i8 u8 i16 u16 i32 u32 f16 bf16 f32] a5 [i8 i32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2 F8E8M0];
    TExtractM2LR: a2a3 [i8 f16 bf16 f32] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TExtractV2M: a2a3 [] a5 [i8 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2];
    TExtractA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32];
    TInsertA2M: a2a3 [f16 bf16] a5 [i32 f16 bf16 f32];
    TInsertV2M: a2a3 [] a5 [i8 i32 f16 bf16 f32 F8E4M3 F8E5M2 HiF8 F4E2M1x2 F4E1M2x2 F8E8M0];
    MxScales: a2a3 [] a5 [F8E8M0];
}

paths! {
    MovesTo, moves:
    TMovV2V = TMovV2V on V [L: PlainLayout, LS: PlainLayout + InOrder<<L as Layout>::Order>]: Vec LS => Vec L, both, Wide<Copied<T>>;
    TRepackV2V = TMovV2V on V: Vec RowMajor => Vec Nz, a5, Wide<Copied<T>>;
    TRepackV2V = TMovV2V on V: Vec RowMajor => Vec Zn, a5, Wide<Copied<T>>;
    TMovV2M = TMovV2M on Fix: Vec RowMajor => Mat RowMajor, a5, Wide<Copied<T>>;
    TMovV2M = TMovV2M on Fix: Vec Nz => Mat Nz, a5, Wide<Copied<T>>;
    TMovM2L = TMovM2L on Mte1 [L: Layout]: Mat L => Left Ch::Left, both, Windowed<T>;
    TMovM2R = TMovM2R on Mte1 [L: Layout]: Mat L => Right Zn, both, Windowed<T>;
    MxScales = TMovM2L on Mte1: Mat MxZz => ScaleLeft MxZz, a5, Windowed<T>;
    MxScales = TMovM2R on Mte1: Mat MxNn => ScaleRight MxNn, a5, Windowed<T>;
    TMovM2B = TMovM2B on Mte1: Mat RowMajor => Bias RowMajor, both, Widened<T>, one row of 64;
    TMovM2S = TMovM2S on Fix: Mat RowMajor => Scaling RowMajor, both, Copied<T>, one row of 128;
    TMovA2M = TMovA2M on Fix: Acc NzAcc => Mat Nz, both, Wide<Drained<Narrowed<T>, Cut>>;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec RowMajor, a5, Wide<Drained<Narrowed<T>, Cut>>;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec ColMajor, a5, Wide<Drained<Narrowed<T>, Cut>>;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec Nz, a5, Wide<Drained<Narrowed<T>, Cut>>;
}

paths! {
    ExtractsTo, extracts:
    TExtractV2V = TMovV2V on V: Vec RowMajor => Vec RowMajor, a2a3, Wide<Windowed<T>>, at blocks;
    TExtractV2V = TMovV2V on V: Vec Nz => Vec Nz, a2a3, Wide<Windowed<T>>, at fractals;
    TExtractV2V = TMovV2V on V: Vec RowMajor => Vec RowMajor, a5, Wide<Windowed<T>>, at elements;
    TExtractV2V = TMovV2V on V: Vec Nz => Vec Nz, a5, Wide<Windowed<T>>, at blocks;
    TExtractM2LR = TExtractM2LR on Mte1 [L: Layout]: Mat L => Left Ch::Left, both, Windowed<T>, at fractals;
    TExtractM2LR = TExtractM2LR on Mte1 [L: Layout]: Mat L => Right Zn, both, Windowed<T>, at fractals;
    MxScales = TExtractM2LR on Mte1: Mat MxZz => ScaleLeft MxZz, a5, Windowed<T>, at elements;
    MxScales = TExtractM2LR on Mte1: Mat MxNn => ScaleRight MxNn, a5, Windowed<T>, at elements;
    TExtractV2M = TExtractV2M on Fix: Vec Nz => Mat Nz, a5, Wide<Windowed<T>>, at blocks;
    TExtractA2M = TExtractA2M on Fix: Acc NzAcc => Mat Nz, both, Wide<Drained<Narrowed<T>, Cut>>, at elements;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec RowMajor, a5, Wide<Drained<Narrowed<T>, Cut>>, at elements;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec Nz, a5, Wide<Drained<Narrowed<T>, Cut>>, at elements;
}

paths! {
    InsertsTo, inserts:
    TExtractV2V = TMovV2V on V: Vec RowMajor => Vec RowMajor, a2a3, Wide<Placed<T>>, at blocks;
    TExtractV2V = TMovV2V on V: Vec Nz => Vec Nz, a2a3, Wide<Placed<T>>, at fractals;
    TExtractV2V = TMovV2V on V: Vec RowMajor => Vec RowMajor, a5, Wide<Placed<T>>, at elements;
    TExtractV2V = TMovV2V on V: Vec Nz => Vec Nz, a5, Wide<Placed<T>>, at blocks;
    TInsertV2M = TMovV2M on Fix: Vec RowMajor => Mat RowMajor, a5, Wide<Placed<T>>, at blocks;
    TInsertV2M = TMovV2M on Fix: Vec Nz => Mat Nz, a5, Wide<Placed<T>>, at blocks;
    TInsertV2M = TMovV2M on Fix: Vec Zn => Mat Zn, a5, Wide<Placed<T>>, at rows;
    TInsertA2M = TInsertA2M on Fix: Acc NzAcc => Mat Nz, both, Wide<Drained<Narrowed<T>, Inserted>>, at elements;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec RowMajor, a5, Wide<Drained<Narrowed<T>, Inserted>>, at elements;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec ColMajor, a5, Wide<Drained<Narrowed<T>, Inserted>>, at elements;
    TMovA2V = TMovA2V on Fix: Acc NzAcc => Vec Nz, a5, Wide<Drained<Narrowed<T>, Inserted>>, at elements;
}
