// As in the failing twin, on a5, where an element is added in one piece.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    idx: VecTile<'k, i32, 8, 8, Full, A5>,
    x: VecTile<'k, i32, 8, 8, Full, A5>,
}

#[kernel]
fn histogram<'k>(
    ub: Ub<'k>,
    idx: GlobalIn<'k, i32>,
    counts: GlobalSum<'k, i32, RowMajor, PipeV>,
) -> Retired<Ub<'k>> {
    let idx = tload(ub.idx, &idx.tile(0, 0)).record::<Vector>();
    let ones = texpands(ub.x, 1);
    let x = mscatter_add(&counts.at(0, 0), ones, &idx, ScatterOob::Skip);
    Ub::retire(UbTokens { idx, x })
}

fn main() {
    let idx: Vec<i32> = (0..128).map(|at| at % 3).collect();
    let mut counts = [0; 4];
    let idx = GlobalTensor::<i32>::new(&idx, &[16, 8]).expect("a shape");
    let mut table = GlobalTensorMut::new(&mut counts, &[1, 4]).expect("a shape");
    let args = (idx.parts(8, 8).expect("not empty"), table.whole());
    Eager::new().launch(&histogram, 2, args).expect("runs");
    assert_eq!(counts, [43, 43, 42, 0]);
}
