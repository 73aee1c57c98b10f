// The cluster has a launch of its own, and the phases have theirs.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct L1<'k> {
    x: MatTile<'k, f32, 16, 8, Full, RowMajor>,
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[derive(Fifos)]
struct Links<'k, R> {
    xs: V2C<'k, R, usize, f32, 16, 8, 2>,
}

struct Copy;

#[cluster]
impl Copy {
    fn schedule(_block: usize) -> Vec<usize> {
        vec![0, 1]
    }

    fn cube<'k>(
        l1: L1<'k>,
        links: Links<'k, OnCube>,
        out: GlobalOut<'k, f32>,
    ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
        let (mut free, mut xs) = (l1.x.prime::<TStoreMat, TLoad>(), links.xs);
        let xs = loop {
            match xs.next() {
                Next::End(end) => break end,
                Next::Step(step) => {
                    let tile = *step;
                    let (x, end) = tpop(step, free);
                    xs = end;
                    free = tstore(&out.tile(tile, 0), x.record::<TStoreMat>()).release();
                }
            }
        };
        L1::retire(L1Tokens { x: free }).and(Links::retire(LinksTokens { xs }))
    }

    fn vector<'k>(
        ub: Ub<'k>,
        links: Links<'k, OnVector>,
        x: GlobalIn<'k, f32>,
    ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
        let (mut free, mut xs) = (ub.x.prime::<TStoreVec, TLoad>(), links.xs);
        let xs = loop {
            match xs.next() {
                Next::End(end) => break end,
                Next::Step(step) => {
                    let x = tload(free, &x.tile(*step, 0)).record::<TStoreVec>();
                    let (stored, end) = tpush(step, x);
                    xs = end;
                    free = stored.release();
                }
            }
        };
        Ub::retire(UbTokens { x: free }).and(Links::retire(LinksTokens { xs }))
    }
}

struct Swap;

#[phases]
impl Swap {
    fn store<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }

    fn load<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &seen.tile(1 - y.part().0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn main() {
    verify::cluster(&Copy, 2);
    verify::exchanged(&Swap, |x| x);
}
