//! What the comparison refuses: a launch of which one thing is not as it was issued.

use super::forms::{Affine, Form, Grid, LOOPS, ROW, Test};
use super::found::Found;
use crate::inner::{Looks, programs};
use crate::op::{OpCode, Pipe};
use crate::prelude::*;
use crate::program::{Flag, InstrKind, OpInstr, Program};

#[path = "../../tests/clusters/copies.rs"]
mod copies;

#[derive(Buffers)]
struct Ub<'k> {
    x: [VecTile<'k, i32, 8, 8, Dyn>; 2],
    sum: VecTile<'k, i32, 8, 8, Dyn>,
}

/// A ring, a first round that is not like the others, a number that follows the round, and tails.
#[kernel]
fn summed<'k>(ub: Ub<'k>, x: GlobalIn<'k, i32>, y: GlobalOut<'k, i32>) -> Retired<Ub<'k>> {
    let mut free = ub.x.map(|tile| tile.prime::<Vector, TLoad>());
    let mut sum = Turn::First(ub.sum.on::<Vector>());
    for i in 0..x.rows() / 8 {
        let [now, next] = free;
        let loaded = tload(now, &x.tile(i, 0)).record::<Vector>();
        let moved = tadds_assign(loaded, 3 * i as i32).on::<Vector>();
        sum = Turn::Later(match sum {
            Turn::First(free) => tmov(free, &moved).on::<Vector>(),
            Turn::Later(sum) => tadd_assign(sum, &moved).on::<Vector>(),
        });
        free = [next, moved.record::<Vector>().release::<TLoad>()];
    }
    let Turn::Later(sum) = sum else { unreachable!("there are rows") };
    let stored = tstore(&y.tile(0, 0), sum.record::<TStoreVec>());
    Ub::retire(UbTokens { x: free, sum: stored })
}

const BLOCKS: usize = 6;

/// Two by three blocks, of which those of the last column are smaller; and the program of the first.
fn launched() -> (Found, Program) {
    let (x, mut y) = (vec![0; 64 * 20], vec![0; 16 * 20]);
    let input = GlobalTensor::new(&x, &[64, 20]).expect("fits").parts(32, 8).expect("fits");
    let mut output = GlobalTensorMut::new(&mut y, &[16, 20]).expect("fits");
    let args = (input, output.parts(8, 8).expect("fits"));
    let mut first = None;
    programs(&summed, BLOCKS, &args, Looks::Nothing, |block, program, _| {
        if block == 0 {
            first = Some(program);
        }
        Ok::<_, LaunchError>(())
    })
    .expect("records");
    (Found::of(&summed, BLOCKS, &args, &[]).expect("is found"), first.expect("a block"))
}

/// The sides of clusters of two blocks: two vector cores have a half each, or one has all and the other one a branch of its own.
fn sides() -> Vec<Found> {
    fn sides(cluster: &impl copies::Copying) -> [Found; 2] {
        let [x, one] = copies::inputs();
        let mut out = vec![0.0; x.len()];
        let shape = [x.len() / copies::N, copies::N];
        let x = GlobalTensor::new(&x, &shape).expect("fits").whole();
        let one = GlobalTensor::new(&one, &[copies::N; 2]).expect("fits").whole();
        let mut out = GlobalTensorMut::new(&mut out, &shape).expect("fits");
        let out = out.parts(copies::TILES * copies::N, copies::N).expect("fits");
        Found::sides(cluster, copies::BLOCKS, (&(one, out), &(x,))).expect("is found")
    }
    let two = sides(&copies::halves_of_columns::Copies);
    two.into_iter().chain(sides(&copies::one_vector_core::Copies)).collect()
}

/// What all cores would issue.
fn expanded(found: &Found) -> Vec<(usize, u32, Vec<i64>)> {
    let mut all = Vec::new();
    for core in 0..found.texts.len() {
        found.plan.expand(core, &mut |shape, numbers| {
            all.push((core, shape, numbers.to_vec()));
            true
        });
    }
    all
}

/// Forms that differ from this one in one number, in one question, or in which of two answers is which.
fn other_forms(form: &Form) -> Vec<Form> {
    match form {
        Form::Sum(affine) => {
            let base = |more: i64| Affine { base: affine.base + more, ..affine.clone() };
            let mut others = vec![base(1), base(-1)];
            for at in 0..affine.steps.len() {
                let mut other = affine.clone();
                other.steps[at].1 += 1;
                others.push(other);
            }
            others.into_iter().map(Form::Sum).collect()
        }
        Form::Either { test, yes, no } => {
            let with = |test: Test, yes: &Form, no: &Form| {
                let [yes, no] = [yes, no].map(|form| Box::new(form.clone()));
                Form::Either { test, yes, no }
            };
            let mut others = vec![with(*test, no, yes)];
            others.extend(other_tests(*test).map(|test| with(test, yes, no)));
            others.extend(other_forms(yes).iter().map(|yes| with(*test, yes, no)));
            others.extend(other_forms(no).iter().map(|no| with(*test, yes, no)));
            others
        }
    }
}

fn other_tests(test: Test) -> [Test; 3] {
    match test {
        Test::Before(first) => [Test::Before(first + 1), Test::Before(first - 1), Test::Is(ROW, 0)],
        Test::Is(axis, at) => {
            [Test::Is(axis, at + 1), Test::Is((axis + 1) % LOOPS, at), Test::Before(1)]
        }
        Test::Early(of, rounds) => [Test::Early(of, rounds + 1), Test::Last(of), Test::Before(1)],
        Test::Last(of) => [Test::Early(of, 1), Test::Early(of, 2), Test::Before(1)],
    }
}

