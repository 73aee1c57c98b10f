// The right factor has the columns of the accumulator.
#[path = "../verify.rs"]
mod verify;

use tilesync::prelude::*;

#[derive(Buffers)]
struct L0<'k> {
    a: MatTile<'k, f32, 16, 16>,
    b: MatTile<'k, f32, 16, 16>,
    left: LeftTile<'k, f32, 16, 16>,
    right: RightTile<'k, f32, 16, 16>,
    acc: AccTile<'k, f32, 16, 16>,
}

#[kernel]
fn product<'k>(
    l0: L0<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<L0<'k>> {
    let a = tload(l0.a, &x.tile(0, 0)).record::<TMovM2L>();
    let b = tload(l0.b, &y.tile(0, 0)).record::<TExtractM2LR>();
    let left = tmov(l0.left, &a).record::<TMatmul>();
    let right = textract(l0.right, &b, 0, 0).record::<TMatmul>();
    let acc = tmatmul(l0.acc, &left, &right).record::<TStoreAcc>();
    let stored = tstore(&out.tile(0, 0), acc);
    L0::retire(L0Tokens { a, b, left, right, acc: stored })
}

fn main() {
    verify::product(&product);
}
