//! What no kernel can see, and so no other test: the elements outside of the valid region stay as they were.

use super::convert::Converted;
use super::elementwise::{Mapped, MappedInPlace, Zipped, ZippedInPlace};
use super::rearrange::Transposed;
use super::reduce::{ColFold, RowFold};
use super::scalar::Filled;
use super::spread::{self, AlongCols, AlongRows};
use super::wide::Wide;
use crate::issue::memory::TileView;
use crate::issue::{Over, Semantics, Unseen};
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
    writes_only(VALID, SHAPE, |d| Wide::<Converted<f32, f32>>::run((d, x()), 0));
    writes_only(VALID, SHAPE, |d| Wide::<spread::Copied<AlongRows, f32>>::run((d, x()), 0));
    writes_only(VALID, SHAPE, |d| {
        Wide::<spread::Zipped<AlongCols, TColExpandAdd, f32>>::run((Over(d), x(), x()), 0);
    });
    writes_only((5, 3), SHAPE, |d| Wide::<Transposed<f32>>::run((d, Unseen, x()), 0));
    writes_only((1, 5), SHAPE, |d| Wide::<ColFold<TColSum, f32>>::run((d, x()), 0));
    writes_only((3, 1), (128, 1), |d| Wide::<RowFold<TRowSum, f32>>::run((d, Unseen, x()), 0));
}
