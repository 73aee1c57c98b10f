//! The signatures that ops of several files share: a macro each, which `ops!` calls with the attributes of the function and of its in-place
//! form, their names, the op, and what is computed for an element. What they name is in [`scope`](super::scope).
//!
//! The kind of element type that the computing is written for comes first: `Dtype`, `Float`, or another trait of this kind.

/// `dst = f(src)`; where `if` says so for all of some elements, a shorter way to the same bits. Behind `high` stands what it is in high
/// precision, if that is not the same.
macro_rules! unary {
    (
        [$($attr:tt)*] $name:ident $([$($in_place:tt)*] $assign:ident)?: $op:ident {
            $kind:ident |$x:ident| $value:expr $(, if $moderate:expr => $short:expr)? $(, high $high:expr)?
        }
    ) => {
        impl<T: $kind> $crate::compute::elementwise::Map1<T> for $op {
            #[inline(always)]
            fn map($x: T, _: T) -> T {
                $value
            }

            $(
                #[inline(always)]
                fn map_high($x: T, _: T) -> T {
                    $high
                }
            )?

            $(
                const PIECE: usize = 256;

                #[inline(always)]
                fn are_moderate(elements: &[T]) -> bool {
                    let mut all = true;
                    for &$x in elements {
                        all &= $moderate;
                    }
                    all
                }

                #[inline(always)]
                fn map_moderate($x: T, _: T) -> T {
                    $short
                }
            )?
        }

        $($attr)*
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S>(dst: D, src: &S) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map1::<$op, $op, _, _>(dst, src, Dtype::ZERO, Location::caller())
        }

        $(
            #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
            $($in_place)*
            pub fn $assign<'k, D>(dst: D) -> RecordEvent<$op, Live<D::Tile>>
            where
                D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            {
                map1_assign::<$op, $op, _>(dst, Dtype::ZERO, Location::caller())
            }
        )?
    };
}
pub(in crate::isa) use unary;

/// `dst = f(src, c)`, of a tile and a scalar.
macro_rules! scalar {
    (
        [$($attr:tt)*] $name:ident $([$($in_place:tt)*] $assign:ident)?: $op:ident {
            $kind:ident |$x:ident, $c:ident| $value:expr $(, high $high:expr)?
        }
    ) => {
        impl<T: $kind> $crate::compute::elementwise::Map1<T> for $op {
            #[inline(always)]
            fn map($x: T, $c: T) -> T {
                $value
            }

            $(
                #[inline(always)]
                fn map_high($x: T, $c: T) -> T {
                    $high
                }
            )?
        }

        $($attr)*
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S>(dst: D, src: &S, c: ElemOf<'k, D>) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map1::<$op, $op, _, _>(dst, src, c, Location::caller())
        }

        $(
            #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well.")]
            $($in_place)*
            pub fn $assign<'k, D>(dst: D, c: <D::Tile as AnyTile<'k>>::Elem) -> RecordEvent<$op, Live<D::Tile>>
            where
                D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            {
                map1_assign::<$op, $op, _>(dst, c, Location::caller())
            }
        )?
    };
}
pub(in crate::isa) use scalar;

/// `dst = f(src0, src1)`.
macro_rules! binary {
    (
        [$($attr:tt)*] $name:ident $([$($in_place:tt)*] $assign:ident)?: $op:ident {
            $kind:ident |$x:ident, $y:ident| $value:expr $(, high $high:expr)? $(, in pieces of $piece:literal)?
        }
    ) => {
        impl<T: $kind> $crate::compute::elementwise::Map2<T> for $op {
            #[inline(always)]
            fn map($x: T, $y: T) -> T {
                $value
            }

            $(
                const PIECE: usize = $piece;
            )?

            $(
                #[inline(always)]
                fn map_high($x: T, $y: T) -> T {
                    $high
                }
            )?
        }

        $($attr)*
        ///
        /// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
        pub fn $name<'k, D, S0, S1>(dst: D, src0: &S0, src1: &S1) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S0: Read<'k, $op, Tile: Like<D::Tile>>,
            S1: Read<'k, $op, Tile: Like<D::Tile>>,
        {
            map2::<$op, _, _, _>(dst, src0, src1, Location::caller())
        }

        $(
            #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the first source as well.")]
            $($in_place)*
            pub fn $assign<'k, D, S>(dst: D, src: &S) -> RecordEvent<$op, Live<D::Tile>>
            where
                D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
                S: Read<'k, $op, Tile: Like<D::Tile>>,
            {
                map2_assign::<$op, _, _>(dst, src, Location::caller())
            }
        )?
    };
}
pub(in crate::isa) use binary;
