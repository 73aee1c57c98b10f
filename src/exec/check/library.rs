//! Event ids that the bodies of library ops use themselves, always id 0.

use std::collections::HashSet;

use crate::chip::ChipId;
use crate::op::OpCode::{self, *};
use crate::op::Pipe::{self, *};
use crate::program::{InstrKind, OpInstr, Program};

/// The pairs of pipes between which the body of `code` sets and waits on id 0.
///
/// From the bodies of the PTO library. What [`first_id`](crate::inner::first_id) keeps free is the union of these.
fn library_flags(chip: ChipId, code: OpCode) -> &'static [(Pipe, Pipe)] {
    const WITH_SCALAR: &[(Pipe, Pipe)] = &[(V, S), (S, V)];
    const MEMORY: &[(Pipe, Pipe)] =
        &[(V, S), (S, V), (Mte2, S), (S, Mte3), (Mte3, S), (V, Mte3), (Mte3, V)];
    match (code, chip) {
        (TDIVS | TMRGSORT, _)
        | (
            TROWSUM | TROWMAX | TROWMIN | TROWPROD | TROWEXPAND | TROWARGMAX | TROWARGMIN
            | TDEQUANT | TFILLPAD_VEC | TGATHER | TPOW | TPOWS | TSCATTER | TSHL | TSHR | TSHLS
            | TSHRS,
            ChipId::A2A3,
        ) => WITH_SCALAR,
        (MGATHER_VEC | MGATHER_MAT | MSCATTER, _) => MEMORY,
        (TSELS, ChipId::A2A3) => &[(S, V)],
        (TCONCAT, ChipId::A2A3) => &[(Mte2, S)],
        (TCMPS, ChipId::A2A3) => &[(V, S), (Mte1, S), (Mte2, S)],
        (TTRANS, ChipId::A2A3) => &[(V, S), (S, V), (V, Mte3), (Mte3, V), (S, Mte3), (Mte3, S)],
        _ => &[],
    }
}

/// As [`library_flags`], of an op of a program.
pub(crate) fn library_flags_of(program: &Program, op: &OpInstr) -> &'static [(Pipe, Pipe)] {
    op.code.map_or(&[], |code| library_flags(program.chip, code))
}

/// The ops whose body uses an id that the program has a flag under way on: set before the op, and waited for behind it. The body's wait takes
/// that flag. Other flags of the id, before and behind, are taken in turn where flags count, since each pipe is in order.
pub(crate) fn straddled(program: &Program) -> HashSet<(u32, Pipe, Pipe)> {
    let mut under_way = [[0_i64; Pipe::COUNT]; Pipe::COUNT];
    let mut found = HashSet::new();
    for (index, instr) in (0..).zip(&program.instrs) {
        match &instr.kind {
            InstrKind::Set(flag) if flag.id == 0 => {
                under_way[flag.src.index()][flag.dst.index()] += 1;
            }
            InstrKind::Wait(flag) if flag.id == 0 => {
                under_way[flag.src.index()][flag.dst.index()] -= 1;
            }
            InstrKind::Op(op) => {
                let pairs = library_flags_of(program, op).iter();
                let open = pairs.filter(|(src, dst)| under_way[src.index()][dst.index()] > 0);
                found.extend(open.map(|&(src, dst)| (index, src, dst)));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inner::first_id;

    #[test]
    fn no_typed_kernel_is_given_an_id_that_a_library_body_uses() {
        for chip in [ChipId::A2A3, ChipId::A5] {
            for &code in OpCode::ALL {
                for &(src, dst) in library_flags(chip, code) {
                    assert_eq!(first_id(src, dst), 1, "{code} on {chip}: {src} to {dst}");
                }
            }
        }
    }
}
