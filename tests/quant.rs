//! TQUANT and TDEQUANT: every form on both chips, ragged, against the definitions.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Number, assert_close, data, on_every_schedule, rng};
use tilesync::prelude::*;
use tilesync::tile::{Dtype, Float};
use tilesync::{Fault, Trouble};

const ROWS: usize = 32;
const COLS: usize = 96;
const SIZES: [(usize, usize); 4] = [(32, 96), (31, 95), (1, 1), (17, 33)];

macro_rules! bytes {
    ($($name:ident: $ch:ident $out:ident $least:literal $most:literal |$q:ident, $x:ident, $scale:ident, $offset:ident, $tmp:ident| $tquant:expr,
       |$element:ident, $s:ident, $o:ident| $exact:expr;)*) => {$(
        mod $name {
            use super::*;

            #[derive(Buffers)]
            struct Ub<'k> {
                x: VecTile<'k, f32, ROWS, COLS, Dyn, $ch>,
                q: VecTile<'k, $out, ROWS, COLS, Dyn, $ch>,
                scale: VecCol<'k, f32, ROWS, Dyn, $ch>,
                offset: VecCol<'k, f32, ROWS, Dyn, $ch>,
                tmp: VecTile<'k, f32, ROWS, COLS, Dyn, $ch>,
            }

            #[kernel]
            fn quantise<'k>(
                ub: Ub<'k>,
                x: GlobalIn<'k, f32>,
                scale: GlobalIn<'k, f32, ColMajor>,
                offset: GlobalIn<'k, f32, ColMajor>,
                q: GlobalOut<'k, $out>,
            ) -> Retired<Ub<'k>> {
                let $x = tload(ub.x, &x.tile(0, 0)).record::<Vector>().wait();
                let $scale = tload(ub.scale, &scale.tile(0, 0)).record::<Vector>();
                let $offset = tload(ub.offset, &offset.tile(0, 0)).record::<Vector>();
                let (mut $tmp, $q) = (ub.tmp.on::<Vector>(), ub.q);
                let (quantised, x) = $tquant.split();
                let q = tstore(&q.tile(0, 0), quantised.record::<TStoreVec>());
                Ub::retire(UbTokens { x, q, scale: $scale, offset: $offset, tmp: $tmp })
            }

            #[test]
            fn is_rounded_once_and_saturates() {
                let mut rng = rng();
                for (rows, cols) in SIZES {
                    let x: Vec<f32> = data(&mut rng, rows * cols);
                    let scale: Vec<f32> = (0..rows).map(|_| rng.f32() * 20.0 - 5.0).collect();
                    let offset: Vec<f32> = (0..rows).map(|_| f32::from(rng.u8(..))).collect();
                    let out = on_every_schedule!(
                        quantise,
                        out = vec![7 as $out; rows * cols],
                        (
                            GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                            GlobalTensor::new(&scale, &[rows, 1]).unwrap().whole(),
                            GlobalTensor::new(&offset, &[rows, 1]).unwrap().whole(),
                            GlobalTensorMut::new(&mut out, &[rows, cols]).unwrap().whole(),
                        )
                    );
                    assert_close("what is quantised", 0, &out, |at| {
                        let ($element, $s, $o) = (x[at], scale[at / cols], offset[at / cols]);
                        let exact = f64::from($exact);
                        if exact.is_nan() { 0 } else { exact.round_ties_even().clamp($least, $most) as $out }
                    });
                }
            }
        }
    )*};
}

bytes! {
    symmetric_on_a2a3: A2A3 i8 -128.0 127.0 |q, x, scale, offset, tmp| tquant(q, x, &scale, &mut tmp), |x, s, _o| x * s;
    symmetric_on_a5: A5 i8 -128.0 127.0 |q, x, scale, offset, tmp| tquant(q, x, &scale, &mut tmp), |x, s, _o| x * s;
    asymmetric_on_a2a3: A2A3 u8 0.0 255.0 |q, x, scale, offset, tmp| tquant_asym(q, x, &scale, &offset, &mut tmp), |x, s, o| x * s + o;
    asymmetric_on_a5: A5 u8 0.0 255.0 |q, x, scale, offset, tmp| tquant_asym(q, x, &scale, &offset, &mut tmp), |x, s, o| x * s + o;
}

