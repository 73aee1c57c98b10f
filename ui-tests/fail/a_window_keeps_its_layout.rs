// A window of rows is extracted into fractals: TEXTRACT copies within one layout, and TMOV is what cuts rows up, on a5.
use tilesync::prelude::*;
use tilesync::tile::space;

#[derive(Buffers)]
struct Ub<'k> {
    rows: VecTile<'k, f32, 32, 32, Full, A5>,
    fractals: Tile<'k, space::Vec, f32, 16, 16, Nz, Full, A5>,
}

#[kernel]
fn window<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>) -> Retired<Ub<'k>> {
    let rows = tload(ub.rows, &x.tile(0, 0)).record::<Vector>();
    let fractals = textract(ub.fractals, &rows, 8, 8);
    Ub::retire(UbTokens { rows, fractals })
}

fn main() {}
