// The image lies in fractals, as a factor of a product does: TIMG2COL takes pixels with their channels in blocks.
use tilesync::prelude::*;

struct Three;

impl Geometry for Three {
    const IMAGE: (usize, usize) = (4, 4);
    const FILTER: (usize, usize) = (3, 3);
}

#[derive(Buffers)]
struct Tiles<'k> {
    image: MatTile<'k, f32, 16, 16>,
    windows: LeftTile<'k, f32, 16, 144, Dyn>,
}

#[kernel]
fn unroll<'k>(tiles: Tiles<'k>, x: GlobalIn<'k, f32>) -> Retired<Tiles<'k>> {
    let image = tload(tiles.image, &x.tile(0, 0)).record::<TImg2col>();
    let windows = timg2col(tiles.windows, &image, Img2col::<Three, f32>::new(), 0, 0);
    Tiles::retire(TilesTokens { image, windows })
}

fn main() {}
