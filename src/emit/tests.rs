//! What the comparison refuses: a launch of which one thing is not as it was issued.

use super::blocks::{Affine, Form, Grid, Plan, Test};
use super::found::Found;
use super::loops::{Id, Node, Structure};
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

/// The numbers of all cases, one after another.
fn forms(plan: &mut Plan) -> Vec<&mut Form> {
    match plan {
        Plan::Case(case) => case.forms.iter_mut().collect(),
        Plan::Branch { yes, no, .. } => {
            let mut all = forms(yes);
            all.extend(forms(no));
            all
        }
    }
}

fn bodies(plan: &mut Plan) -> Vec<&mut Vec<Id>> {
    match plan {
        Plan::Case(case) => vec![&mut case.body],
        Plan::Branch { yes, no, .. } => {
            let mut all = bodies(yes);
            all.extend(bodies(no));
            all
        }
    }
}

/// The questions by which blocks and cores are told apart.
fn questions(plan: &mut Plan) -> Vec<&mut Test> {
    match plan {
        Plan::Case(case) => {
            let forms = case.forms.iter_mut().filter_map(|form| match form {
                Form::Plain(_) => None,
                Form::Either { test, .. } => Some(test),
            });
            forms.collect()
        }
        Plan::Branch { test, yes, no } => {
            let mut all = vec![test];
            all.extend(questions(yes));
            all.extend(questions(no));
            all
        }
    }
}

/// A number of the affine form of a number: the last is the step from one core of a block to the next.
type Part = fn(&mut Affine) -> &mut i64;
const PARTS: [Part; 4] =
    [|of| &mut of.base, |of| &mut of.steps[0], |of| &mut of.steps[1], |of| &mut of.steps[2]];

