//! What is emitted: four files as they are to be read, how large they are, and what is refused.
//!
//! `TILESYNC_WRITE=1 cargo test --test emit` writes the files of `tests/emit` anew. Read the difference as a kernel writer would.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::emit::{Emit, EmitError, Emitted};
use tilesync::prelude::*;

#[path = "../examples/emit/kernels/mod.rs"]
mod kernels;

use kernels::{NAMES, Size, Write};

fn emitted(name: &str, size: Size) -> Emitted {
    kernels::launch(name, size, Write).unwrap().unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn four_kernels_are_written_as_they_are_in_these_files() {
    for name in ["softmax", "tails", "gemm", "gemm_dequant"] {
        let path = format!("{}/tests/emit/{name}.cpp", env!("CARGO_MANIFEST_DIR"));
        let emitted = emitted(name, Size::Full);
        if std::env::var_os("TILESYNC_WRITE").is_some() {
            std::fs::write(&path, emitted.source()).unwrap();
        }
        assert_eq!(emitted.source(), std::fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn the_size_follows_the_structure() {
    for name in NAMES {
        let emitted = emitted(name, Size::Full);
        // Each side of a cluster, and each phase, has a function of its own.
        let functions = emitted.source().matches("AICORE inline void").count().max(1);
        let lines = emitted.summary().lines;
        assert!(lines < 250 * functions, "{name}: {lines}");
    }
}

#[test]
fn examples_that_are_not_written_say_why() {
    let refused = |name: &str| kernels::launch(name, Size::Small, Write).unwrap().unwrap_err();
    // How often it loops is in its data.
    let error = refused("csr_gather");
    assert!(
        matches!(&error, EmitError::Steered { at, .. } if at.file().ends_with("csr_gather.rs")),
        "{error}"
    );
}

/// Small sizes have tails on each side: blocks, panels and tiles that differ from the others.
#[test]
fn tails_take_few_lines_and_no_loop_of_their_own() {
    for name in NAMES {
        let emitted = emitted(name, Size::Small);
        let functions = emitted.source().matches("AICORE inline void").count().max(1);
        let lines = emitted.summary().lines;
        assert!(lines < 300 * functions, "{name}: {lines}");
    }
    let gemm = emitted("gemm", Size::Small);
    for call in ["TLOAD(l1_a", "TEXTRACT(l0_a", "TMATMUL(", "TMATMUL_ACC(", "TSTORE("] {
        assert_eq!(gemm.source().matches(call).count(), 1, "{call}\n{}", gemm.source());
    }
}

#[test]
fn an_example_twice_as_long_in_its_loops_has_the_same_lines() {
    for name in ["softmax", "gemm", "attention_one_core", "attention_causal"] {
        let [full, long] = [Size::Full, Size::Long].map(|size| emitted(name, size));
        let [(full, issued), (long, twice)] = [full, long].map(|emitted| {
            let summary = emitted.summary();
            (summary.lines, summary.instructions)
        });
        assert!(2 * twice > 3 * issued, "{name}: {issued} and {twice} instructions");
        assert_eq!(full, long, "{name}");
    }
}

#[derive(Buffers)]
struct Ub<'k> {
    x: [VecTile<'k, f32, 8, 8>; 2],
}

#[kernel]
fn scaled<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let mut free = ub.x.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..x.rows() / 8 {
        let [now, next] = free;
        let loaded = tload(now, &x.tile(i, 0)).record::<TMulS>();
        let product = tmuls_assign(loaded, 0.1).record::<TStoreVec>();
        free = [next, tstore(&y.tile(i, 0), product).release::<TLoad>()];
    }
    Ub::retire(UbTokens { x: free })
}

/// `scaled` with so many tiles a block.
fn scaled_by(tiles: usize, blocks: usize) -> Emitted {
    let shape = [8 * tiles * blocks, 8];
    let (x, mut y) = (vec![0.0; shape[0] * 8], vec![0.0; shape[0] * 8]);
    let x = GlobalTensor::new(&x, &shape).unwrap().parts(8 * tiles, 8).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &shape).unwrap();
    Emit::new().launch(&scaled, blocks, (x, y.parts(8 * tiles, 8).unwrap())).unwrap()
}

#[test]
fn a_kernel_twice_as_long_has_as_many_lines() {
    let lines = |tiles, blocks| scaled_by(tiles, blocks).summary().lines;
    assert_eq!(lines(50, 3), lines(25, 3));
    assert_eq!(lines(50, 3), lines(50, 6));
    assert!(scaled_by(50, 3).source().contains("TMULS(x[i % 2], x[i % 2], 0x1.99999ap-4f);"));
}

#[derive(Args)]
struct Pair<'k> {
    left: GlobalIn<'k, f32>,
    right: [GlobalIn<'k, f32>; 2],
    factor: f32,
}

#[derive(Args)]
struct Other<'k> {
    left: GlobalIn<'k, f32>,
    last: GlobalIn<'k, f32>,
}

#[kernel]
fn paired<'k>(
    ub: Ub<'k>,
    a: Pair<'k>,
    b: Other<'k>,
    (c, _): (GlobalIn<'k, f32>, f32),
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let [tile, spare] = ub.x;
    let mut free = tile.prime::<Vector, TLoad>();
    for x in [&a.left, &a.right[0], &a.right[1], &b.left, &b.last, &c] {
        let x = tload(free, &x.tile(0, 0)).record::<Vector>();
        free = tmuls_assign(x, a.factor).on::<Vector>().release::<TLoad>();
    }
    let last = tload(free, &c.tile(0, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: [tstore(&y.tile(0, 0), last).retire(), spare.retire()] })
}

#[test]
fn fields_of_arguments_have_their_own_names() {
    let (x, mut y) = (vec![0.0; 64], vec![0.0; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).unwrap().whole();
    let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    let args = ((x, [x; 2], 2.0), (x, x), (x, 0.5), y.whole());
    let emitted = Emit::new().launch(&paired, 1, args).unwrap();
    // Two fields of one name have that of their argument before it; what a pattern takes apart has no name.
    let names = ["a_left", "right_0", "right_1", "b_left", "last", "in5", "y"];
    let given = names.map(|name| format!("float* {name}")).join(", ");
    assert!(emitted.source().contains(&format!("void* stream, {given}")), "{}", emitted.source());
}

/// Block `n` copies `n` tiles.
#[kernel]
fn counted<'k>(
    core: Core<'k>,
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let [tile, spare] = ub.x;
    let mut free = tile.prime::<TStoreVec, TLoad>();
    for i in 0..core.block_idx() {
        let loaded = tload(free, &x.tile(i, 0)).record::<TStoreVec>();
        free = tstore(&y.tile(i, 0), loaded).release();
    }
    Ub::retire(UbTokens { x: [free.wait().retire(), spare.retire()] })
}

#[test]
fn a_loop_that_a_block_runs_once_or_never_is_the_loop_of_the_others() {
    let (x, mut y) = (vec![0.0; 64 * 8], vec![0.0; 512 * 8]);
    let x = GlobalTensor::new(&x, &[64, 8]).unwrap().whole();
    let mut y = GlobalTensorMut::new(&mut y, &[512, 8]).unwrap();
    let emitted = Emit::new().launch(&counted, 8, (x, y.parts(64, 8).unwrap())).unwrap();
    assert!(emitted.source().contains("for (int i = 0; i < block; ++i) {"), "{}", emitted.source());
    assert!(!emitted.source().contains("if (block"), "{}", emitted.source());
}

#[kernel]
fn steered<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
    let [a, b] = ub.x;
    let loaded = tload(a, &x.tile(0, 0)).record::<Scalar>().wait();
    let first = loaded.get(0, 0);
    let doubled = tload(b, &x.tile(0, 0)).record::<TMulS>();
    let doubled = tmuls_assign(doubled, first).record::<TStoreVec>();
    Ub::retire(UbTokens { x: [loaded.retire(), tstore(&y.tile(0, 0), doubled).retire()] })
}

