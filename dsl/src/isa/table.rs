//! The table of the intrinsics, as values: what each op is, in the words of its declaration.
//!
//! `table.md`, at the head of [`isa`](crate::isa), is written from it.

use super::*;
use crate::op::OpCode;

/// An intrinsic as it may be called: a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The function.
    pub name: &'static str,
    /// Its in-place form, if it has one.
    pub in_place: &'static [&'static str],
    /// How it is called, in a word that it shares with all that are called alike: `unary`, `binary`, .. Empty where it is like no other.
    pub called: &'static str,
    /// PTO's name of the intrinsic.
    pub pto: &'static str,
    /// The ops that it may issue; they name the pipes.
    pub ops: &'static [OpCode],
    /// What it computes.
    pub formula: &'static str,
    /// The element types on a2a3, in words where they are no list; empty where that chip does not have it.
    pub a2a3: &'static str,
    /// The element types on a5.
    pub a5: &'static str,
    /// Those that a5 has in [high precision](super::high_precision), too.
    pub high: &'static str,
}

/// Intrinsics that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What they do.
    pub title: &'static str,
    /// The rows, in groups as they are declared.
    pub forms: &'static [&'static [Form]],
}

macro_rules! families {
    ($($title:literal: $($file:ident::$rows:ident)*;)*) => {
        /// Every family, in the order of the table.
        pub const FAMILIES: &[Family] = &[
            $(Family { title: $title, forms: &[$($file::$rows),*] },)*
        ];
    };
}

families! {
    "Between global memory and tiles": load::TLOAD prefetch::TPREFETCH in_place::TLOAD_CELL store::TSTORE in_place::TSTORE_CELL
        store_acc::TSTORE_WITH store_add::TSTORE_ADD store_add::TSTORE_ADD_ANY_ORDER;
    "From tile to tile": moves::TMOV moves::TMOV_WITH moves::TMOV_X2 moves::TEXTRACT moves::TEXTRACT_WITH moves::TINSERT
        moves::TINSERT_WITH img2col::TIMG2COL rearrange::TTRANS images::TTRANS_NC1HWC0 images::TTRANS_NCHW
        images::TTRANS_FRACTAL_Z images::TTRANS_FRACTAL_Z_3D fillpad::TFILLPAD fillpad::TFILLPAD_EXPAND
        fillpad::TFILLPAD_ASSIGN fillpad::TFILLPAD_MAT_ASSIGN;
    "Products": matmul::MATMUL matmul_mx::MATMUL_MX;
    "Functions of one tile": unary::UNARY recip::TRECIP_ASSIGN recip::TRSQRT_WITH_TMP convert::TCVT convert::TCVT_WITH
        convert_x2::TCVT_X2 quant::TQUANT quant::TQUANT_ASYM quant::TQUANT_MX quant::TQUANT_MX_COLS quant::TDEQUANT;
    "Two tiles": arith::ARITH remainder::REMAINDER remainder::TFMOD_ASSIGN remainder::TFMODS_ASSIGN;
    "Bits": bits::BITS;
    "Several steps in one op": fused::FUSED fused::TAXPY fused::RELU_CONV fused::TADDDEQRELU fused::TPRELU
        fused::TPRELU_ASSIGN;
    "Two sources of which one may be smaller": part::PART;
    "A tile and a scalar": scalar::SCALAR scalar::TDIVS_INTO scalar::TDIVS_INTO_ASSIGN scalar::TEXPANDS;
    "Comparing and choosing": compare::TCMP compare::TCMPS compare::TCMPS_FIRST compare::TSEL compare::TSELS;
    "Reductions": reduce::REDUCE arg::ARG interleave::TPAIRREDUCESUM histogram::THISTOGRAM;
    "A column or a row spread over a tile": expand::TROWEXPAND expand::TCOLEXPAND expand::EXPAND;
    "Elements in turn": interleave::TINTERLEAVE interleave::TDEINTERLEAVE interleave::TDEINTERLEAVE_ONE;
    "Made of nothing": generate::TTRI generate::TCI generate::TCI_VECTOR generate::TRANDOM;
    "By index, by pattern, by order": indexed::TGATHER indexed::TGATHER_MASK indexed::TGATHER_GT indexed::TGATHER_EQ indexed::TGATHERB indexed::TSCATTER
        indexed::TSCATTER_MASK indexed::TSORT32 indexed::TSORT32_ANY indexed::TMRGSORT indexed::TMRGSORT_LISTS
        indexed::TMRGSORT_EXHAUSTED indexed::MGATHER indexed::MGATHER_ROWS indexed::MGATHER_MAT_ROWS indexed::MSCATTER
        indexed::MSCATTER_ROWS indexed::MSCATTER_ADD indexed::MSCATTER_ADD_ANY_ORDER indexed::MSCATTER_ROWS_ADD indexed::MSCATTER_ROWS_ADD_ANY_ORDER indexed::MSCATTER_MAX indexed::MSCATTER_MIN indexed::MSCATTER_ROWS_MAX indexed::MSCATTER_ROWS_MIN indexed::TCONCAT indexed::TCONCAT_LENGTHS indexed::TCONCAT_COUNTED;
    "To look at": print::TPRINT;
}

/// Every row.
pub fn forms() -> impl Iterator<Item = &'static Form> {
    FAMILIES.iter().flat_map(|family| family.forms.iter().copied().flatten())
}
