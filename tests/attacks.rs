//! Safe kernels that compile and once broke a guarantee. Each must stay harmless or be stopped.

use std::sync::atomic::{AtomicBool, Ordering};

use tilesync::Trouble;
use tilesync::chip::Chip;
use tilesync::exec::PlanChip;
use tilesync::global::GlobalError;
use tilesync::prelude::*;
use tilesync::tile::PlanPart;
use tilesync::tile::plan::{Brand, Branded};

/// A hand-written plan of one small tile which turns into [`Big`] when it is branded. Memory given out for `Small` would be
/// too small for the tiles that the kernel gets.
struct Small;

#[derive(Buffers)]
struct Big<'k> {
    x: [VecTile<'k, f32, 64, 64, Full, A5>; 4],
}

impl Branded for Small {
    type Brand = Brand<'static>;
}

impl Buffers<'static> for Small {
    type At<'j> = Big<'j>;
    type Parts = VecTile<'static, f32, 1, 8>;
    const NAMES: &'static [&'static str] = &["x"];

    fn assemble(_: Self::Parts) -> Self {
        Small
    }
}

struct Growing;

impl Kernel for Growing {
    type Plan = Small;
    type Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        _: Core<'k, PlanChip<Small>>,
        big: Big<'k>,
        (input, output): (GlobalIn<'k, f32>, GlobalOut<'k, f32>),
    ) -> Retired<Big<'k>> {
        let tiles = big.x.map(|tile| {
            let x = tload(tile, &input.tile(0, 0)).record::<TStoreVec>();
            tstore(&output.tile(0, 0), x)
        });
        Big::retire(BigTokens { x: tiles })
    }
}

#[test]
fn a_plan_that_grows_when_it_is_branded_gets_the_memory_that_it_uses() {
    assert_eq!(<PlanChip<Small> as Chip>::ID, A5::ID);
    let x: Vec<f32> = (0..4096u16).map(f32::from).collect();
    let mut y = vec![0.0; x.len()];
    let input = GlobalTensor::new(&x, &[64, 64]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[64, 64]).expect("a shape");
    Eager::new().launch(&Growing, 1, (input.whole(), output.whole())).expect("it fits");
    assert_eq!(x, y);
}

/// Nine tiles in two spaces, each with a flag from MTE2 to V in flight.
#[derive(Buffers)]
struct TwoSpaces<'k> {
    x: [VecTile<'k, f32, 8, 8>; 5],
    y: [Tile<'k, tilesync::tile::space::Mat, f32, 8, 8>; 4],
}

#[kernel]
fn nine_flags<'k>(ub: TwoSpaces<'k>, input: GlobalIn<'k, f32>) -> Retired<TwoSpaces<'k>> {
    let x = ub.x.map(|tile| tload(tile, &input.tile(0, 0)).record::<Vector>());
    let y = ub.y.map(|tile| tload(tile, &input.tile(0, 0)).record::<Vector>());
    TwoSpaces::retire(TwoSpacesTokens { x, y })
}

/// Five tiles, each shared with two readers of one pipe: that takes one flag, not two.
#[derive(Buffers)]
struct Five<'k> {
    x: [VecTile<'k, f32, 8, 8>; 5],
}

#[kernel]
fn five_flags<'k>(ub: Five<'k>, input: GlobalIn<'k, f32>) -> Retired<Five<'k>> {
    Five::retire(FiveTokens {
        x: ub.x.map(|tile| tload(tile, &input.tile(0, 0)).share::<TAdd, TMul>()),
    })
}

#[test]
fn tiles_of_two_spaces_count_together_against_the_flags_of_a_pair() {
    let x = [1.0; 64];
    let input = GlobalTensor::new(&x, &[8, 8]).expect("a shape");
    let stopped = Eager::new().launch(&nine_flags, 1, (input.whole(),));
    let Err(LaunchError::Fault(fault)) = stopped else { panic!("nine flags passed") };
    assert!(matches!(fault.trouble, Trouble::TooManyFlags { limit: 8, .. }));
    Pipelined::new().launch(&five_flags, 1, (input.whole(),)).expect("five flags are few");
}

/// A tile of more than 65,535 columns, with a valid region known at run time.
#[derive(Buffers)]
struct Wide<'k> {
    x: VecTile<'k, u8, 1, 65_568, Dyn>,
}