#[kernel]
fn irregular<'k>(
    core: Core<'k>,
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let [a, b] = ub.x;
    let loaded = tload(a, &x.tile(core.block_idx().pow(3) % 31, 0)).record::<TStoreVec>();
    Ub::retire(UbTokens { x: [tstore(&y.tile(0, 0), loaded).retire(), b.retire()] })
}

#[test]
fn what_cannot_be_written_is_an_error_with_its_line() {
    let (x, mut y) = (vec![0.0; 2048], vec![0.0; 2048]);
    let x = GlobalTensor::new(&x, &[256, 8]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[256, 8]).unwrap();
    let error = Emit::new().launch(&steered, 1, (x.whole(), y.whole())).unwrap_err();
    assert!(
        matches!(&error, EmitError::Steered { block: 0, at } if at.file().ends_with("emit.rs")),
        "{error}"
    );
    let error =
        Emit::new().launch(&irregular, 32, (x.whole(), y.parts(8, 8).unwrap())).unwrap_err();
    assert!(matches!(&error, EmitError::Irregular { .. }), "{error}");
    let error = Emit::new().launch(&scaled, 0, (x.whole(), y.whole())).unwrap_err();
    assert!(matches!(error, EmitError::Launch(LaunchError::EmptyGrid)));
    let error = Emit::new().launch(&scaled, 70_000, (x.whole(), y.whole())).unwrap_err();
    assert!(error.to_string().contains("65535"), "{error}");
}

