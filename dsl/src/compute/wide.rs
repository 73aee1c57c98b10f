//! Semantics whose loops are vectorised.

use std::marker::PhantomData;

use super::copies::Windows;
use crate::memory::Semantics;
use crate::simd::{Loop, vectorize};

/// `S`, run with the widest vector instructions that the machine has; its `run` must be `#[inline(always)]`.
pub(crate) struct Wide<S>(PhantomData<S>);

/// A call of `S`, on its way into [`vectorize`].
struct Call<'a, S: Semantics> {
    views: S::Views<'a>,
    imm: u64,
}

impl<S: Semantics> Semantics for Wide<S> {
    type Views<'a> = S::Views<'a>;
    const FORM: Option<&'static str> = S::FORM;

    #[inline(always)]
    fn run(views: Self::Views<'_>, imm: u64) {
        vectorize(Call::<S> { views, imm });
    }
}

impl<S: Windows> Windows for Wide<S> {
    fn imm(corner: (usize, usize), dst: usize, src: usize) -> u64 {
        S::imm(corner, dst, src)
    }
}

impl<S: Semantics> Loop for Call<'_, S> {
    #[inline(always)]
    fn run(self) {
        S::run(self.views, self.imm);
    }
}