#[kernel]
fn copy_wide<'k>(
    ub: Wide<'k>,
    input: GlobalIn<'k, u8>,
    output: GlobalOut<'k, u8>,
) -> Retired<Wide<'k>> {
    let x = tload(ub.x, &input.tile(0, 0)).record::<TStoreVec>();
    Wide::retire(WideTokens { x: tstore(&output.tile(0, 0), x) })
}

#[test]
fn a_dynamic_region_is_as_wide_as_its_tile() {
    let x = vec![7; 65_568];
    let mut y = vec![0; x.len()];
    let input = GlobalTensor::new(&x, &[1, x.len()]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[1, x.len()]).expect("a shape");
    Eager::new().launch(&copy_wide, 1, (input.whole(), output.whole())).expect("it fits");
    assert_eq!(x, y);
}

/// Strides whose sum wraps around: positions would lie before the slice, or two blocks' rows in one place.
#[test]
fn strides_that_wrap_around_are_too_long_for_any_slice() {
    let mut data = [0.0_f32; 16];
    let half = 1 << (usize::BITS - 1);
    let shapes =
        [([1, 1, 1, 3, 8], [0, 0, 0, half, 1]), ([1, 1, 2, 2, 8], [0, 0, usize::MAX - 3, 4, 1])];
    for (extent, stride) in shapes {
        let input = GlobalTensor::<f32>::with_stride(&data, extent, stride);
        assert!(matches!(input, Err(GlobalError::Length { .. })));
        let output = GlobalTensorMut::<f32>::with_stride(&mut data, extent, stride);
        assert!(matches!(output, Err(GlobalError::Length { .. })));
    }
    let dense = GlobalTensor::<f32>::new(&data, &[half, 2, 8]);
    assert!(matches!(dense, Err(GlobalError::Length { .. })));
}

/// Why no plan of these tiles compiles: what `#[derive(Buffers)]` and each launch evaluate in a constant.
fn refusal<P: PlanPart<'static>>() -> String {
    let check = || P::USAGE.check(P::Chip::ID, &["big", "none", "small"]);
    let Err(panic) = std::panic::catch_unwind(check) else { return "none".to_owned() };
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// A vector tile of any kernel.
type V<T, const R: usize, const C: usize> = VecTile<'static, T, R, C>;
const HALF: usize = 1 << (usize::BITS - 1);

