//! The scales of the factors of an MX product, from L1 to their place beside L0A and L0B.

use super::{ExtractsTo, MovesTo};
use crate::chip::A5;
use crate::compute::copies::{Windowed, corner};
use crate::op::{TExtractM2LR, TMovM2L, TMovM2R};
use crate::program::Operand;
use crate::sealed::NotForKernels;
use crate::tile::{F8E8M0, MxNn, MxZz, Tile, Valid, space};
use crate::unit::{Core, Site};

macro_rules! scales {
    ($($space:ident $layout:ident $op:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'k, const R: usize, const C: usize, V: Valid, VS: Valid>
            MovesTo<'k, Tile<'k, space::$space, F8E8M0, R, C, $layout, V, A5>>
            for Tile<'k, space::Mat, F8E8M0, R, C, $layout, VS, A5>
        {
            type Op = $op;

            #[inline(always)]
            fn issue(core: Core<'k, A5>, operands: &[Operand], at: Site, _: NotForKernels) {
                core.unit().issue::<$op, Windowed<F8E8M0>>(operands, 1, 0, at);
            }
        }

        impl<'k, const R: usize, const C: usize, const RS: usize, const CS: usize, V: Valid, VS: Valid>
            ExtractsTo<'k, Tile<'k, space::$space, F8E8M0, R, C, $layout, V, A5>>
            for Tile<'k, space::Mat, F8E8M0, RS, CS, $layout, VS, A5>
        {
            type Op = TExtractM2LR;

            #[inline(always)]
            fn issue(
                core: Core<'k, A5>,
                operands: &[Operand],
                (row, col): (usize, usize),
                at: Site,
                _: NotForKernels,
            ) {
                let imm = corner(row, col);
                core.unit().issue::<TExtractM2LR, Windowed<F8E8M0>>(operands, 1, imm, at);
            }
        }
    )*};
}

scales! {
    ScaleLeft MxZz TMovM2L;
    ScaleRight MxNn TMovM2R;
}