macro_rules! back {
    ($($name:ident: $ch:ident $src:ident;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Ub<'k> {
                q: VecTile<'k, $src, ROWS, COLS, Dyn, $ch>,
                x: VecTile<'k, f32, ROWS, COLS, Dyn, $ch>,
                scale: VecCol<'k, f32, ROWS, Dyn, $ch>,
                offset: VecCol<'k, f32, ROWS, Dyn, $ch>,
            }

            #[kernel]
            fn dequantise<'k>(
                ub: Ub<'k>,
                q: GlobalIn<'k, $src>,
                scale: GlobalIn<'k, f32, ColMajor>,
                offset: GlobalIn<'k, f32, ColMajor>,
                x: GlobalOut<'k, f32>,
            ) -> Retired<Ub<'k>> {
                let q = tload(ub.q, &q.tile(0, 0)).record::<TDequant>();
                let scale = tload(ub.scale, &scale.tile(0, 0)).record::<TDequant>();
                let offset = tload(ub.offset, &offset.tile(0, 0)).record::<TDequant>();
                let y = tdequant(ub.x, &q, &scale, &offset).record::<TStoreVec>();
                Ub::retire(UbTokens { q, scale, offset, x: tstore(&x.tile(0, 0), y) })
            }

            let mut rng = rng();
            for (rows, cols) in SIZES {
                let q: Vec<$src> = data(&mut rng, rows * cols);
                let (scale, offset): (Vec<f32>, Vec<f32>) =
                    (0..rows).map(|_| (rng.f32() * 2.0 - 1.0, rng.f32() * 300.0 - 150.0)).unzip();
                let out = on_every_schedule!(
                    dequantise,
                    out = vec![7.0_f32; rows * cols],
                    (
                        GlobalTensor::new(&q, &[rows, cols]).unwrap().whole(),
                        GlobalTensor::new(&scale, &[rows, 1]).unwrap().whole(),
                        GlobalTensor::new(&offset, &[rows, 1]).unwrap().whole(),
                        GlobalTensorMut::new(&mut out, &[rows, cols]).unwrap().whole(),
                    )
                );
                assert_close("what comes back", 0, &out, |at| {
                    let less = f32::of(f64::from(q[at]) - f64::from(offset[at / cols]));
                    f32::of(f64::from(less) * f64::from(scale[at / cols]))
                });
            }
        }
    )*};
}

back! {
    i8_on_a2a3: A2A3 i8;
    i16_on_a2a3: A2A3 i16;
    i8_on_a5: A5 i8;
    i16_on_a5: A5 i16;
}

/// An MX element type, for the oracle.
trait Mx: Dtype {
    const COUNT: usize;
    /// The exponent of the greatest binade, and the greatest number.
    const GREATEST: (i32, f64);
    fn numbers(self) -> Vec<f64>;
    /// All the numbers that there are.
    fn ladder() -> Vec<f64>;
}

impl Mx for F8E4M3 {
    const COUNT: usize = 1;
    const GREATEST: (i32, f64) = (8, 448.0);
    fn numbers(self) -> Vec<f64> {
        vec![self.into()]
    }
    fn ladder() -> Vec<f64> {
        (0..=255)
            .map(|bits| F8E4M3::from_bits(bits).into())
            .filter(|x: &f64| x.is_finite())
            .collect()
    }
}

impl Mx for F4E2M1x2 {
    const COUNT: usize = 2;
    const GREATEST: (i32, f64) = (2, 6.0);
    fn numbers(self) -> Vec<f64> {
        F4E2M1x2::numbers(self).map(f64::from).to_vec()
    }
    fn ladder() -> Vec<f64> {
        [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0].into_iter().flat_map(|x| [x, -x]).collect()
    }
}

/// The exponent of the scale of a group.
fn exponent<D: Mx>(most: f64, alg: QuantScaleAlg) -> i32 {
    if most == 0.0 {
        return -127;
    }
    // The greatest n whose power of two is no more than that, counted.
    let floor = |x: f64| (-200..200).rev().find(|&n| 2.0_f64.powi(n) <= x).unwrap();
    let n = match alg {
        QuantScaleAlg::Ocp => floor(most) - D::GREATEST.0,
        QuantScaleAlg::Nv => {
            (-200..200).find(|&n| most <= D::GREATEST.1 * 2.0_f64.powi(n)).unwrap()
        }
    };
    Ord::max(n, -127)
}

