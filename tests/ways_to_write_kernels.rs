//! Kernels in the shapes that real ones have: generic, in `impl` blocks, with many arguments, under names that are used twice.

use tilesync::isa::bounds::DtypeOf;
use tilesync::prelude::*;
use tilesync::program::InstrKind;
use tilesync::tile::Dtype;

const N: usize = 8;

#[derive(Buffers)]
struct Ub<'k, T: Dtype, const C: usize> {
    x: VecTile<'k, T, N, C>,
    y: VecTile<'k, T, N, C>,
}

/// Four times `x`, by a helper for any dtype and shape that is given its own result.
#[kernel]
fn fourfold<'k, T, const C: usize>(
    ub: Ub<'k, T, C>,
    x: GlobalIn<'k, T>,
    y: GlobalOut<'k, T>,
) -> Retired<Ub<'k, T, C>>
where
    T: DtypeOf<TAdd, A2A3>,
{
    let x = tload(ub.x, &x.tile(0, 0)).record::<TAdd>().on::<Vector>();
    let (y_token, x) = twice(twice((x, ub.y.on::<Vector>())));
    let stored = tstore(&y.tile(0, 0), y_token.record::<TStoreVec>());
    // The sum lies in `x` after an even number of turns.
    Ub::retire(UbTokens { x: stored, y: x })
}

/// A tile with data, and a free one like it.
type Both<'k, T, const R: usize, const C: usize> =
    (Resident<Vector, VecTile<'k, T, R, C>>, RecordEvent<Vector, VecTile<'k, T, R, C>>);

fn twice<'k, T, const R: usize, const C: usize>((x, free): Both<'k, T, R, C>) -> Both<'k, T, R, C>
where
    T: DtypeOf<TAdd, A2A3>,
{
    let sum = tadd(free, &x, &x);
    (sum.on::<Vector>(), x.discard())
}

#[test]
fn a_kernel_is_generic_over_dtype_and_width() {
    fn run<T: DtypeOf<TAdd, A2A3> + PartialEq, const C: usize>(value: T) {
        let x = vec![value; N * C];
        let mut y = vec![T::ZERO; N * C];
        let input = GlobalTensor::new(&x, &[N, C]).expect("a shape");
        let mut output = GlobalTensorMut::new(&mut y, &[N, C]).expect("a shape");
        let args = (input.whole(), output.whole());
        Eager::new().launch(&fourfold::<T, C>(), 1, args).expect("runs");
        let four = value.add(value).add(value).add(value);
        assert!(y.iter().all(|&y| y == four));
    }

    run::<f32, 8>(1.5);
    run::<f16, 16>(f16::from_f32(1.5));
    run::<i32, 24>(-3);
}

#[derive(Buffers)]
struct One<'k> {
    x: VecTile<'k, f32, N, N>,
}

/// A kernel with a setting, beside other items of its type.
struct Scale(f32);

impl Scale {
    const HALF: Self = Scale(0.5);
}

