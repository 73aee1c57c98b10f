// The cube core pushes into the FIFO that the vector cores push into.
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
                    let slot = talloc(step);
                    xs = tpush_slot(slot);
                    let _ = (tile, &out);
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

fn main() {}
