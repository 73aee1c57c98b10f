//! The rows that a sparse matrix in CSR form names, summed: bounds and indices lie in global memory.

#![allow(clippy::unwrap_used, reason = "a test")]

use tilesync::op::OpCode;
use tilesync::prelude::*;
use tilesync::program::{Place, Term};

const COLS: usize = 16;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 1, COLS>,
    sum: VecTile<'k, f32, 1, COLS>,
}

#[kernel]
fn gather<'k>(
    ub: Ub<'k>,
    bounds: GlobalIn<'k, i32>,
    indices: GlobalIn<'k, u32>,
    x: GlobalIn<'k, f32>,
    y: Parts<GlobalOut<'k, f32>>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.prime::<TAdd, TLoad>();
    let mut free_sum = ub.sum.prime::<TStoreVec, Vector>();
    for y in y.strided() {
        for row in 0..y.rows() {
            let at = y.origin().0 + row;
            let (first, next) = (bounds.scalar(0, at), bounds.scalar(0, at + 1));
            let mut sum = texpands(free_sum, 0.0).on::<Vector>();
            for entry in 0..(next - first).value() as usize {
                let index = indices.scalar(0, first + entry);
                let x = tload(free_x, &x.tile(index, 0)).record::<TAdd>();
                sum = tadd_assign(sum, &x).on::<Vector>();
                free_x = x.release::<TLoad>();
            }
            free_sum = tstore(&y.tile(row, 0), sum.record::<TStoreVec>()).release::<Vector>();
        }
    }
    Ub::retire(UbTokens { x: free_x, sum: free_sum })
}

#[test]
fn each_row_is_the_sum_of_the_rows_that_are_named() {
    let mut random = fastrand::Rng::with_seed(3);
    for (rows, part, blocks) in [(1, 1, 1), (7, 2, 3), (20, 3, 2), (5, 1, 9)] {
        let table: Vec<f32> = (0..30 * COLS).map(|_| f32::from(random.i8(..))).collect();
        let lists: Vec<Vec<u32>> = (0..rows)
            .map(|_| (0..random.usize(0..6)).map(|_| random.u32(0..30)).collect())
            .collect();
        let mut bounds = vec![0];
        bounds.extend(lists.iter().scan(0, |sum, list| {
            *sum += list.len() as i32;
            Some(*sum)
        }));
        // One more, lest there are none.
        let indices: Vec<u32> = lists.concat().into_iter().chain([0]).collect();
        let args = (
            GlobalTensor::new(&bounds, &[1, rows + 1]).unwrap().whole(),
            GlobalTensor::new(&indices, &[1, indices.len()]).unwrap().whole(),
            GlobalTensor::new(&table, &[30, COLS]).unwrap().whole(),
        );
        let orders = [Order::Early, Order::Late, Order::Random(1)];
        for order in std::iter::once(None).chain(orders.map(Some)) {
            let mut y = vec![f32::NAN; rows * COLS];
            let mut out = GlobalTensorMut::new(&mut y, &[rows, COLS]).unwrap();
            let args = (args.0, args.1, args.2, out.parts(part, COLS).unwrap());
            match order {
                None => Eager::new().launch(&gather, blocks, args).unwrap(),
                Some(order) => {
                    let report =
                        Pipelined::new().order(order).launch(&gather, blocks, args).unwrap();
                    let verdict = tilesync::exec::check::check(&report.program);
                    assert!(verdict.is_clean(), "{verdict}");
                    each_load_says_which_scalar_places_it(&report.program);
                }
            }
            for (at, y) in y.iter().enumerate() {
                let list = &lists[at / COLS];
                let want: f32 = list.iter().map(|&i| table[i as usize * COLS + at % COLS]).sum();
                assert_eq!(*y, want, "{order:?}, element {at}");
            }
        }
    }
}

/// The program keeps that the row of each load is an element of `indices`, whose place in turn is computed from `bounds`.
fn each_load_says_which_scalar_places_it(program: &tilesync::program::Program) {
    let mut loads = 0;
    for (_, op) in program.ops().filter(|(_, op)| op.code == Some(OpCode::TLOAD)) {
        let row = program.formula(op, 1).row.expect("an index places the load");
        let Term::Loaded(instr) = program.term(row) else { panic!("{:?}", program.term(row)) };
        let (_, read) = program
            .ops()
            .find(|(at, _)| std::ptr::eq(*at, &program.instrs[instr as usize]))
            .expect("a scalar was read");
        assert_eq!(read.code, Some(OpCode::SCALAR));
        let Place::Global { arg: 1, .. } = program.operands(read)[0].place else { panic!() };
        let place = program.formula(read, 0).col.expect("a bound places the index");
        let text = program.term_text(place);
        assert!(text.starts_with("(s") && text.contains(" + "), "{text}");
        loads += 1;
    }
    let scalars = program.ops().filter(|(_, op)| op.code == Some(OpCode::SCALAR)).count();
    assert!(scalars >= loads);
}
