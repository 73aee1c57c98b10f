//! A typed kernel whose ops depend on each other within the vector pipe.

use tilesync::prelude::*;
use tilesync::program::Program;

use super::kernels::recorded;

const N: usize = 8;

#[derive(Buffers)]
struct Rows<'k> {
    x: VecTile<'k, f32, N, N>,
    p: VecTile<'k, f32, N, N>,
    max: VecCol<'k, f32, N>,
    sum: VecCol<'k, f32, N>,
    tmp: VecTile<'k, f32, N, N>,
}

#[kernel]
fn softmax<'k>(
    ub: Rows<'k>,
    x: GlobalIn<'k, f32>,
    _: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Rows<'k>> {
    let mut free_x = ub.x.prime::<Vector, TLoad>();
    let mut free_p = ub.p.prime::<TStoreVec, Vector>();
    let (mut free_max, mut free_sum) = (ub.max.on::<Vector>(), ub.sum.on::<Vector>());
    let mut tmp = ub.tmp.on::<Vector>();
    for i in 0..x.rows() / N {
        let loaded = tload(free_x, &x.tile(i, 0)).record::<Vector>();
        let max = trowmax(free_max, &loaded, &mut tmp);
        let p = trowexpandsub(free_p, &loaded, &max, &mut tmp);
        free_x = loaded.release();
        let p = texp_assign(p);
        let sum = trowsum(free_sum, &p, &mut tmp);
        let p = trowexpanddiv_assign(p, &sum, &mut tmp).record::<TStoreVec>();
        free_p = tstore(&y.tile(i, 0), p).release();
        free_max = max.on::<Vector>().discard();
        free_sum = sum.on::<Vector>().discard();
    }
    Rows::retire(RowsTokens { x: free_x, p: free_p, max: free_max, sum: free_sum, tmp })
}

/// The recorded programs, each with its kernel's name.
pub(crate) fn programs() -> Vec<(&'static str, Program)> {
    vec![("softmax", recorded(&softmax, 2))]
}
