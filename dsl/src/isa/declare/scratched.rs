//! The signatures of ops for which a2a3 needs a scratch tile, and which it cannot run in place.
//!
//! After what is computed stands which scratch tile suffices: the bound on its type, and what fails the build.

/// `dst = f(src0, src1)`.
macro_rules! binary_with_tmp {
    (
        [$($attr:tt)*] $name:ident [$($in_place:tt)*] $assign:ident: $op:ident {
            $kind:ident |$x:ident, $y:ident| $value:expr $(, high $high:expr)?, $(#[$tmp_doc:meta])* tmp $($tmp:tt)*
        }
    ) => {
        impl<T: $kind> $crate::compute::elementwise::Map2<T> for $op {
            #[inline(always)]
            fn map($x: T, $y: T) -> T {
                $value
            }

            $(
                #[inline(always)]
                fn map_high($x: T, $y: T) -> T {
                    $high
                }
            )?
        }

        $($attr)*
        ///
        $(#[$tmp_doc])*
        ///
        /// The sources' valid regions must be equal, else the kernel stops with a [`Fault`](crate::Fault); `dst` takes it.
        pub fn $name<'k, D, S0, S1, X>(
            dst: D,
            src0: &S0,
            src1: &S1,
            tmp: &mut X,
        ) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S0: Read<'k, $op, Tile: Like<D::Tile>>,
            S1: Read<'k, $op, Tile: Like<D::Tile>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, D>>>,
        {
            const { assert!($($tmp)*::<X::Tile, D::Tile>(), concat!("the scratch tile of `", stringify!($name), "` is too small")) }
            map2_with_tmp::<$op, _, _, _, _>(dst, src0, src1, tmp, Location::caller())
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the first source as well. Only on a5.")]
        $($in_place)*
        pub fn $assign<'k, D, S, X>(dst: D, src: &S, tmp: &mut X) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, D>>>,
            <D::Tile as AnyTile<'k>>::Chip: InPlace<$op>,
        {
            map2_assign_with_tmp::<$op, _, _, _>(dst, src, tmp, Location::caller())
        }

        #[diagnostic::do_not_recommend]
        impl InPlace<$op> for A5 {}
    };
}
pub(in crate::isa) use binary_with_tmp;

/// `dst = f(src, c)`, of a tile and a scalar.
macro_rules! scalar_with_tmp {
    (
        [$($attr:tt)*] $name:ident [$($in_place:tt)*] $assign:ident: $op:ident {
            $kind:ident |$x:ident, $c:ident| $value:expr $(, high $high:expr)?, $(#[$tmp_doc:meta])* tmp $($tmp:tt)*
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
        $(#[$tmp_doc])*
        ///
        /// `dst` takes the valid region of `src`; where it cannot, the kernel stops with a [`Fault`](crate::Fault).
        pub fn $name<'k, D, S, X>(
            dst: D,
            src: &S,
            c: ElemOf<'k, D>,
            tmp: &mut X,
        ) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Write<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            S: Read<'k, $op, Tile: Like<D::Tile>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, D>>>,
        {
            const { assert!($($tmp)*::<X::Tile, D::Tile>(), concat!("the scratch tile of `", stringify!($name), "` is too small")) }
            map1_with_tmp::<$op, _, _, _>(dst, src, c, tmp, Location::caller())
        }

        #[doc = concat!("[`", stringify!($name), "`] in place: `dst` is the source as well. Only on a5.")]
        $($in_place)*
        pub fn $assign<'k, D, X>(
            dst: D,
            c: ElemOf<'k, D>,
            tmp: &mut X,
        ) -> RecordEvent<$op, Live<D::Tile>>
        where
            D: Modify<'k, $op, Tile: VectorTile<'k, $op, Elem: $kind>>,
            X: Scratch<'k, $op, Tile: VectorTile<'k, $op, Elem = ElemOf<'k, D>>>,
            <D::Tile as AnyTile<'k>>::Chip: InPlace<$op>,
        {
            map1_assign_with_tmp::<$op, _, _>(dst, c, tmp, Location::caller())
        }

        #[diagnostic::do_not_recommend]
        impl InPlace<$op> for A5 {}
    };
}
pub(in crate::isa) use scalar_with_tmp;
