//! Event ids that the bodies of library ops use themselves, always id 0.

use crate::chip::ChipId;
use crate::op::OpCode::{self, *};
use crate::op::Pipe::{self, *};

/// The pairs of pipes between which the body of `code` sets and waits on id 0.
///
/// From the bodies of the PTO library. What [`first_id`](crate::inner::first_id) keeps free is the union of these.
pub(crate) fn library_flags(chip: ChipId, code: OpCode) -> &'static [(Pipe, Pipe)] {
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