#[kernel]
impl Scale {
    fn run<'k>(
        &self,
        ub: One<'k>,
        x: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<One<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TMulS>();
        let x = tmuls_assign(x, self.0).record::<TStoreVec>();
        One::retire(OneTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

/// A kernel that is a type without a value of its own.
struct Copy<const TIMES: usize>;

#[kernel]
impl<const TIMES: usize> Copy<TIMES> {
    fn run<'k>(ub: One<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<One<'k>> {
        let mut free = Turn::First(ub.x);
        for _ in 0..TIMES {
            let x = tload(free, &x.tile(0, 0)).record::<TStoreVec>();
            free = Turn::Later(tstore(&y.tile(0, 0), x).release::<TLoad>());
        }
        One::retire(OneTokens { x: free })
    }
}

/// Runs a kernel of one input and one output on ones.
fn of_ones<K>(kernel: &K) -> Vec<f32>
where
    K: Kernel<Args = (GlobalIn<'static, f32>, GlobalOut<'static, f32>)>,
{
    let x = vec![1.0; N * N];
    let mut y = vec![f32::NAN; N * N];
    let input = GlobalTensor::new(&x, &[N, N]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[N, N]).expect("a shape");
    Pipelined::new().launch(kernel, 1, (input.whole(), output.whole())).expect("runs");
    y
}

#[test]
fn a_kernel_is_an_impl_block() {
    assert_eq!(of_ones(&Scale(3.0)), [3.0; N * N]);
    assert_eq!(of_ones(&Scale::HALF), [0.5; N * N]);
    assert_eq!(of_ones(&Copy::<3>), [1.0; N * N]);
}

mod names {
    //! Names that the macros use, too, or that the kernel and its plan share.

    use super::N;
    use tilesync::prelude::*;

    #[derive(Buffers)]
    pub(super) struct Core<'k, T0: tilesync::tile::Dtype, A: tilesync::tile::Valid> {
        pub(super) sum: VecTile<'k, T0, N, N, A>,
    }

    #[kernel]
    pub(super) fn sum<'k>(
        core: Core<'k, f32, Full>,
        plan: GlobalIn<'k, f32>,
        args: GlobalOut<'k, f32>,
    ) -> Retired<Core<'k, f32, Full>> {
        let loaded = tload(core.sum, &plan.tile(0, 0)).record::<TAddS>();
        let sum = tadds_assign(loaded, 1.0).record::<TStoreVec>();
        Core::retire(CoreTokens { sum: tstore(&args.tile(0, 0), sum) })
    }
}

#[test]
fn names_may_be_those_of_fields_and_of_the_library() {
    assert_eq!(of_ones(&names::sum), [2.0; N * N]);
}

mod renamed {
    //! The library under another name.

    pub(super) extern crate tilesync as tiles;

    use super::N;
    use tiles::prelude::*;

    #[derive(Buffers)]
    #[buffers(crate = tiles)]
    pub(super) struct Ub<'k> {
        x: VecTile<'k, f32, N, N>,
    }

    #[kernel(crate = tiles)]
    pub(super) fn copy<'k>(
        ub: Ub<'k>,
        x: GlobalIn<'k, f32>,
        y: GlobalOut<'k, f32>,
    ) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

#[test]
fn the_library_may_have_another_name() {
    assert_eq!(of_ones(&renamed::copy), [1.0; N * N]);
}

#[derive(Args)]
struct Tensors<'k> {
    x: [GlobalIn<'k, f32>; 2],
    y: GlobalOut<'k, f32>,
    weights: (f32, f32),
}

#[derive(Buffers)]
struct Pair<'k> {
    x: [VecTile<'k, f32, N, N>; 2],
    y: VecTile<'k, f32, N, N>,
}

#[kernel]
#[allow(clippy::too_many_arguments)]
fn weighted<'k>(
    ub: Pair<'k>,
    tensors: Tensors<'k>,
    (above, below): (f32, f32),
    n2: f32,
    n3: f32,
    n4: f32,
    n5: f32,
    n6: f32,
    n7: f32,
    n8: f32,
    n9: [f32; 2],
) -> Retired<Pair<'k>> {
    let Tensors { x: [x0, x1], y, weights } = tensors;
    let [t0, t1] = ub.x;
    let x0 = tload(t0, &x0.tile(0, 0)).record::<Vector>();
    let x1 = tload(t1, &x1.tile(0, 0)).record::<Vector>();
    let scaled = tmuls_assign(x0, weights.0);
    let other = tmuls_assign(x1, weights.1);
    let sum = tadd(ub.y, &scaled, &other);
    let rest: f32 = [n2, n3, n4, n5, n6, n7, n8, n9[0], n9[1]].iter().sum();
    let sum = tadds_assign(sum, above - below + rest).record::<TStoreVec>();
    Pair::retire(PairTokens { x: [scaled, other], y: tstore(&y.tile(0, 0), sum) })
}

