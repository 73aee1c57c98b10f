//! Scalars in global memory that say where a region is, or how large it is: the C++ reads them and computes with them.
#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::emit::{Emit, EmitError};
use tilesync::prelude::*;

#[derive(Buffers)]
struct Row<'k> {
    row: VecTile<'k, f32, 1, 8, Dyn>,
}

/// A row that scalars name, in one of some ways.
#[kernel]
fn named<'k>(
    ub: Row<'k>,
    way: usize,
    scalars: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Row<'k>> {
    let (a, b) = (scalars.scalar(0, 0), scalars.scalar(0, 1));
    let region = match way {
        0 => x.at(2 * a + (b + 1).min(3) - a % 4, 0),
        1 => x.at(scalars.scalar(0, b + 1), 0),
        2 | 6 => x.at(a, 0).sized(1, b),
        3 => x.at(a.value() as usize, 0),
        4 => x.at((0..99).fold(a, |sum, _| (sum * sum).min(sum)), 0),
        _ => x.at(0, 8 * a),
    };
    let loaded = tload(ub.row, &region).record::<TStoreVec>();
    let to = if way == 6 { y.at(0, 0).sized(1, b) } else { y.at(0, 0) };
    Row::retire(RowTokens { row: tstore(&to, loaded).retire() })
}

fn named_in(way: usize) -> Result<String, EmitError> {
    let (x, mut y) = (vec![0.0; 256], vec![0.0; 8]);
    let scalars = GlobalTensor::new(&[1, 2, 3, 4], &[1, 4]).unwrap();
    let x = GlobalTensor::new(&x, &[16, 16]).unwrap();
    let mut y = GlobalTensorMut::new(&mut y, &[1, 8]).unwrap();
    let args = (way, scalars.whole(), x.whole(), y.whole());
    Emit::new().launch(&named, 1, args).map(|emitted| emitted.source().to_owned())
}

#[test]
fn what_scalars_place_is_computed_in_the_cpp() {
    let sum = "scalar1 = scalars[0];";
    let second = "scalar2 = scalars[1];";
    for (way, lines) in [
        (0, [sum, second, "2 * scalar1 + Min(scalar2 + 1, 3) - (scalar1 % 4)"]),
        (1, [second, "scalar3 = scalars[scalar2 + 1];", "XPart x_part(x + scalar3 * kXStride);"]),
        (5, [sum, second, "XPart x_part(x + 8 * scalar1);"]),
        (
            2,
            [
                "const int64_t size1 = Min(scalar2, 8);",
                "row.SetValidCol(size1);",
                "TSTORE(y_part, row);",
            ],
        ),
    ] {
        let source = named_in(way).unwrap_or_else(|error| panic!("{way}: {error}"));
        for line in lines {
            assert!(source.contains(line), "{line}\n{source}");
        }
    }
    for (way, what) in
        [(3, "looks at data"), (4, "too many steps"), (6, "a store takes what is valid")]
    {
        let error = named_in(way).unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("emit_scalars.rs"), "{way}: {error}");
    }
}

#[derive(Buffers)]
struct Told<'k> {
    x: VecTile<'k, f32, 8, 8, Dyn>,
    y: VecTile<'k, f32, 8, 8, Dyn>,
}

/// What is valid of a tile is read from memory: the tile is used at once, or when the scalar is another one, or by an op that makes something else of it.
#[kernel]
fn told<'k>(
    ub: Told<'k>,
    way: usize,
    counts: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Told<'k>> {
    let read = |at| counts.scalar(0, at);
    let count = read(0);
    let loaded = tload(ub.x, &x.at(0, 0).sized(count, 8)).record::<Vector>();
    if way == 1 {
        let _ = read(1);
    }
    let copy = ub.y.on::<Vector>();
    let copy = match way {
        2 => tpartadd(copy, &loaded, &loaded).on::<Vector>(),
        _ => tmov(copy, &loaded).on::<Vector>(),
    };
    Told::retire(ToldTokens { x: loaded, y: tstore(&y.at(0, 0), copy.record::<TStoreVec>()) })
}

#[test]
fn a_tile_of_a_size_that_is_read_is_used_while_the_cpp_knows_it() {
    let emitted = |way| {
        let (x, mut y) = (vec![0.0; 64], vec![0.0; 64]);
        let counts = GlobalTensor::new(&[3, 4], &[1, 2]).unwrap();
        let x = GlobalTensor::new(&x, &[8, 8]).unwrap();
        let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
        let emitted = Emit::new().launch(&told, 1, (way, counts.whole(), x.whole(), y.whole()));
        emitted.map(|emitted| emitted.source().to_owned())
    };
    let source = emitted(0).unwrap();
    for line in [
        "const int64_t size1 = Min(scalar1, 8);",
        "y.SetValidRow(size1);",
        "YPart y_part(y_gm, YPart::Shape(size1));",
    ] {
        assert!(source.contains(line), "no {line} in\n{source}");
    }
    for (way, what) in [(1, "in an earlier round"), (2, "element-wise ops")] {
        let error = emitted(way).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[derive(Buffers)]
struct Pair<'k> {
    rows: VecTile<'k, f32, 2, 8, Dyn>,
}

#[kernel]
fn placed<'k>(
    ub: Pair<'k>,
    scalars: GlobalIn<'k, i32>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Pair<'k>> {
    let rows = tload(ub.rows, &x.at(2 * scalars.scalar(0, 0), 0)).record::<TStoreVec>();
    Pair::retire(PairTokens { rows: tstore(&y.at(0, 0), rows) })
}

/// What a block sees of a tensor ends where its part does, not where the tensor does.
#[test]
fn two_rows_that_data_places_are_two_in_any_block() {
    let emitted = |part: usize| {
        let (x, mut y) = (vec![0.0; 4 * part * 8], vec![0.0; 8 * 8]);
        let scalars = GlobalTensor::new(&[1], &[1, 1]).unwrap();
        let x = GlobalTensor::new(&x, &[4 * part, 8]).unwrap();
        let mut y = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
        let args = (scalars.whole(), x.parts(part, 8).unwrap(), y.parts(2, 8).unwrap());
        Emit::new().launch(&placed, 4, args).map(|emitted| emitted.source().to_owned())
    };
    let source = emitted(6).unwrap();
    assert!(source.contains("x + (6 * block + 2 * scalar1) * kXStride"), "{source}");
    let error = emitted(5).unwrap_err().to_string();
    assert!(error.contains("may leave less of the tensor"), "{error}");
}
