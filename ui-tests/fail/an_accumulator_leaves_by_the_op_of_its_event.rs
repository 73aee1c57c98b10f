// The accumulator is handed over for its store, and moved.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Tiles<'k> {
    a: MatTile<'k, f16, 16, 16>,
    b: MatTile<'k, f16, 16, 16>,
    left: LeftTile<'k, f16, 16, 16>,
    right: RightTile<'k, f16, 16, 16>,
    acc: AccTile<'k, f32, 16, 16>,
    kept: MatTile<'k, f16, 16, 16>,
}

#[kernel]
fn product<'k>(
    l: Tiles<'k>,
    a: GlobalIn<'k, f16>,
    b: GlobalIn<'k, f16>,
    c: GlobalOut<'k, f16, Nz>,
) -> Retired<Tiles<'k>> {
    let a = tload(l.a, &a.tile(0, 0)).record::<TMovM2L>();
    let b = tload(l.b, &b.tile(0, 0)).record::<TMovM2R>();
    let left = tmov(l.left, &a).record::<TMatmul>();
    let right = tmov(l.right, &b).record::<TMatmul>();
    let acc = tmatmul(l.acc, &left, &right).record::<TStoreAcc>();
    let kept = tmov_with(l.kept, &acc, Drain::new().relu()).record::<TStoreMat>();
    let kept = tstore(&c.tile(0, 0), kept);
    Tiles::retire(TilesTokens { a, b, left, right, acc, kept })
}

fn main() {}
