//! The matrix product on each level of vector instructions that the machine has: the bits of the plain definition.

use half::{bf16, f16};

use crate::compute::packing::{Packable, Packing, Word};
use crate::compute::panels::{Product, Start};
use crate::memory::TileView;
use crate::simd::{LaneWork, Lanes};
use crate::tile::{Dtype, LayoutId};

/// Static rows, depth and columns of the tiles.
const SHAPE: (usize, usize, usize) = (144, 160, 64);
/// Valid ones: nothing, one, what the registers hold, and what divides nothing.
const VALID: [(usize, usize, usize); 5] =
    [(1, 1, 1), (5, 0, 7), (13, 65, 33), (24, 64, 32), (131, 130, 47)];

/// A product, and what it must be.
#[derive(Clone, Copy)]
struct Case<'a, A, T> {
    left: TileView<&'a [T]>,
    right: TileView<&'a [T]>,
    start: Start,
    before: A,
    expected: &'a [A],
}

impl<A: Word<T> + Packable + Dtype, T: Dtype> LaneWork<A> for Case<'_, A, T> {
    fn run<L: Lanes<A>>(self, level: L) {
        let mut sums = vec![self.before; self.expected.len()];
        let acc = TileView {
            data: sums.as_mut_slice(),
            valid: (self.left.valid.0, self.right.valid.1),
            shape: (SHAPE.0, SHAPE.2),
            layout: LayoutId::NzAcc,
        };
        let (left, right, start) = (self.left, self.right, self.start);
        Packing::with(|packing| Product { acc, left, right, start, packing }.run(level));
        assert!(
            sums == self.expected,
            "{:?} {:?} times {:?} {:?}",
            self.left.layout,
            self.left.valid,
            self.right.layout,
            self.right.valid
        );
    }
}

/// `term(sum, left, right)` is the definition, and `before` what the sums hold.
fn check<A, T>(before: A, draw: impl Fn(&mut fastrand::Rng) -> T, term: impl Fn(A, T, T) -> A)
where
    A: Word<T> + Packable + Dtype,
    T: Dtype,
{
    let mut rng = fastrand::Rng::with_seed(1);
    let (rows, depth, cols) = SHAPE;
    let left: Vec<T> = (0..rows * depth).map(|_| draw(&mut rng)).collect();
    let right: Vec<T> = (0..depth * cols).map(|_| draw(&mut rng)).collect();
    for ((m, k, n), (left_layout, right_layout), start) in cases() {
        let size = size_of::<T>();
        let mut expected = vec![before; rows * cols];
        for row in 0..m {
            for col in 0..n {
                let at = LayoutId::NzAcc.index((row, col), (rows, cols), size);
                let before = if start == Start::Zero { A::ZERO } else { before };
                expected[at] = (0..k).fold(before, |sum, k| {
                    let x = left[left_layout.index((row, k), (rows, depth), size)];
                    let y = right[right_layout.index((k, col), (depth, cols), size)];
                    term(sum, x, y)
                });
            }
        }
        A::on_each_level(Case {
            left: TileView {
                data: left.as_slice(),
                valid: (m, k),
                shape: (rows, depth),
                layout: left_layout,
            },
            right: TileView {
                data: right.as_slice(),
                valid: (k, n),
                shape: (depth, cols),
                layout: right_layout,
            },
            start,
            before,
            expected: &expected,
        });
    }
}

/// Every valid region in every pair of layouts, from zero and from sums.
fn cases() -> impl Iterator<Item = ((usize, usize, usize), (LayoutId, LayoutId), Start)> {
    let layouts = [
        (LayoutId::Nd, LayoutId::Nd),
        (LayoutId::Zz, LayoutId::Zn),
        (LayoutId::Nz, LayoutId::Dn),
        (LayoutId::Dn, LayoutId::Zn),
    ];
    VALID.into_iter().flat_map(move |valid| {
        layouts.into_iter().flat_map(move |layouts| {
            [Start::Zero, Start::Sums].map(move |start| (valid, layouts, start))
        })
    })
}

#[test]
fn f32_is_fused_term_by_term() {
    check(1.0, |rng| rng.f32() - 0.5, |sum: f32, x: f32, y: f32| x.mul_add(y, sum));
}

#[test]
fn f16_widens_first() {
    let term = |sum: f32, x: f16, y: f16| f32::from(x).mul_add(f32::from(y), sum);
    check(1.0, |rng| f16::from_f32(rng.f32() - 0.5), term);
}

#[test]
fn bf16_widens_first() {
    let term = |sum: f32, x: bf16, y: bf16| f32::from(x).mul_add(f32::from(y), sum);
    check(1.0, |rng| bf16::from_f32(rng.f32() - 0.5), term);
}

#[test]
fn i8_is_exact_and_wraps() {
    let term = |sum: i32, x: i8, y: i8| sum.wrapping_add(i32::from(x) * i32::from(y));
    check(i32::MAX, |rng| rng.i8(..), term);
    check(i32::MIN, |rng| if rng.bool() { i8::MIN } else { i8::MAX }, term);
}
