//! What becomes of an element of an accumulator: rounding, saturation, offsets, shifts.

use half::{bf16, f16};

use super::*;

fn scaled<T: Nearest>(x: f32, scale: f32, relu: bool) -> T {
    Scaled::<f32, T>::out(x, Quant { scale, offset: 0.0 }, relu)
}

#[test]
fn halves_go_to_the_even_neighbour() {
    let of = |x| scaled::<i8>(x, 1.0, false);
    assert_eq!([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map(of), [0, 2, 2, 0, -2, -2]);
    assert_eq!(of(0.500_000_06), 1);
    assert_eq!(scaled::<u8>(1.0, 2.5, false), 2);
}

#[test]
fn bytes_are_rounded_as_by_a_conversion() {
    for step in -3000..3000 {
        let x = f64::from(step) / 8.0;
        assert_eq!(i8::nearest(x), i8::rounded(x, f64::round_ties_even), "{x}");
        assert_eq!(u8::nearest(x), u8::rounded(x, f64::round_ties_even), "{x}");
    }
}

#[test]
fn integers_saturate_and_a_nan_is_zero() {
    for (x, low, high) in [(1e30, 127, 255), (f32::INFINITY, 127, 255), (f32::NAN, 0, 0)] {
        assert_eq!(scaled::<i8>(x, 1.0, false), low);
        assert_eq!(scaled::<u8>(x, 1.0, false), high);
    }
    for x in [-129.0, -1e30, f32::NEG_INFINITY] {
        assert_eq!(scaled::<i8>(x, 1.0, false), -128);
        assert_eq!(scaled::<u8>(x, 1.0, false), 0);
        assert_eq!(scaled::<i8>(x, 1.0, true), 0);
    }
    assert_eq!(scaled::<i8>(f32::INFINITY, 0.0, false), 0, "infinity times zero is a NaN");
    assert_eq!(Scaled::<i32, i8>::out(i32::MIN, Quant::NONE, false), -128);
    assert_eq!(Scaled::<i32, u8>::out(i32::MAX, Quant::NONE, false), 255);
}

#[test]
fn floats_of_16_bits_saturate_and_relu_makes_zeros() {
    assert_eq!(scaled::<f16>(65_504.0, 1.0, false), f16::MAX);
    assert_eq!(scaled::<f16>(65_520.0, 1.0, false), f16::MAX);
    assert_eq!(scaled::<f16>(-1.0, 1e30, false), f16::MIN);
    assert_eq!(scaled::<f16>(f32::INFINITY, 1.0, false), f16::INFINITY);
    assert_eq!(scaled::<bf16>(f32::MAX, 2.0, false), bf16::INFINITY);
    assert!(scaled::<f16>(f32::NAN, 1.0, false).is_nan());
    assert_eq!(scaled::<f32>(f32::MAX, 2.0, false), f32::INFINITY);
    assert_eq!(scaled::<f32>(-0.0, 1.0, false).to_bits(), (-0.0_f32).to_bits());
    for x in [-0.0, f32::NAN, -1.0, f32::NEG_INFINITY] {
        assert_eq!(scaled::<f32>(x, 1.0, true).to_bits(), 0, "{x}");
        assert_eq!(Narrowed::<f32>::out(x, Quant::NONE, true).to_bits(), 0, "{x}");
        assert_eq!(Narrowed::<f16>::out(x, Quant::NONE, true).to_bits(), 0, "{x}");
    }
}

#[test]
fn an_immediate_says_all() {
    let corner = Corner::new((16_383, 200), 256);
    let way = Way { quant: Quant { scale: -0.1, offset: 511.0 }, relu: true, corner };
    let back = Way::of_imm(way.to_imm());
    assert_eq!((back.quant.scale, back.quant.offset), (-0.1, 511.0));
    assert_eq!((back.relu, back.corner.place(256)), (true, (16_383, 200)));
}

#[test]
fn an_offset_comes_before_rounding_and_relu_last() {
    let of =
        |x: f32, offset: f32, relu| Scaled::<f32, u8>::out(x, Quant { scale: 0.5, offset }, relu);
    assert_eq!([of(1.0, 1.0, false), of(3.0, 1.0, false)], [2, 2]);
    assert_eq!([of(-8.0, 5.0, true), of(-8.0, 3.0, true), of(0.0, 511.0, true)], [1, 0, 255]);
    let word = u64::from(1.3_f32.to_bits()) | 300 << word::OFFSET | 7 << word::SHIFT;
    let quant = Scaled::<f32, i8>::of_word(word);
    assert_eq!((quant.scale.to_bits(), quant.offset), (1.3_f32.to_bits() & !0x1fff, 300.0));
    assert_eq!(Shifted::<i32, i16>::of_word(word).scale, 1.0 / 256.0);
}

#[test]
fn a_shift_rounds_down_and_saturates() {
    for bits in 1..=16 {
        for x in [i32::MIN, i32::MAX, -1, 0, 1, -65_537, 65_535, 1 << 20] {
            let want = (x >> bits).clamp(-32_768, 32_767);
            assert_eq!(i32::from(Shifted::<i32, i16>::out(x, shift(bits), false)), want);
        }
    }
}
