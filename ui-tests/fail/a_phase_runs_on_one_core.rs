// A phase that is a side of a cluster.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

#[derive(Fifos)]
struct Links<'k, R> {
    xs: V2C<'k, R, usize, f32, 16, 8, 2>,
}

struct Swap;

#[phases]
impl Swap {
    fn store<'k>(
        ub: Ub<'k>,
        links: Links<'k, OnVector>,
        x: GlobalIn<'k, f32>,
    ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
        let mut xs = links.xs;
        let mut free = ub.x.prime::<TStoreVec, TLoad>();
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

    fn load<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &seen.tile(1 - y.part().0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn main() {}
