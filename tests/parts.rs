//! A tile that is taken apart: its parts are operands as any tile is, sit on several pipes at once, and come back as the whole.

#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use common::{on_every_schedule, rng, small};
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::explore;
use tilesync::op::{OpCode, Pipe};
use tilesync::prelude::*;
use tilesync::program::{InstrKind, Program};
use tilesync::raw::Block;
use tilesync::tile::{DtypeId, Space};
use tilesync::{Fault, Trouble};

const ROWS: usize = 8;
const COLS: usize = 64;
const ELEMENTS: usize = ROWS * COLS;

type Halves = (Cols<16>, Cols<48>);

#[derive(Buffers)]
struct Bands<'k> {
    x: VecParts<'k, f32, ROWS, COLS, [Rows<2>; 4]>,
    factor: VecTile<'k, f32, 2, COLS>,
}

/// Each band is loaded on its own, and computed while the next one is loaded; the whole is stored.
#[kernel]
fn by_bands<'k>(ub: Bands<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Bands<'k>> {
    let factor = texpands(ub.factor, 3.0);
    let mut row = 0;
    let bands = ub.x.parts().map(|band| {
        let loaded = tload(band, &x.at(row, 0)).record::<TMul>();
        row += 2;
        tmul_assign(loaded, &factor)
    });
    let x = RecordEvent::all(bands).whole().record::<TStoreVec>();
    Bands::retire(BandsTokens { x: tstore(&y.tile(0, 0), x), factor })
}

#[test]
fn bands_are_loaded_one_by_one_and_stored_as_one() {
    let x = small::<f32>(&mut rng(), ELEMENTS);
    let input = GlobalTensor::new(&x, &[ROWS, COLS]).unwrap();
    let y = on_every_schedule!(
        by_bands,
        y = vec![0.0; ELEMENTS],
        (input.whole(), GlobalTensorMut::new(&mut y, &[ROWS, COLS]).unwrap().whole())
    );
    assert!(x.iter().zip(&y).all(|(x, y)| 3.0 * x == *y));
}

#[test]
fn each_part_has_a_flag_of_its_own() {
    let x = vec![1.0; ELEMENTS];
    let input = GlobalTensor::new(&x, &[ROWS, COLS]).unwrap();
    let mut y = x.clone();
    let mut output = GlobalTensorMut::new(&mut y, &[ROWS, COLS]).unwrap();
    let report = Pipelined::new().launch(&by_bands, 1, (input.whole(), output.whole())).unwrap();
    let sequence: Vec<_> = report
        .program
        .instrs
        .iter()
        .filter_map(|instr| match instr.kind {
            InstrKind::Op(op) => Some(report.program.op_name(&op).to_owned()),
            InstrKind::Set(flag) if (flag.src, flag.dst) == (Pipe::Mte2, Pipe::V) => {
                Some(format!("set {}", flag.id))
            }
            InstrKind::Wait(flag) if (flag.src, flag.dst) == (Pipe::Mte2, Pipe::V) => {
                Some(format!("wait {}", flag.id))
            }
            _ => None,
        })
        .collect();
    let band =
        |id| ["TLOAD".to_owned(), format!("set {id}"), format!("wait {id}"), "TMUL".to_owned()];
    let mut expected = vec!["TEXPANDS".to_owned()];
    expected.extend((0..4).flat_map(band));
    expected.push("TSTORE_VEC".to_owned());
    assert_eq!(sequence, expected);
    assert_eq!(report.program.tiles.len(), 2, "a part is no tile of its own");
}

#[derive(Buffers)]
struct Windows<'k> {
    x: VecParts<'k, f32, ROWS, COLS, Halves>,
    y: VecParts<'k, f32, ROWS, COLS, [Cols<16>; 4]>,
    sum: VecCol<'k, f32, ROWS>,
    tmp: VecTile<'k, f32, ROWS, 48>,
    narrow: VecTile<'k, f32, ROWS, 16>,
    turned: VecTile<'k, f32, 16, ROWS>,
    scratch: VecTile<'k, f32, 16, 16>,
}

