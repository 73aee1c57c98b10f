//! Semantics of ops for which the device needs a scratch tile.

use std::marker::PhantomData;

use crate::memory::{Semantics, Unseen, Views};

/// `S`, with a scratch tile as the second operand, which only the device uses.
pub(crate) struct WithScratch<S>(PhantomData<S>);

impl<S: Semantics> Semantics for WithScratch<S>
where
    for<'a> S::Views<'a>: Scratched<'a>,
{
    type Views<'a> = <S::Views<'a> as Scratched<'a>>::With;
    const FORM: Option<&'static str> = S::FORM;

    #[inline(always)]
    fn run(views: Self::Views<'_>, imm: u64) {
        S::run(Scratched::without(views), imm);
    }
}

/// Views that may have a scratch tile as their second.
pub(crate) trait Scratched<'a> {
    type With: Views<'a>;
    fn without(views: Self::With) -> Self;
}

macro_rules! scratched {
    ($($(($dst:ident $(, $src:ident)*))+)?) => {$($(
        impl<'a, $dst, $($src,)*> Scratched<'a> for ($dst, $($src,)*)
        where
            ($dst, Unseen, $($src,)*): Views<'a>,
        {
            type With = ($dst, Unseen, $($src,)*);

            #[inline(always)]
            #[allow(non_snake_case, reason = "a view is named as its type")]
            fn without(($dst, _, $($src,)*): Self::With) -> Self {
                ($dst, $($src,)*)
            }
        }
    )+)?};
}

scratched!((D)(D, S0)(D, S0, S1)(D, S0, S1, S2));
