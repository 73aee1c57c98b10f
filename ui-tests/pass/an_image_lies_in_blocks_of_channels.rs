// The image is loaded as it lies in global memory, and a product with it is the convolution.
use tilesync::prelude::*;
use tilesync::tile::space;

struct Three;

impl Geometry for Three {
    const IMAGE: (usize, usize) = (4, 4);
    const FILTER: (usize, usize) = (3, 3);
}

#[derive(Buffers)]
struct Tiles<'k> {
    image: Tile<'k, space::Mat, f16, 16, 16, Nc1hwc0>,
    filters: MatTile<'k, f16, 144, 16, Full, Zn>,
    windows: LeftTile<'k, f16, 16, 144, Dyn>,
    right: RightTile<'k, f16, 144, 16>,
    sums: AccTile<'k, f32, 16, 16, Dyn>,
}

#[kernel]
fn convolve<'k>(
    tiles: Tiles<'k>,
    x: GlobalIn<'k, f16, Nc1hwc0>,
    w: GlobalIn<'k, f16, Zn>,
    out: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Tiles<'k>> {
    let image = tload(tiles.image, &x.at(0, 0)).record::<TImg2col>();
    let filters = tload(tiles.filters, &w.at(0, 0)).record::<TMovM2R>();
    let windows = timg2col(tiles.windows, &image, Img2col::<Three, f16>::new(), 0, 0);
    let windows = windows.record::<TMatmul>();
    let right = tmov(tiles.right, &filters).record::<TMatmul>();
    let sums = tmatmul(tiles.sums, &windows, &right).record::<TStoreAcc>();
    let sums = tstore(&out.at(0, 0), sums);
    Tiles::retire(TilesTokens { image, filters, windows, right, sums })
}

fn main() {
    let (x, w) = ([f16::ONE; 256], [f16::ONE; 144 * 16]);
    let mut y = [0.0; 4 * 16];
    let x = GlobalTensor::new(&x, &[1, 1, 4, 4, 16]).expect("a shape");
    let w = GlobalTensor::new(&w, &[1, 9, 1, 16, 16]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[4, 16]).expect("a shape");
    Eager::new().launch(&convolve, 1, (x.whole(), w.whole(), out.whole())).expect("runs");
    assert_eq!(y, [144.0; 64]);
}
