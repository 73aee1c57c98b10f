//! TPARTADD, TPARTMUL, TPARTMAX, TPARTMIN: two sources of which one may be smaller.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{Number, Wide, assert_close, data, each_dtype, rng};
use tilesync::prelude::*;
use tilesync::{Fault, Trouble};

/// Valid regions of the two sources.
const REGIONS: [[(usize, usize); 2]; 7] = [
    [(16, 32), (16, 32)],
    [(16, 32), (9, 32)],
    [(16, 19), (16, 32)],
    [(13, 21), (5, 11)],
    [(1, 3), (13, 21)],
    [(7, 1), (7, 32)],
    [(1, 1), (1, 1)],
];

/// All four ops on one dtype. The second source has another shape.
macro_rules! check {
    ($chip:ident $t:ident ()) => {{
        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 16, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 16, 64, Dyn, $chip>,
            few: VecTile<'k, $t, 2, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 16, 32, Dyn, $chip>,
        }

        #[kernel]
        fn parts<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            sum: GlobalOut<'k, $t>,
            product: GlobalOut<'k, $t>,
            max: GlobalOut<'k, $t>,
            min: GlobalOut<'k, $t>,
            kept: GlobalOut<'k, $t>,
            c: $t,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let z = tstore(&sum.tile(0, 0), tpartadd(ub.z, &x, &y).record::<TStoreVec>());
            let z = tpartmul(z.release::<Vector>(), &x, &y).record::<TStoreVec>();
            let z = tstore(&product.tile(0, 0), z).release::<Vector>();
            let z = tstore(&max.tile(0, 0), tpartmax(z, &x, &y).record::<TStoreVec>());
            let z = tpartmin(z.release::<Vector>(), &x, &y).record::<TStoreVec>();
            let z = tstore(&min.tile(0, 0), z).release::<Vector>();
            // A source with fewer rows than the result, of which one element is valid.
            let few = texpands(ub.few.with_valid(1, 1), c);
            let z = tpartmax(z, &x, &few).record::<TStoreVec>();
            Ub::retire(UbTokens { x, y, few, z: tstore(&kept.tile(0, 0), z) })
        }

        for [a, b] in REGIONS {
            let (rng, dims) = (&mut rng(), [a.0.max(b.0), a.1.max(b.1)]);
            let (x, y): (Vec<$t>, Vec<$t>) = (data(rng, a.0 * a.1), data(rng, b.0 * b.1));
            let [mut sum, mut product, mut max, mut min]: [Vec<$t>; 4] =
                [(); 4].map(|()| data(rng, dims[0] * dims[1]));
            let (mut kept, c) = (x.clone(), data::<$t>(rng, 1)[0]);
            Eager::new()
                .launch(
                    &parts,
                    1,
                    (
                        GlobalTensor::new(&x, &[a.0, a.1]).unwrap().whole(),
                        GlobalTensor::new(&y, &[b.0, b.1]).unwrap().whole(),
                        GlobalTensorMut::new(&mut sum, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut product, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut max, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut min, &dims).unwrap().whole(),
                        GlobalTensorMut::new(&mut kept, &[a.0, a.1]).unwrap().whole(),
                        c,
                    ),
                )
                .unwrap();
            let of = |list: &[$t], (rows, cols): (usize, usize), at: usize| {
                let (row, col) = (at / dims[1], at % dims[1]);
                (row < rows && col < cols).then(|| list[row * cols + col])
            };
            type W = <$t as Number>::Wide;
            let want = |op: fn(W, W) -> W, at: usize| match (of(&x, a, at), of(&y, b, at)) {
                (Some(x), Some(y)) => <$t>::of(op(x.wide(), y.wide())),
                (x, y) => x.or(y).unwrap(),
            };
            assert_close("tpartadd", 0, &sum, |at| want(|x, y| x + y, at));
            assert_close("tpartmul", 0, &product, |at| want(|x, y| x.times(y), at));
            assert_close("tpartmax", 0, &max, |at| want(|x, y| x.max(y), at));
            let first = <$t>::of(x[0].wide().max(c.wide()));
            assert_close("tpartmax", 0, &kept, |at| if at == 0 { first } else { x[at] });
            assert_close("tpartmin", 0, &min, |at| want(|x, y| x.min(y), at));
        }
    }};
}

#[test]
fn where_one_source_ends_the_other_one_is_the_result() {
    each_dtype!(check! A2A3 [i16 f32] A5 [u8 f16 bf16] ());
}

#[derive(Buffers)]
struct Crossed<'k> {
    x: VecTile<'k, f32, 16, 32, Dyn>,
    y: VecTile<'k, f32, 16, 32, Dyn>,
    z: VecTile<'k, f32, 16, 32, Dyn>,
}

#[kernel]
fn crossed<'k>(ub: Crossed<'k>) -> Retired<Crossed<'k>> {
    let x = texpands(ub.x.with_valid(3, 9), 1.0);
    let y = texpands(ub.y.with_valid(9, 3), 1.0);
    let z = tpartadd(ub.z, &x, &y);
    Crossed::retire(CrossedTokens { x, y, z })
}

#[test]
fn one_source_must_lie_in_the_other() {
    let Err(LaunchError::Fault(Fault { trouble, .. })) = Eager::new().launch(&crossed, 1, ())
    else {
        panic!("no fault");
    };
    let code = OpCode::TPARTADD;
    assert_eq!(trouble, Trouble::ValidMismatch { code, left: (3, 9), right: (9, 3) });
}
