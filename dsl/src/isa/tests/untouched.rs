//! What no kernel can see, and so no other test: the elements outside of the valid region stay as they were.

use crate::compute::copies::{Copied, Placed, Windows};
use crate::compute::elementwise::{Mapped, MappedInPlace, Zipped, ZippedInPlace};
use crate::compute::outlet::{Corner, Cut, Drained, Inserted, Narrowed, Quant, Scaled, Way};
use crate::compute::round::Overflowing;
use crate::compute::spread::{self, AlongCols, AlongRows};
use crate::compute::wide::Wide;
use crate::isa::convert::Converted;
use crate::isa::rearrange::Transposed;
use crate::isa::reduce::{ColFold, RowFold};
use crate::isa::scalar::Filled;
use crate::memory::{Over, Semantics, TileView, Unseen};
use crate::op::*;
use crate::tile::LayoutId;

const SHAPE: (usize, usize) = (8, 16);
const VALID: (usize, usize) = (3, 5);
const BEFORE: f32 = 123.0;

fn view<D>(data: D, valid: (usize, usize), shape: (usize, usize)) -> TileView<D> {
    TileView { data, valid, shape, layout: LayoutId::Nd }
}

fn source(data: &[f32; 128]) -> TileView<&[f32]> {
    view(data, VALID, SHAPE)
}

/// Runs `op` on a destination, and says that it has written its valid region and nothing else.
fn writes_only(
    valid: (usize, usize),
    shape: (usize, usize),
    op: impl FnOnce(TileView<&mut [f32]>),
) {
    let mut data = [BEFORE; 128];
    op(view(&mut data, valid, shape));
    for (at, x) in data.iter().enumerate() {
        let inside = at / shape.1 < valid.0 && at % shape.1 < valid.1;
        assert_eq!(*x != BEFORE, inside, "element {at}");
    }
}

#[test]
fn ops_write_the_valid_region_only() {
    let one = &[1.0; 128];
    let x = || source(one);
    writes_only(VALID, SHAPE, |d| Wide::<Mapped<TExp, f32>>::run((Over(d), x()), 0));
    writes_only(VALID, SHAPE, |d| Wide::<MappedInPlace<TNeg, f32>>::run((d,), 0));
    writes_only(VALID, SHAPE, |d| Wide::<Zipped<TAdd, f32>>::run((Over(d), x(), x()), 0));
    writes_only(VALID, SHAPE, |d| Wide::<ZippedInPlace<TAdd, f32>>::run((d, x()), 0));
    writes_only(VALID, SHAPE, |d| Wide::<Filled<f32>>::run((d,), 0));
    writes_only(VALID, SHAPE, |d| Wide::<Converted<f32, f32, Overflowing>>::run((d, x()), 0));
    writes_only(VALID, SHAPE, |d| Wide::<spread::Copied<AlongRows, f32>>::run((d, x()), 0));
    writes_only(VALID, SHAPE, |d| {
        Wide::<spread::Zipped<AlongCols, TColExpandAdd, f32>>::run((Over(d), x(), x()), 0);
    });
    writes_only((5, 3), SHAPE, |d| Wide::<Transposed<f32>>::run((d, Unseen, x()), 0));
    writes_only((1, 5), SHAPE, |d| Wide::<ColFold<TColSum, f32>>::run((d, x()), 0));
    writes_only((3, 1), (128, 1), |d| Wide::<RowFold<TRowSum, f32>>::run((d, Unseen, x()), 0));
}

/// Runs `op` on a destination in `layout`, and says that it has written the window and nothing else.
fn writes_only_the_window(
    layout: LayoutId,
    valid: (usize, usize),
    [corner, extent]: [(usize, usize); 2],
    op: impl FnOnce(TileView<&mut [f32]>),
) {
    let shape = (32, 48);
    let mut data = [BEFORE; 32 * 48];
    op(TileView { data: &mut data, valid, shape, layout });
    for row in 0..shape.0 {
        for col in 0..shape.1 {
            let inside = (corner.0..corner.0 + extent.0).contains(&row)
                && (corner.1..corner.1 + extent.1).contains(&col);
            let at = layout.index((row, col), shape, size_of::<f32>());
            assert_eq!(data[at] != BEFORE, inside, "{layout:?} at {row}, {col}");
        }
    }
}

#[test]
fn an_accumulator_fills_its_window_only() {
    let one = &[1.0; 32 * 48];
    let acc =
        || TileView { data: &one[..], valid: (17, 29), shape: (32, 48), layout: LayoutId::NzAcc };
    for layout in [LayoutId::Nz, LayoutId::Nd] {
        let whole = [(0, 0), (17, 29)];
        writes_only_the_window(layout, (17, 29), whole, |d| {
            Wide::<Drained<Narrowed<f32>, Cut>>::run((d, acc()), 0);
        });
        for corner in [(0, 0), (3, 5), (15, 19), (0, 8)] {
            let quant = Quant { scale: 2.0, offset: 0.0 };
            let imm = Way { quant, relu: true, corner: Corner::new(corner, 48) }.to_imm();
            writes_only_the_window(layout, (32, 48), [corner, (17, 29)], |d| {
                Wide::<Drained<Scaled<f32, f32>, Inserted>>::run((d, acc()), imm);
            });
        }
    }
    let plain =
        || TileView { data: &one[..], valid: (17, 29), shape: (32, 48), layout: LayoutId::Nd };
    writes_only_the_window(LayoutId::Nz, (17, 29), [(0, 0), (17, 29)], |d| {
        Wide::<Copied<f32>>::run((d, plain()), 0);
    });
    for corner in [(0, 0), (3, 5), (15, 19)] {
        writes_only_the_window(LayoutId::Nz, (32, 48), [corner, (17, 29)], |d| {
            Wide::<Placed<f32>>::run((d, plain()), Placed::<f32>::imm(corner, 48, 29));
        });
    }
}