/// Between `big` and `small` lie 65,535 tiles that take no bytes. The number of `small` would be that of `big`: once `small` was
/// loaded from an input of 8 MiB, which it is not copied from, a store of `big` would read 64 x 64 elements there.
#[test]
fn tiles_without_elements_are_no_plan() {
    type Wrapping = (V<f32, 64, 64>, ([[V<f32, 0, 8>; 257]; 255], V<f32, 8, 8>));
    for (refused, field) in [
        (refusal::<Wrapping>(), "none"),
        (refusal::<(V<f32, 8, 8>, V<f32, 8, 0>)>(), "none"),
        (refusal::<(V<f32, 8, 8>, [V<f32, 0, 0>; 0])>(), "none"),
        (refusal::<VecCol<'static, f32, 0>>(), "big"),
        (refusal::<MatTile<'static, f32, 0, 16>>(), "big"),
        (refusal::<VecTile<'static, f32, 0, 8, Dyn, A5>>(), "big"),
    ] {
        assert!(refused.starts_with(&format!("the tile `{field}` has no elements")), "{refused}");
    }
}

/// Sizes whose products wrap around to nothing, or to little. Larger sides are refused by the tile's type itself.
#[test]
fn no_size_wraps_around() {
    const SIDE: usize = 1 << 31;
    for refused in [
        refusal::<V<f32, SIDE, SIDE>>(),
        refusal::<V<i8, { SIDE + 1 }, SIDE>>(),
        refusal::<MatTile<'static, f32, SIDE, SIDE>>(),
        refusal::<[V<f32, 8, 8>; HALF >> 7]>(),
        refusal::<[V<i8, SIDE, SIDE>; 4]>(),
        refusal::<(V<i8, SIDE, SIDE>, [V<i8, SIDE, SIDE>; 3])>(),
    ] {
        assert!(
            refused.starts_with("this plan needs ") || refused.starts_with("this plan has "),
            "{refused}"
        );
    }
}

#[test]
fn tiles_beyond_the_last_number_are_no_plan() {
    let refused = refusal::<[[V<u8, 1, 32>; 256]; 256]>();
    assert!(refused.starts_with("this plan has 65536 tiles"), "{refused}");
    assert_eq!(refusal::<[V<u8, 1, 32>; 6144]>(), "none", "as many as the smallest ones that fit");
}

/// No tile, no byte, no number: a field of no tiles is harmless.
#[derive(Buffers)]
struct Around<'k> {
    before: VecTile<'k, f32, 8, 8>,
    none: [VecTile<'k, f32, 64, 64>; 0],
    after: VecTile<'k, f32, 8, 8>,
}

#[kernel]
fn swap_around_none<'k>(
    ub: Around<'k>,
    x: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Around<'k>> {
    let before = tload(ub.before, &x.tile(0, 0)).record::<TStoreVec>();
    let after = tload(ub.after, &x.tile(1, 0)).record::<TStoreVec>();
    let after = tstore(&out.tile(0, 0), after);
    Around::retire(AroundTokens { before: tstore(&out.tile(1, 0), before), none: ub.none, after })
}

#[test]
fn an_array_of_no_tiles_takes_nothing() {
    let x: Vec<f32> = (0..128u8).map(f32::from).collect();
    let swapped = [&x[64..], &x[..64]].concat();
    let input = GlobalTensor::new(&x, &[16, 8]).expect("a shape");
    let mut y = vec![0.0; x.len()];
    let mut output = GlobalTensorMut::new(&mut y, &[16, 8]).expect("a shape");
    Eager::new().launch(&swap_around_none, 1, (input.whole(), output.whole())).expect("it fits");
    assert_eq!(y, swapped);
    let mut output = GlobalTensorMut::new(&mut y, &[16, 8]).expect("a shape");
    let late = Pipelined::new().order(Order::Late);
    late.launch(&swap_around_none, 1, (input.whole(), output.whole())).expect("it fits");
    assert_eq!(y, swapped);
}

/// Two tiles that are taken apart, into two bands each.
#[derive(Buffers)]
struct Pairs<'k> {
    x: [VecParts<'k, f32, 16, 64, [Rows<8>; 2]>; 2],
}

/// Where the kernel `mixed` got to.
static BEHIND_THE_WHOLE: AtomicBool = AtomicBool::new(false);

/// Puts bands of two tiles together. The tile that came of it had the number of a band that looks at the end of the input, and took over
/// twice as much as that has left.
#[kernel]
fn mixed<'k>(ub: Pairs<'k>, end: GlobalIn<'k, f32>) -> Retired<Pairs<'k>> {
    let last = end.at(end.rows() - 8, 0);
    let [one, two] = ub.x.map(|tile| tile.parts().map(|band| tload(band, &last)));
    let ([a, b], [c, d]) = (one, two);
    let whole = RecordEvent::all([b, c]).whole();
    BEHIND_THE_WHOLE.store(true, Ordering::Relaxed);
    let [b, c] = whole.parts().split();
    let x = [[a, b], [c, d]].map(|bands| RecordEvent::all(bands).whole());
    Pairs::retire(PairsTokens { x })
}

#[test]
fn what_is_no_tile_is_never_used() {
    let x = vec![1.0; 3 << 20];
    let input = GlobalTensor::new(&x, &[x.len() / 64, 64]).expect("a shape");
    let stopped = Eager::new().launch(&mixed, 1, (input.whole(),));
    let Err(LaunchError::Fault(fault)) = stopped else { panic!("bands of two tiles are one") };
    assert_eq!(fault.trouble, Trouble::PartsOfTwoTiles);
    assert!(!BEHIND_THE_WHOLE.load(Ordering::Relaxed), "the kernel went on with no tile");
}