#[test]
fn arguments_are_many_and_in_arrays_tuples_and_structs() {
    let (a, b) = (vec![1.0; 2 * N * N], vec![10.0; 2 * N * N]);
    let mut y = vec![f32::NAN; 2 * N * N];
    let a = GlobalTensor::new(&a, &[2 * N, N]).expect("a shape");
    let b = GlobalTensor::new(&b, &[2 * N, N]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[2 * N, N]).expect("a shape");
    let inputs = [a.parts(N, N).expect("not empty"), b.parts(N, N).expect("not empty")];
    let tensors = (inputs, out.parts(N, N).expect("not empty"), (2.0, 3.0));
    let args = (tensors, (7.0, 5.0), 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, [1.0, 1.0]);
    Eager::new().launch(&weighted, 2, args).expect("runs");
    assert_eq!(y, [2.0 + 30.0 + 2.0 + 9.0; 2 * N * N]);
}

#[test]
fn a_grid_that_differs_from_the_parts_of_a_nested_argument_is_refused() {
    let (a, b) = (vec![1.0; 2 * N * N], vec![10.0; 2 * N * N]);
    let mut y = vec![f32::NAN; 2 * N * N];
    let a = GlobalTensor::new(&a, &[2 * N, N]).expect("a shape");
    let b = GlobalTensor::new(&b, &[2 * N, N]).expect("a shape");
    let mut out = GlobalTensorMut::new(&mut y, &[2 * N, N]).expect("a shape");
    let inputs = [a.whole(), b.parts(N, N).expect("not empty")];
    let tensors = (inputs, out.parts(N, N).expect("not empty"), (2.0, 3.0));
    let args = (tensors, (7.0, 5.0), 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, [1.0, 1.0]);
    let refused = Eager::new().launch(&weighted, 1, args);
    assert!(matches!(refused, Err(LaunchError::GridMismatch { arg: 1, parts: 2, grid: 1 })));
}

#[derive(Buffers)]
struct Cube<'k> {
    tile: MatTile<'k, f16, 16, 16>,
    left: LeftTile<'k, f16, 16, 16>,
    right: RightTile<'k, f16, 16, 16>,
    acc: AccTile<'k, f32, 16, 16>,
}

/// One tile is both factors: it is recorded for the class of their pipe, and waited on once.
#[kernel]
fn squared<'k>(
    ub: Cube<'k>,
    x: GlobalIn<'k, f16>,
    y: GlobalOut<'k, f32, RowMajor, PipeFix>,
) -> Retired<Cube<'k>> {
    let tile = tload(ub.tile, &x.tile(0, 0)).record::<Mte1>();
    let left = tmov(ub.left, &tile).record::<Matrix>();
    let right = tmov(ub.right, &tile).record::<Matrix>();
    let acc = tmatmul(ub.acc, &left, &right).record::<Fix>();
    let acc = tstore(&y.tile(0, 0), acc);
    Cube::retire(CubeTokens { tile: tile.release::<Mte2>(), left, right, acc })
}

#[test]
fn each_pipe_has_a_class() {
    let x: Vec<f16> = (0..256).map(|i| f16::from_f32((i % 5) as f32)).collect();
    let mut y = vec![f32::NAN; 256];
    let input = GlobalTensor::new(&x, &[16, 16]).expect("a shape");
    let mut output = GlobalTensorMut::new(&mut y, &[16, 16]).expect("a shape");
    let report = Pipelined::new()
        .watch(0)
        .launch(&squared, 1, (input.whole(), output.whole()))
        .expect("runs");
    let expected: Vec<f32> = (0..256)
        .map(|at| {
            (0..16).map(|k| x[at / 16 * 16 + k].to_f32() * x[k * 16 + at % 16].to_f32()).sum()
        })
        .collect();
    assert_eq!(y, expected);
    let waits = report
        .program
        .instrs
        .iter()
        .filter(|instr| matches!(&instr.kind, InstrKind::Wait(flag) if flag.dst == Pipe::Mte1));
    assert_eq!(waits.count(), 1, "{}", report.program);
}
