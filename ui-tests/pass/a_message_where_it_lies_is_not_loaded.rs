// It is read where it is.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;
use tilesync::tile::{Full, Nz, Tile, space};

#[derive(Buffers)]
struct L1<'k> {
    b: MatTile<'k, f32, 32, 32, Full, Nz, A5>,
    left: LeftTile<'k, f32, 32, 32, Full, A5>,
    right: RightTile<'k, f32, 32, 32, Full, A5>,
    acc: AccTile<'k, f32, 32, 32, Full, A5>,
}

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 16, 32, Full, A5>,
    nz: Tile<'k, space::Vec, f32, 16, 32, Nz, Full, A5>,
    y: VecTile<'k, f32, 16, 32, Full, A5>,
}

#[derive(Fifos)]
struct Links<'k, R> {
    factors: V2M<'k, R, usize, f32, 32, 32, 2>,
    sums: A2V<'k, R, usize, f32, 32, 32, 2>,
}

struct Relay;

#[cluster]
impl Relay {
    fn schedule(_block: usize) -> Vec<usize> {
        vec![0, 1, 2]
    }

    fn cube<'k>(
        l1: L1<'k>,
        links: Links<'k, OnCube>,
        b: GlobalIn<'k, f32>,
    ) -> Retired<(L1<'k>, Links<'k, OnCube>)> {
        let b = tload(l1.b, &b.at(0, 0)).record::<TMovM2R>();
        let right = tmov(l1.right, &b).record::<TMatmul>();
        let mut left = l1.left.prime::<TMatmul, TMovM2L>();
        let mut acc = l1.acc.prime::<TStoreAcc, TMatmul>();
        let (mut factors, mut sums) = (links.factors, links.sums);
        let (factors, sums) = loop {
            match (factors, sums).next() {
                Next::End(ends) => break ends,
                Next::Step((factor, sum)) => {
                    let slot = tpop_slot(factor);
                    let factor = tmov(left, &slot.as_tile::<32, 32>()).record::<TMatmul>();
                    factors = tfree(slot);
                    let product = tmatmul(acc, &factor, &right).record::<TStoreAcc>();
                    left = factor.release();
                    let stored;
                    (stored, sums) = tpush(sum, product);
                    acc = stored.release();
                }
            }
        };
        L1::retire(L1Tokens { b, left, right, acc })
            .and(Links::retire(LinksTokens { factors, sums }))
    }

    fn vector<'k>(
        ub: Ub<'k>,
        links: Links<'k, OnVector>,
        x: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<(Ub<'k>, Links<'k, OnVector>)> {
        let mut free_x = ub.x.prime::<TMovV2V, TLoad>();
        let mut free_nz = ub.nz.prime::<TStoreVec, TMovV2V>();
        let mut free_y = ub.y.prime::<TStoreVec, TAddS>();
        let (mut factors, mut sums) = (links.factors, links.sums);
        let (factors, sums) = loop {
            match (factors, sums).next() {
                Next::End(ends) => break ends,
                Next::Step((factor, sum)) => {
                    let tile = *factor;
                    let x = tload(free_x, &x.tile(tile, 0)).record::<TMovV2V>();
                    let nz = tmov(free_nz, &x).record::<TStoreVec>();
                    free_x = x.release();
                    let stored;
                    (stored, factors) = tpush(factor, nz);
                    free_nz = stored.release();
                    let slot = tpop_slot(sum);
                    let sum = tadds(free_y, &slot.as_tile::<16, 32>(), 2.0).record::<TStoreVec>();
                    sums = tfree(slot);
                    free_y = tstore(&y.tile(tile, 0), sum).release();
                }
            }
        };
        Ub::retire(UbTokens { x: free_x, nz: free_nz, y: free_y })
            .and(Links::retire(LinksTokens { factors, sums }))
    }
}

fn main() {
    verify::relayed(&Relay, 3);
}
