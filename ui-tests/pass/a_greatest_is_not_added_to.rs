// The greatest of all blocks, in every order the same.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    idx: VecTile<'k, i32, 8, 8, Full, A5>,
    x: VecTile<'k, i32, 8, 8, Full, A5>,
}

#[kernel]
fn latest<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, i32>,
    best: GlobalMax<'k, i32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let idx = texpands(ub.idx, 0);
    let x = mscatter_max(&best.at(0, 0), x, &idx, ScatterOob::Skip);
    Ub::retire(UbTokens { idx, x })
}

fn main() {
    let x: Vec<i32> = (0..128).map(|at| (at * 37) % 101).collect();
    let mut best = [0; 4];
    let x = GlobalTensor::<i32>::new(&x, &[16, 8]).expect("a shape");
    let mut table = GlobalTensorMut::new(&mut best, &[1, 4]).expect("a shape");
    let args = (x.parts(8, 8).expect("not empty"), table.whole());
    Eager::new().launch(&latest, 2, args).expect("runs");
    assert_eq!(best, [100, 0, 0, 0]);
}
