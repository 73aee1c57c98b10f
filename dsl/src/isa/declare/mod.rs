//! How an op is declared: once, with all that is said of it.
//!
//! A declaration names the function, the op, PTO's name, the formula, what an element becomes, and the element types on each chip. From
//! it come the function and its in-place form with their docs, the [`dtypes!`](super::operand::dtypes) lists, and the row of
//! [`table`](super::table). Ops that are called alike stand in one `ops!`, which has their signature from a macro in
//! [`signatures`]; a function that is like no other has `#[tilesync_macros::op(..)]` above it.

mod scratched;
mod signatures;

pub(super) use scratched::{binary_with_tmp, scalar_with_tmp};
pub(super) use signatures::{binary, scalar, unary};

/// What the signatures name: a file of ops imports all of it.
pub(super) mod scope {
    pub(in crate::isa) use std::panic::Location;

    pub(in crate::isa) use half::{bf16, f16};

    pub(in crate::isa) use crate::event::{Live, Modify, Read, RecordEvent, Scratch, Write};
    pub(in crate::isa) use crate::isa::issuing::{map1, map1_assign, map2, map2_assign};
    pub(in crate::isa) use crate::isa::operand::{ElemOf, Like, VectorTile};
    pub(in crate::isa) use crate::tile::{AnyTile, Dtype, Float};
}

/// Declares ops, each with the signature that is named before its `fn`, and a constant with their rows of the table. Behind `high` stand the
/// element types that a5 has in high precision.
macro_rules! ops {
    ($rows:ident: $(
        $(#[$doc:meta])*
        $signature:ident fn $name:ident $(, $assign:ident)? = $op:ident($pto:literal) $formula:literal $semantics:tt
        a2a3 $a:tt a5 $b:tt $(high [$($high:ident)*])?;
    )*) => {
        pub(in crate::isa) const $rows: &[$crate::isa::table::Form] = &[$(
            $crate::isa::table::Form {
                name: stringify!($name),
                in_place: &[$(stringify!($assign))?],
                called: stringify!($signature),
                pto: $pto,
                ops: &[<$crate::op::$op as $crate::op::Op>::CODE],
                formula: $formula,
                a2a3: $crate::isa::declare::listed!($a),
                a5: $crate::isa::declare::listed!($b),
                high: stringify!($($($high)*)?),
            },
        )*];
        $(
            $crate::isa::declare::dtypes_of!($op $a $b);
            $($(
                #[diagnostic::do_not_recommend]
                impl $crate::isa::bounds::InHighPrecision<$op, $high> for $crate::chip::A5 {}
            )*)?

            $signature! {
                [
                    #[doc = concat!("`", $formula, "` (", $pto, ").")]
                    #[doc = ""]
                    #[doc = $crate::isa::declare::element_types!($a $b)]
                    $(#[doc = concat!("In [high precision](crate::isa::high_precision): ", stringify!($($high),*), " on a5.")])?
                    #[doc = ""]
                    $(#[$doc])*
                    #[doc = ""]
                    #[doc(alias = $pto)]
                    #[track_caller]
                    #[inline(always)]
                    #[tilesync_macros::declared_at($name)]
                ]
                $name
                $(
                    [
                        #[doc(alias = $pto)]
                        #[track_caller]
                        #[inline(always)]
                        #[tilesync_macros::declared_at($assign)]
                    ]
                    $assign
                )?:
                $op $semantics
            }
        )*
    };
}
pub(super) use ops;

/// What `#[tilesync_macros::op(..)]` makes of the function below it.
macro_rules! op {
    ($rows:ident $name:ident [$($op:ident)|+ ($pto:literal) $formula:literal a2a3 $a:tt a5 $b:tt] $($function:tt)*) => {
        pub(in crate::isa) const $rows: &[$crate::isa::table::Form] = &[
            $crate::isa::table::Form {
                name: stringify!($name),
                in_place: &[],
                called: "",
                pto: $pto,
                ops: &[$(<$crate::op::$op as $crate::op::Op>::CODE),+],
                formula: $formula,
                a2a3: $crate::isa::declare::listed!($a),
                a5: $crate::isa::declare::listed!($b),
                high: "",
            },
        ];

        $crate::isa::declare::dtypes_of!($($op)|+ $a $b);

        #[doc = concat!("`", $formula, "` (", $pto, ").")]
        #[doc = ""]
        #[doc = $crate::isa::declare::element_types!($a $b)]
        #[doc = ""]
        #[doc(alias = $pto)]
        #[track_caller]
        #[inline(always)]
        $($function)*
    };
}
pub(super) use op;

/// The lists of element types of an op. Those that are given as text are said by other bounds.
macro_rules! dtypes_of {
    ($op:ident [$($a:ident)*] [$($b:ident)*]) => {
        $crate::isa::operand::dtypes!($op: a2a3 [$($a)*] a5 [$($b)*]);
    };
    ($($op:ident)|+ $a:literal $b:literal) => {};
}
pub(super) use dtypes_of;

/// The element types on one chip, as text.
macro_rules! listed {
    ([$($t:ident)*]) => {
        stringify!($($t)*)
    };
    ($text:literal) => {
        $text
    };
}
pub(super) use listed;

/// The line of the docs about element types.
macro_rules! element_types {
    ([$($a:ident)*] []) => {
        concat!("Element types: ", stringify!($($a),*), " on a2a3; a5 does not have it.")
    };
    ([] [$($b:ident)*]) => {
        concat!("Element types: ", stringify!($($b),*), " on a5; a2a3 does not have it.")
    };
    ([$($a:ident)*] [$($b:ident)*]) => {
        concat!("Element types: ", stringify!($($a),*), " on a2a3; ", stringify!($($b),*), " on a5.")
    };
    ("" $b:literal) => {
        concat!("Element types: ", $b, " on a5; a2a3 does not have it.")
    };
    ($a:literal "") => {
        concat!("Element types: ", $a, " on a2a3; a5 does not have it.")
    };
    ($a:literal $b:literal) => {
        concat!("Element types: ", $a, " on a2a3; ", $b, " on a5.")
    };
}
pub(super) use element_types;