/// Windows as sources, destinations, scratch, in place; with tiles of their own beside them; element by element.
#[kernel]
fn by_windows<'k>(
    ub: Windows<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Windows<'k>> {
    let (left, right) = tload(ub.x, &x.tile(0, 0)).record::<Vector>().parts().split();
    let [a, b, c, d] = ub.y.parts();

    let mut tmp = ub.tmp.on::<Vector>();
    let sum = trowsum(ub.sum, &right, &mut tmp);
    let a = trowexpand(a, &sum);
    let narrow = tadds(ub.narrow, &left, 1.0);
    let b = tmul(b, &left, &narrow);
    let c = tmov(c, &left);
    let mut scratch = ub.scratch.on::<Vector>();
    let turned = ttrans(ub.turned, &left, &mut scratch);
    let d = ttrans(d, &turned, &mut scratch);
    let d = tmuls_assign(d, -1.0);

    let mut c = c.record::<Scalar>().wait();
    for row in 0..ROWS {
        let value = c.get(row, row);
        c.set(row, row, value + 100.0);
    }
    let c = c.record::<Vector>();
    let row = |one| one;
    let y_all = RecordEvent::all([a.on::<Vector>(), b.on(), row(c.on()), d.on()]);
    let y_all = y_all.whole().record::<TStoreVec>();
    let x_all = left.join(right).whole();
    Windows::retire(WindowsTokens {
        x: x_all,
        y: tstore(&y.tile(0, 0), y_all),
        sum,
        tmp,
        narrow,
        turned,
        scratch,
    })
}

#[test]
fn windows_are_operands_of_all_kinds() {
    let x: Vec<f32> = (0..ELEMENTS).map(|at| (at % 97) as f32).collect();
    let input = GlobalTensor::new(&x, &[ROWS, COLS]).unwrap();
    let y = on_every_schedule!(
        by_windows,
        y = vec![0.0; ELEMENTS],
        (input.whole(), GlobalTensorMut::new(&mut y, &[ROWS, COLS]).unwrap().whole())
    );
    for row in 0..ROWS {
        for col in 0..COLS {
            let x = |col| x[row * COLS + col];
            let left = x(col % 16);
            let want = match col / 16 {
                0 => (16..COLS).map(x).sum::<f32>(),
                1 => left * (left + 1.0),
                2 => left + if col % 16 == row { 100.0 } else { 0.0 },
                _ => -left,
            };
            assert_eq!(y[row * COLS + col], want, "row {row}, column {col}");
        }
    }
}

/// A window is stored, another one loaded in its place, a third one stays as it was.
#[kernel]
fn exchange<'k>(
    ub: Windows<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Windows<'k>> {
    let [a, b, c, d] = tload(ub.y, &x.tile(0, 0)).record::<TStoreVec>().parts().split();
    let stored = tstore(&y.at(0, 32).sized(ROWS, 16), a).release::<TLoad>();
    let a = tload(stored, &x.at(0, 48)).record::<TStoreVec>();
    let all = Event::all([
        d.wait().record::<TStoreVec>(),
        c.wait().record(),
        b.wait().record(),
        a.wait().record(),
    ]);
    let whole = all.whole();
    let stored = tstore(&y.at(8, 0), whole);
    let Windows { x, sum, tmp, narrow, turned, scratch, .. } = ub;
    Windows::retire(WindowsTokens { x, y: stored, sum, tmp, narrow, turned, scratch })
}

#[test]
fn windows_are_loaded_and_stored() {
    let x: Vec<f32> = (0..ELEMENTS).map(|at| at as f32).collect();
    let input = GlobalTensor::new(&x, &[ROWS, COLS]).unwrap();
    let y = on_every_schedule!(
        exchange,
        y = vec![-1.0; 2 * ELEMENTS],
        (input.whole(), GlobalTensorMut::new(&mut y, &[2 * ROWS, COLS]).unwrap().whole())
    );
    for row in 0..ROWS {
        for col in 0..COLS {
            let x = |col| x[row * COLS + col];
            let above = if col / 16 == 2 { x(col - 32) } else { -1.0 };
            let below = if col < 16 { x(col + 48) } else { x(col) };
            assert_eq!(y[row * COLS + col], above);
            assert_eq!(y[ELEMENTS + row * COLS + col], below, "row {row}, column {col}");
        }
    }
}

#[derive(Buffers)]
struct Two<'k> {
    x: [VecParts<'k, f32, ROWS, COLS, [Rows<4>; 2]>; 2],
}

