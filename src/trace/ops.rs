//! Which op of PTO's enumeration an intrinsic is, and on which pipe: where an intrinsic is several, its operands tell.

use crate::chip::ChipId;
use crate::op::OpCode::{self, *};
use crate::op::Pipe::{self, *};
use crate::tile::Space::{self, *};

/// An intrinsic, told by its name and the spaces of its first two operands (`None` for global memory).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// The op; `None` for one that PTO's enumeration lacks.
    pub(super) code: Option<OpCode>,
    pub(super) pipe: Pipe,
}

impl Kind {
    pub(super) fn of(chip: ChipId, name: &str, spaces: &[Option<Space>]) -> Self {
        let first = spaces.first().copied().flatten();
        let second = spaces.get(1).copied().flatten();
        let path = (first, second);
        match name {
            "TSTORE" => match second {
                Some(Acc) => TSTORE_ACC.into(),
                Some(Mat) => TSTORE_MAT.into(),
                _ => TSTORE_VEC.into(),
            },
            "TMOV" => match path {
                (Some(Mat), Some(Vec)) => TMOV_V2M.into(),
                (Some(Bias), _) => TMOV_M2B.into(),
                (Some(Left | ScaleLeft), _) => TMOV_M2L.into(),
                (Some(Right | ScaleRight), _) => TMOV_M2R.into(),
                (Some(Scaling), _) => TMOV_M2S.into(),
                (Some(Vec), Some(Acc)) => TMOV_A2V.into(),
                (Some(Mat), Some(Acc)) => TMOV_A2M.into(),
                _ => TMOV_V2V.into(),
            },
            "TEXTRACT" => match path {
                (Some(Left | Right | ScaleLeft | ScaleRight), _) => TEXTRACT_M2LR.into(),
                (Some(Mat), Some(Acc)) => TEXTRACT_A2M.into(),
                (Some(Mat), _) => TEXTRACT_V2M.into(),
                (_, Some(Acc)) => Fix.into(),
                _ => V.into(),
            },
            "TINSERT" => match path {
                (Some(Mat), Some(Acc)) => TINSERT_A2M.into(),
                (Some(Mat), _) if chip == ChipId::A5 => Mte3.into(),
                (Some(Mat), _) | (_, Some(Acc)) => Fix.into(),
                _ => V.into(),
            },
            "TFILLPAD" | "TFILLPAD_INPLACE" | "TFILLPAD_EXPAND" => match first {
                Some(Mat) => TFILLPAD_MAT.into(),
                _ => TFILLPAD_VEC.into(),
            },
            "TEXPANDS" if first == Some(Mat) => TEXPANDS_MAT.into(),
            "TCI" if spaces.len() > 1 => V.into(),
            "TMATMUL_ACC" | "TMATMUL_BIAS" | "TMATMUL_MX" => TMATMUL.into(),
            "TGEMV_ACC" | "TGEMV_BIAS" | "TGEMV_MX" => TGEMV.into(),
            "MGATHER" => match first {
                Some(Mat) => MGATHER_MAT.into(),
                _ => MGATHER_VEC.into(),
            },
            "TPUSH" if spaces.contains(&Some(Acc)) => Fix.into(),
            "TPOP" => Mte2.into(),
            "GetValue" | "SetValue" => SCALAR.into(),
            "SET_QUANT_SCALAR" | "TPRINT" | "TNOTIFY" | "TWAIT" | "TTEST" => S.into(),
            // It says where the scales are; those that read them, later ones on the same pipe, do not name them.
            "SET_QUANT_VECTOR" => Fix.into(),
            "TPUSH" | "TPUT" | "TGET" | "TBROADCAST" | "TREDUCE" => Mte3.into(),
            _ => OpCode::ALL
                .iter()
                .find(|code| code.name() == name)
                .map_or_else(|| V.into(), |&code| code.into()),
        }
    }
}

impl From<OpCode> for Kind {
    fn from(code: OpCode) -> Self {
        Kind { code: Some(code), pipe: code.pipe() }
    }
}

impl From<Pipe> for Kind {
    fn from(pipe: Pipe) -> Self {
        Kind { code: None, pipe }
    }
}