/// What all cores would issue, loop by loop.
fn nodes(found: &Found) -> Vec<Vec<Node>> {
    let each = |core| found.plan.nodes(&found.structures, found.grid, core);
    (0..found.texts.len()).map(each).collect()
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

#[test]
fn a_number_of_any_block_or_core_that_is_another_is_refused() {
    let (changed, of_cores) = (changed_numbers(&mut launched().0), sides());
    assert!(changed > 100, "{changed}");
    let of_cores: Vec<_> =
        of_cores.into_iter().map(|mut found| changed_numbers(&mut found)).collect();
    assert!(of_cores.iter().all(|changed| *changed > 20), "{of_cores:?}");
}

/// Changes each number, and counts those that are another thing then; each of them must be refused.
fn changed_numbers(found: &mut Found) -> usize {
    assert!(found.compare().is_ok());
    let mut changed = 0;
    for index in 0..forms(&mut found.plan).len() {
        let before = *forms(&mut found.plan)[index];
        for part in PARTS {
            let mutated: Vec<Form> = match before {
                Form::Plain(affine) => vec![Form::Plain(more(affine, part))],
                Form::Either { test, yes, no } => vec![
                    Form::Either { test, yes: more(yes, part), no },
                    Form::Either { test, yes, no: more(no, part) },
                ],
            };
            for form in mutated {
                let as_issued = nodes(found);
                *forms(&mut found.plan)[index] = form;
                // A factor of a place that only has one value changes nothing, nor does one more round of a ring.
                if nodes(found) != as_issued {
                    assert!(found.compare().is_err(), "{index}: {before:?} as {form:?}");
                    changed += 1;
                }
                *forms(&mut found.plan)[index] = before;
            }
        }
    }
    changed
}

#[test]
fn a_question_about_a_block_or_a_core_that_is_another_is_refused() {
    let (mut changed, mut of_cores) = (0, 0);
    for mut found in [launched().0].into_iter().chain(sides()) {
        for index in 0..questions(&mut found.plan).len() {
            let before = *questions(&mut found.plan)[index];
            let as_issued = nodes(&found);
            let mutated = match before {
                Test::Before(first) => vec![Test::Before(first + 1), Test::Before(first - 1)],
                Test::RowIs(at) => vec![Test::RowIs(at + 1), Test::ColIs(at), Test::CoreIs(at)],
                Test::ColIs(at) => vec![Test::ColIs(at - 1), Test::RowIs(at), Test::CoreIs(at)],
                Test::CoreIs(at) => vec![Test::CoreIs(at + 1), Test::RowIs(at), Test::Before(1)],
            };
            for test in mutated {
                *questions(&mut found.plan)[index] = test;
                // Where there are few cores, two questions may be one.
                if nodes(&found) != as_issued {
                    assert!(found.compare().is_err(), "{before:?} as {test:?}");
                    changed += 1;
                    of_cores += usize::from(matches!(before, Test::CoreIs(_)));
                }
            }
            *questions(&mut found.plan)[index] = before;
        }
    }
    assert!(changed > 10 && of_cores >= 2, "{changed} and {of_cores}");
}

#[test]
fn a_grid_that_is_another_is_refused() {
    for mut found in [launched().0].into_iter().chain(sides()) {
        let (before, as_issued) = (found.grid, nodes(&found));
        let grids = [
            Grid { across: before.across + 1, ..before },
            Grid { across: 1, ..before },
            Grid { cores: 3 - before.cores.min(2), ..before },
        ];
        let mut changed = 0;
        for grid in grids {
            found.grid = grid;
            if nodes(&found) != as_issued {
                assert!(found.compare().is_err(), "{before:?} as {grid:?}");
                changed += 1;
            }
        }
        assert!(changed > 0, "{before:?}");
    }
}

fn more(mut affine: Affine, part: Part) -> Affine {
    *part(&mut affine) += 1;
    affine
}

/// What all blocks would issue.
fn expanded(found: &Found) -> Vec<(usize, u32, Vec<i64>)> {
    let mut all = Vec::new();
    for block in 0..BLOCKS {
        for node in found.plan.nodes(&found.structures, found.grid, block) {
            found.structures.expand(node.id, &node.numbers, &mut |shape, numbers| {
                all.push((block, shape, numbers.to_vec()));
                true
            });
        }
    }
    all
}

#[test]
fn a_structure_that_is_another_is_refused() {
    let (mut found, _) = launched();
    let mut used: Vec<Id> = bodies(&mut found.plan).into_iter().flatten().map(|id| *id).collect();
    let mut changed = 0;
    for at in 0.. {
        let Some(&id) = used.get(at) else { break };
        let before = found.structures.get(id).clone();
        let mut mutated = Vec::new();
        match &before {
            Structure::Leaf(shape) => {
                mutated.push(Structure::Leaf(shape.checked_sub(1).unwrap_or(1)));
            }
            Structure::Loop { body, steps } => {
                used.extend(body.iter().map(|(id, _)| *id));
                for step in 0..steps.len() {
                    let mut steps = steps.clone();
                    steps[step] += 1;
                    mutated.push(Structure::Loop { body: body.clone(), steps });
                }
                for part in 0..body.len() {
                    for flip in 0..3 {
                        let mut body = body.clone();
                        let when = &mut body[part].1;
                        let one = [&mut when.first, &mut when.between, &mut when.last];
                        one.into_iter().skip(flip).take(1).for_each(|one| *one = !*one);
                        mutated.push(Structure::Loop { body, steps: steps.clone() });
                    }
                }
            }
        }
        let as_issued = expanded(&found);
        for structure in mutated {
            *found.structures.get_mut(id) = structure.clone();
            // A loop of two rounds has none between the first and the last.
            if expanded(&found) != as_issued {
                assert!(found.compare().is_err(), "{before:?} as {structure:?}");
                changed += 1;
            }
        }
        *found.structures.get_mut(id) = before;
    }
    for index in 0..bodies(&mut found.plan).len() {
        let before = bodies(&mut found.plan)[index].clone();
        for at in 0..before.len() {
            bodies(&mut found.plan)[index].truncate(at);
            assert!(found.compare().is_err(), "{at}");
            changed += 1;
        }
        *bodies(&mut found.plan)[index] = before;
    }
    assert!(found.compare().is_ok() && changed > 60, "{changed}");
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