/// Changes one thing of the plan after another, and compares wherever something else would be issued: how often that was.
fn refused(found: &mut Found) -> usize {
    assert!(found.compare().is_ok());
    let as_issued = expanded(found);
    let mut changed = 0;
    let mut look = |found: &Found, what: &str| {
        if expanded(found) != as_issued {
            assert!(found.compare().is_err(), "{what}");
            changed += 1;
        }
    };
    for at in 1..found.plan.spots.len() {
        let before = found.plan.spots[at].clone();
        for guard in other_forms(&before.guard) {
            let what = format!("{at}: run where {guard:?}");
            found.plan.spots[at].guard = guard;
            look(found, &what);
        }
        found.plan.spots[at].guard = before.guard.clone();
        for number in 0..before.numbers.len() {
            for form in other_forms(&before.numbers[number]) {
                let what = format!("{at}: number {number} as {form:?}");
                found.plan.spots[at].numbers[number] = form;
                look(found, &what);
            }
            found.plan.spots[at].numbers[number] = before.numbers[number].clone();
        }
        found.plan.spots[at].shape = before.shape.map(|shape| shape.checked_sub(1).unwrap_or(1));
        look(found, &format!("{at}: another shape"));
        found.plan.spots[at].shape = before.shape;
        for part in 0..before.parts.len() {
            found.plan.spots[at].parts.remove(part);
            look(found, &format!("{at}: without part {part}"));
            found.plan.spots[at].parts.clone_from(&before.parts);
            found.plan.spots[at].parts.swap(part, 0);
            look(found, &format!("{at}: part {part} first"));
            found.plan.spots[at].parts.clone_from(&before.parts);
        }
    }
    let before = found.plan.spots[0].parts.clone();
    for part in 0..before.len() {
        found.plan.spots[0].parts.remove(part);
        look(found, &format!("without part {part}"));
        found.plan.spots[0].parts.clone_from(&before);
    }
    assert!(found.compare().is_ok());
    changed
}

#[test]
fn a_plan_that_is_another_is_refused() {
    let (mut found, _) = launched();
    assert!(found.plan.grid.has_rows());
    let changed = refused(&mut found);
    assert!(changed > 250, "{changed}");
    for mut found in sides() {
        let changed = refused(&mut found);
        assert!(changed > 100, "{changed}");
    }
}

#[test]
fn a_grid_that_is_another_is_refused() {
    for mut found in [launched().0].into_iter().chain(sides()) {
        let (before, as_issued) = (found.plan.grid, expanded(&found));
        let grids = [
            Grid { across: before.across + 1, ..before },
            Grid { across: 1, ..before },
            Grid { cores: 3 - before.cores.min(2), ..before },
        ];
        let mut changed = 0;
        for grid in grids {
            found.plan.grid = grid;
            if expanded(&found) != as_issued {
                assert!(found.compare().is_err(), "{before:?} as {grid:?}");
                changed += 1;
            }
        }
        assert!(changed > 0, "{before:?}");
    }
}

/// Programs that differ from this one in one field of one instruction, or in the order.
fn mutants(program: &Program) -> Vec<(String, Program)> {
    let mut mutants = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Program)| {
        let mut mutant = program.clone();
        change(&mut mutant);
        mutants.push((what, mutant));
    };
    for (at, instr) in program.instrs.iter().enumerate() {
        add(format!("{at}: missing"), &|mutant| {
            mutant.instrs.remove(at);
        });
        add(format!("{at}: twice"), &|mutant| mutant.instrs.insert(at, *instr));
        add(format!("{at}: elsewhere"), &|mutant| {
            mutant.instrs[at].at = program.instrs[usize::from(at == 0)].at;
            mutant.instrs[at].pipe = Pipe::S;
        });
        match &instr.kind {
            InstrKind::Set(flag) => add(format!("{at}: id"), &|mutant| {
                mutant.instrs[at].kind = InstrKind::Set(Flag { id: flag.id ^ 1, ..*flag });
            }),
            InstrKind::Wait(flag) => add(format!("{at}: pair"), &|mutant| {
                mutant.instrs[at].kind = InstrKind::Wait(Flag { src: Pipe::Fix, ..*flag });
            }),
            InstrKind::Op(_) => {
                let changes: [(&str, fn(&mut OpInstr)); 4] = [
                    ("imm", |op| op.imm ^= 1),
                    ("op", |op| op.code = Some(OpCode::TABS)),
                    ("writes", |op| op.writes = 0),
                    ("operands", |op| op.operand_count -= 1),
                ];
                for (what, change) in changes {
                    add(format!("{at}: {what}"), &|mutant| {
                        if let InstrKind::Op(op) = &mut mutant.instrs[at].kind {
                            change(op);
                        }
                    });
                }
            }
            _ => {}
        }
    }
    mutants
}

#[test]
fn a_program_that_differs_in_one_field_is_refused() {
    let (mut found, program) = launched();
    let mutants = mutants(&program);
    assert!(mutants.len() > 100, "{}", mutants.len());
    for (what, mutant) in mutants {
        found.texts[0] = found.words.read(&mutant, &found.fields, &[]).expect("words");
        assert!(found.compare().is_err(), "{what}");
    }
    found.texts[0] = found.words.read(&program, &found.fields, &[]).expect("words");
    assert!(found.compare().is_ok());
}

#[test]
fn an_operand_that_differs_in_one_number_is_refused() {
    let (mut found, _) = launched();
    let mut changed = 0;
    for block in 0..BLOCKS {
        for at in 0..found.texts[block].numbers_mut().len() {
            found.texts[block].numbers_mut()[at] += 1;
            assert!(found.compare().is_err(), "block {block}, number {at}");
            found.texts[block].numbers_mut()[at] -= 1;
            changed += 1;
        }
    }
    assert!(found.compare().is_ok() && changed > 500, "{changed}");
}