macro_rules! groups {
    ($($name:ident: $src:ident $out:ident $out_cols:literal;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Buffers)]
            struct Ub<'k> {
                x: VecTile<'k, $src, 64, 96, Dyn, A5>,
                q: VecTile<'k, $out, 64, $out_cols, Dyn, A5>,
                scales: VecTile<'k, F8E8M0, 1, 192, Dyn, A5>,
                max: VecTile<'k, $src, 1, 192, Full, A5>,
                scaling: VecTile<'k, $src, 1, 192, Full, A5>,
            }

            #[kernel]
            fn quantise<'k>(
                ub: Ub<'k>,
                x: GlobalIn<'k, $src>,
                q: GlobalOut<'k, $out>,
                scales: GlobalOut<'k, F8E8M0>,
                nv: bool,
                down: bool,
            ) -> Retired<Ub<'k>> {
                let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
                let (mut max, mut scaling) = (ub.max.on::<Vector>(), ub.scaling.on::<Vector>());
                let alg = if nv { QuantScaleAlg::Nv } else { QuantScaleAlg::Ocp };
                let made = if down {
                    tquant_mx_cols(ub.q, ub.scales, &x, &mut max, &mut scaling, alg)
                } else {
                    tquant_mx(ub.q, ub.scales, &x, &mut max, &mut scaling, alg)
                };
                let (made, exponents) = made.split();
                let q = tstore(&q.tile(0, 0), made.record::<TStoreVec>());
                let scales = tstore(&scales.tile(0, 0), exponents.record::<TStoreVec>());
                Ub::retire(UbTokens { x, q, scales, max, scaling })
            }

            let mut rng = rng();
            let ladder = <$out as Mx>::ladder();
            for (rows, cols, down) in
                [(64, 96, false), (5, 64, false), (1, 32, false), (64, 96, true), (32, 38, true)]
            {
                // Where the elements of a group are.
                let place = |group: usize, k: usize| {
                    if down {
                        (group / cols * 32 + k) * cols + group % cols
                    } else {
                        group * 32 + k
                    }
                };
                let mut x = vec![<$src>::ZERO; rows * cols];
                for at in 0..rows * cols {
                    // Groups of all magnitudes, some of zeros.
                    let group = at / 32;
                    let size = 2.0_f32.powi((group % 29) as i32 - 14) * f32::from(group % 7 != 6);
                    x[place(group, at % 32)] = <$src>::from_f32((rng.f32() * 2.0 - 1.0) * size);
                }
                let count = <$out as Mx>::COUNT;
                for nv in [false, true] {
                    let mut q = vec![<$out>::ZERO; rows * cols / count];
                    let mut scales = vec![F8E8M0::ZERO; rows * cols / 32];
                    Eager::new()
                        .launch(&quantise, 1, (
                            GlobalTensor::new(&x, &[rows, cols]).unwrap().whole(),
                            GlobalTensorMut::new(&mut q, &[rows, cols / count]).unwrap().whole(),
                            GlobalTensorMut::new(&mut scales, &[1, rows * cols / 32]).unwrap().whole(),
                            nv,
                            down,
                        ))
                        .unwrap();
                    let numbers: Vec<f64> = q.iter().flat_map(|q| Mx::numbers(*q)).collect();
                    for (at, scale) in scales.iter().enumerate() {
                        let alg = if nv { QuantScaleAlg::Nv } else { QuantScaleAlg::Ocp };
                        let group = || (0..32).map(|k| place(at, k));
                        let most = group().map(|at| f64::from(x[at].to_f32()).abs()).fold(0.0, f64::max);
                        let n = exponent::<$out>(most, alg);
                        assert_eq!(f64::from(*scale), 2.0_f64.powi(n), "group {at}, {alg:?}");
                        for at in group() {
                            let exact = f64::from(x[at].to_f32()) / 2.0_f64.powi(n);
                            let distance = |y: f64| (y - exact).abs();
                            let least = ladder.iter().map(|y| distance(*y)).fold(f64::INFINITY, f64::min);
                            assert_eq!(distance(numbers[at]), least, "{} by 2^{n} is not {}", x[at], numbers[at]);
                        }
                    }
                }
            }
        }
    )*};
}

groups! {
    f32_to_mxfp8: f32 F8E4M3 96;
    f16_to_mxfp8: f16 F8E4M3 96;
    bf16_to_mxfp8: bf16 F8E4M3 96;
    f16_to_mxfp4: f16 F4E2M1x2 64;
    bf16_to_mxfp4: bf16 F4E2M1x2 64;
}

#[derive(Buffers)]
struct Uneven<'k> {
    x: VecTile<'k, i8, 16, 32, Dyn>,
    y: VecTile<'k, f32, 16, 32, Dyn>,
    scale: VecCol<'k, f32, 16, Dyn>,
}

#[kernel]
fn uneven<'k>(
    ub: Uneven<'k>,
    x: GlobalIn<'k, i8>,
    scale: GlobalIn<'k, f32, ColMajor>,
    y: GlobalOut<'k, f32>,
) -> Retired<Uneven<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TDequant>();
    let scale = tload(ub.scale, &scale.tile(0, 0)).record::<TDequant>();
    let made = tdequant(ub.y, &x, &scale, &scale).record::<TStoreVec>();
    Uneven::retire(UnevenTokens { x, y: tstore(&y.tile(0, 0), made), scale })
}

#[test]
fn each_row_has_a_scale() {
    let (x, scale, mut y) = ([1_i8; 9 * 8], [1.0; 8], [0.0; 9 * 8]);
    let x = GlobalTensor::new(&x, &[9, 8]).unwrap();
    let scale = GlobalTensor::new(&scale, &[8, 1]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[9, 8]).unwrap();
    let error = Eager::new().launch(&uneven, 1, (x.whole(), scale.whole(), y.whole())).unwrap_err();
    let LaunchError::Fault(Fault { trouble, .. }) = error else { panic!("{error}") };
    let expected = Trouble::ValidMismatch { code: OpCode::TDEQUANT, left: (8, 1), right: (9, 1) };
    assert_eq!(trouble, expected);
}