#[derive(Buffers)]
struct Columns<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
    y: VecTile<'k, f32, 8, 8, Dyn>,
    sum: VecCol<'k, f32, 8, Dyn>,
    sum_row: VecCol<'k, f32, 8, Dyn>,
    tmp: VecTile<'k, f32, 8, 8, Dyn>,
}

/// Columns whose valid rows are fewer in the last block; of two, one has the name that the other's row would have.
#[kernel]
fn columns<'k>(
    ub: Columns<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Columns<'k>> {
    let mut tmp = ub.tmp.on::<Vector>();
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let sum = tadds_assign(trowsum(ub.sum.on::<Vector>(), &x, &mut tmp), 1.0);
    let scale = trecip(ub.sum_row.on::<Vector>(), &sum);
    let product = trowexpandmul(ub.y.on::<Vector>(), &x, &scale, &mut tmp).record::<TStoreVec>();
    Columns::retire(ColumnsTokens {
        x,
        y: tstore(&y.tile(0, 0), product).retire(),
        sum,
        sum_row: scale,
        tmp,
    })
}

#[test]
fn an_element_wise_op_has_a_column_as_a_row() {
    let (x, mut y) = (vec![0.0; 160], vec![0.0; 160]);
    let x = GlobalTensor::new(&x, &[20, 8]).unwrap().parts(8, 8).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[20, 8]).unwrap();
    let emitted = Emit::new().launch(&columns, 3, (x, y.parts(8, 8).unwrap())).unwrap();
    for line in [
        "using SumRow2Tile = Tile<TileType::Vec, float, 1, 8, BLayout::RowMajor, 1, -1>;",
        "sum_row2.SetValidCol(rows);",
        "TROWSUM(sum, x, tmp);",
        "TADDS(sum_row2, sum_row2, 1.0f);",
        "TRECIP(sum_row_row, sum_row2);",
        "TROWEXPANDMUL(y, x, sum_row, tmp);",
    ] {
        assert!(emitted.source().contains(line), "{line}\n{}", emitted.source());
    }
}

#[derive(Buffers)]
struct Exact<'k> {
    x: VecTile<'k, f32, 8, 8, Full, A5>,
    y: VecTile<'k, f32, 8, 8, Full, A5>,
}

#[kernel]
fn exact<'k>(ub: Exact<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Exact<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let z = texp(high_precision(ub.y), &x);
    let z = tdivs_into_assign(high_precision(z), 2.0);
    let z = tdiv_assign(high_precision(z), &x).record::<TStoreVec>();
    Exact::retire(ExactTokens { x, y: tstore(&y.tile(0, 0), z) })
}

#[test]
fn high_precision_is_a_template_argument() {
    let (x, mut y) = (vec![0.0; 64], vec![0.0; 64]);
    let x = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    let emitted = Emit::new().launch(&exact, 1, (x.whole(), y.whole())).unwrap();
    for call in [
        "TEXP<ExpAlgorithm::HIGH_PRECISION>(y, x);",
        "TDIVS<DivAlgorithm::HIGH_PRECISION>(y, 2.0f, y);",
        "TDIV<DivAlgorithm::HIGH_PRECISION>(y, y, x);",
    ] {
        assert!(emitted.source().contains(call), "no {call} in\n{}", emitted.source());
    }
}
