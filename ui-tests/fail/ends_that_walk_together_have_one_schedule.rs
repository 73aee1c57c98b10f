// One FIFO has a message for each tile, the other for every second one: the two do not walk together.
use tilesync::cluster::When;
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
    ys: V2C<'k, R, usize, f32, 16, 8, 2, A2A3, Even>,
}

/// Messages for the even tiles alone.
enum Even {}

impl When<usize> for Even {
    fn when(tile: &usize) -> bool {
        tile.is_multiple_of(2)
    }
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
        let (mut free, mut xs, mut ys) = (l1.x.prime::<TStoreMat, TLoad>(), links.xs, links.ys);
        let (xs, ys) = loop {
            match (xs, ys).next() {
                Next::End(ends) => break ends,
                Next::Step((step, other)) => {
                    ys = tfree(tpop_slot(other));
                    let tile = *step;
                    let (x, end) = tpop(step, free);
                    xs = end;
                    free = tstore(&out.tile(tile, 0), x.record::<TStoreMat>()).release();
                }
            }
        };
        L1::retire(L1Tokens { x: free }).and(Links::retire(LinksTokens { xs, ys }))
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
        let mut ys = links.ys;
        let ys = loop {
            match ys.next() {
                Next::End(end) => break end,
                Next::Step(step) => ys = tpush_slot(talloc(step)),
            }
        };
        Ub::retire(UbTokens { x: free }).and(Links::retire(LinksTokens { xs, ys }))
    }
}

fn main() {}