/// Takes both tiles apart, and pairs their parts across where `across` says so.
#[kernel]
fn pair<'k>(
    ub: Two<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
    across: bool,
) -> Retired<Two<'k>> {
    let [one, two] =
        ub.x.map(|tile| tload(tile, &x.tile(0, 0)).record::<TStoreVec>().parts().split());
    let ([a, b], [c, d]) = (one, two);
    // Of an array the order does not matter.
    let (one, two) = if across { ([a, c], [b, d]) } else { ([b, a], [c, d]) };
    let whole = [one, two].map(|parts| Event::all(parts).whole());
    Two::retire(TwoTokens { x: whole.map(|tile| tstore(&y.tile(0, 0), tile)) })
}

#[test]
fn parts_of_two_tiles_are_no_whole() {
    let x = vec![1.0; ELEMENTS];
    let input = GlobalTensor::new(&x, &[ROWS, COLS]).unwrap();
    for across in [false, true] {
        let mut y = vec![0.0; ELEMENTS];
        let mut output = GlobalTensorMut::new(&mut y, &[ROWS, COLS]).unwrap();
        let eager = Eager::new().launch(&pair, 1, (input.whole(), output.whole(), across));
        let piped = Pipelined::new().launch(&pair, 1, (input.whole(), output.whole(), across));
        for outcome in [eager, piped.map(|_| ())] {
            match outcome {
                Ok(()) => assert!(!across),
                Err(LaunchError::Fault(Fault { trouble, at, .. })) => {
                    assert!(across && trouble == Trouble::PartsOfTwoTiles && at.is_some());
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[derive(Buffers)]
struct Many<'k> {
    x: VecParts<'k, f32, 16, 8, [Rows<1>; 16]>,
}

/// As many flags in flight as `count` says: a tile alone may have sixteen of them.
#[kernel]
fn primed<'k>(ub: Many<'k>, count: usize) -> Retired<Many<'k>> {
    let mut at = 0;
    let rows = ub.x.parts().map(|row| {
        at += 1;
        if at <= count { Turn::Later(row.prime::<Vector, TLoad>()) } else { Turn::First(row) }
    });
    let rows = rows.map(|row| match row {
        Turn::Later(token) => token.on::<Mte2>(),
        Turn::First(row) => row.on::<Mte2>(),
    });
    Many::retire(ManyTokens { x: RecordEvent::all(rows).whole() })
}

#[test]
fn the_flags_of_parts_are_counted() {
    for count in [0, 8, 9] {
        let eager = Eager::new().launch(&primed, 1, (count,)).is_ok();
        let piped = Pipelined::new().launch(&primed, 1, (count,)).is_ok();
        assert_eq!((eager, piped), (count < 9, count < 9));
    }
}

/// Of a large input a whole tile is not copied when it is loaded; its parts are changed all the same, and nothing else.
#[kernel]
fn lent<'k>(ub: Bands<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Bands<'k>> {
    let [a, b, c, d] = tload(ub.x, &x.tile(1, 0)).record::<Vector>().parts().split();
    let b = tmuls_assign(b, 2.0);
    // This band looks at the input once more.
    let d = tload(d.release::<TLoad>(), &x.at(0, 0)).record::<Vector>();
    let [a, c, d] = [a, c, d].map(Event::wait);
    let x = RecordEvent::all([a, b.on(), c, d.on()]).whole();
    let x = tadds_assign(x, 1.0).record::<TStoreVec>();
    Bands::retire(BandsTokens { x: tstore(&y.tile(0, 0), x), factor: ub.factor })
}

#[test]
fn a_tile_that_lies_in_an_input_is_taken_apart() {
    const HEIGHT: usize = 1 << 15;
    let x: Vec<f32> = (0..HEIGHT * COLS).map(|at| (at % 8191) as f32).collect();
    let input = GlobalTensor::new(&x, &[HEIGHT, COLS]).unwrap();
    let y = on_every_schedule!(
        lent,
        y = vec![0.0; ELEMENTS],
        (input.whole(), GlobalTensorMut::new(&mut y, &[ROWS, COLS]).unwrap().whole())
    );
    for (at, y) in y.iter().enumerate() {
        let x = |at: usize| (at % 8191) as f32;
        let want = match at / (2 * COLS) {
            1 => 2.0 * x(ELEMENTS + at),
            3 => x(at - 6 * COLS),
            _ => x(ELEMENTS + at),
        };
        assert_eq!(*y, want + 1.0, "element {at}");
    }
}

#[derive(Buffers)]
struct OneRow<'k> {
    x: VecTile<'k, f32, 1, COLS>,
    y: VecTile<'k, f32, 1, COLS>,
    sum: VecCol<'k, f32, 8, Static<1, 1>>,
    tmp: VecTile<'k, f32, 1, COLS>,
    x16: VecTile<'k, f16, 1, 128, Dyn>,
    sum16: VecCol<'k, f16, 16, Dyn>,
    tmp16: VecTile<'k, f16, 1, 128, Dyn>,
}

/// The sum of one row, in a column that fills a block; and back to a row. Once with a region known from the type, once at run time.
#[kernel]
fn one_row<'k>(
    ub: OneRow<'k>,
    x: GlobalIn<'k, f32>,
    x16: GlobalIn<'k, f16>,
    y: GlobalOut<'k, f32>,
    y16: GlobalOut<'k, f16>,
) -> Retired<OneRow<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
    let mut tmp = ub.tmp.on::<Vector>();
    let sum = trowsum(ub.sum, &x, &mut tmp);
    let sum = tadds_assign(sum, 1.0);
    let y_row = trowexpand(ub.y, &sum).record::<TStoreVec>();

    let x16 = tload(ub.x16, &x16.tile(0, 0)).record::<Vector>();
    let mut tmp16 = ub.tmp16.on::<Vector>();
    let sum16 = trowmax(ub.sum16, &x16, &mut tmp16);
    let row16 = trowexpandsub_assign(x16, &sum16, &mut tmp16).record::<TStoreVec>();
    OneRow::retire(OneRowTokens {
        x,
        y: tstore(&y.tile(0, 0), y_row),
        sum,
        tmp,
        x16: tstore(&y16.tile(0, 0), row16),
        sum16,
        tmp16,
    })
}

#[test]
fn the_one_value_of_a_row_fills_a_block() {
    let x: Vec<f32> = (0..COLS).map(|at| at as f32).collect();
    let x16: Vec<f16> = (0..40).map(|at| f16::from_f32(at as f32)).collect();
    let input = GlobalTensor::new(&x, &[1, COLS]).unwrap();
    let input16 = GlobalTensor::new(&x16, &[1, 40]).unwrap();
    let (mut y, mut y16) = (vec![0.0; COLS], vec![f16::ZERO; 40]);
    let mut output = GlobalTensorMut::new(&mut y, &[1, COLS]).unwrap();
    let mut output16 = GlobalTensorMut::new(&mut y16, &[1, 40]).unwrap();
    let args = (input.whole(), input16.whole(), output.whole(), output16.whole());
    Eager::new().launch(&one_row, 1, args).unwrap();
    assert!(y.iter().all(|y| *y == 63.0 * 32.0 + 1.0));
    assert!(y16.iter().zip(&x16).all(|(y, x)| y.to_f32() == x.to_f32() - 39.0));
}

/// A program of one tile, of which the vector pipe writes one window while the next load fills another one.
fn two_windows(second: u32, handed_over: bool) -> Program {
    let mut k = Block::new(ChipId::A2A3);
    let x = k.global_in(DtypeId::F32, 8, 16);
    let tile = k.tile("tile", Space::Vec, 0, DtypeId::F32, 8, 64);
    let (left, right) = (tile.window(0, 0, 8, 16), tile.window(0, second, 8, 16));
    k.op(OpCode::TEXPANDS, [left], []);
    if handed_over {
        k.set_flag(Pipe::V, Pipe::Mte2, 0);
        k.wait_flag(Pipe::V, Pipe::Mte2, 0);
    }
    k.op(OpCode::TLOAD, [right], [x]);
    k.finish()
}

/// Why parts never overlap, and why a tile is used as a whole only when all of them are back.
#[test]
fn windows_race_where_they_overlap_and_nowhere_else() {
    for (second, handed_over, races) in
        [(16, false, false), (8, false, true), (0, false, true), (8, true, false)]
    {
        let program = two_windows(second, handed_over);
        let found = check(&program).findings.iter().any(|finding| finding.code == Code::WriteRace);
        assert_eq!(found, races, "{program}");
        assert_eq!(!explore(&program, 100).is_clean(), races, "{program}");
    }
}
