//! The closed table of ops: index in PTO's enumeration, marker type, PTO name, pipe.
//!
//! The only place where an op exists. Everything else about it is generated from its line, with exhaustive
//! matches and no positional arrays, so that a missing or shifted line cannot go unnoticed.

use super::{Class, Includes, Op, Pipe};
use crate::sealed::Sealed;

/// The pipes' types under the names of [`Pipe`].
mod pipe_types {
    pub(super) use super::super::pipe::{
        PipeFix as Fix, PipeM as M, PipeMte1 as Mte1, PipeMte2 as Mte2, PipeMte3 as Mte3,
        PipeS as S, PipeV as V,
    };
}

/// The classes under the names of [`Pipe`].
mod classes {
    pub(super) use super::{Fix, Matrix as M, Mte1, Mte2, Mte3, Scalar as S, Vector as V};
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident on $pipe:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl Op for $name {
            const CODE: OpCode = panic!("PTO's enumeration has no code for this class");
            type Pipe = pipe_types::$pipe;
        }
        impl Class for $name {}
    )*};
}

// `Vector` and `Scalar` stand in PTO's enumeration.
classes! {
    /// The class of the ops on [`Pipe::M`]: the products.
    Matrix on M;
    /// The class of the ops on [`Pipe::Mte1`]: from L1 to L0A, L0B and the bias table.
    Mte1 on Mte1;
    /// The class of the ops on [`Pipe::Mte2`]: loads, and what fills L1.
    Mte2 on Mte2;
    /// The class of the ops on [`Pipe::Mte3`]: stores.
    Mte3 on Mte3;
    /// The class of the ops on [`Pipe::Fix`]: out of the accumulator.
    Fix on Fix;
}

macro_rules! ops {
    ($($index:literal $name:ident = $pto:ident on $pipe:ident $($kind:ident)?;)*) => {
        /// Every op of PTO's enumeration, with PTO's numbering and PTO's names.
        #[allow(non_camel_case_types, reason = "the names are PTO's; and a type that shares its name prints with a path")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum OpCode {
            $(#[doc = concat!("`", stringify!($pto), "`.")] $pto = $index,)*
        }

        impl OpCode {
            /// Every op, in PTO's order.
            pub const ALL: &'static [OpCode] = &[$(OpCode::$pto),*];

            /// PTO's name, as in `TROWMAX`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(OpCode::$pto => stringify!($pto),)*
                }
            }

            /// The pipe that runs it.
            #[must_use]
            #[allow(clippy::match_same_arms, reason = "one arm an op is the point of the table")]
            pub const fn pipe(self) -> Pipe {
                match self {
                    $(OpCode::$pto => Pipe::$pipe,)*
                }
            }
        }

        $(
            #[doc = concat!("`", stringify!($pto), "`, on `", stringify!($pipe), "`.")]
            #[derive(Debug)]
            pub enum $name {}
            impl Sealed for $name {}
            impl Op for $name {
                const CODE: OpCode = OpCode::$pto;
                type Pipe = pipe_types::$pipe;
            }
            ops!(@class $name $pipe $($kind)?);
        )*
    };
    (@class $name:ident $pipe:ident class) => {
        impl Class for $name {}
    };
    (@class $name:ident $pipe:ident) => {
        #[diagnostic::do_not_recommend]
        impl Includes<$name> for classes::$pipe {}
    };
}

ops! {
    0 TLoad = TLOAD on Mte2;
    1 TStoreVec = TSTORE_VEC on Mte3;
    2 Scalar = SCALAR on S class;
    3 TReshape = TRESHAPE on S;
    4 Vector = VECTOR on V class;
    5 TAdd = TADD on V;
    6 TAddS = TADDS on V;
    7 TAxpy = TAXPY on V;
    8 TSub = TSUB on V;
    9 TMul = TMUL on V;
    10 TMulS = TMULS on V;
    11 TDiv = TDIV on V;
    12 TDivS = TDIVS on V;
    13 TMin = TMIN on V;
    14 TMinS = TMINS on V;
    15 TMax = TMAX on V;
    16 TAnd = TAND on V;
    17 TOr = TOR on V;
    18 TSel = TSEL on V;
    19 TShl = TSHL on V;
    20 TShr = TSHR on V;
    21 TExp = TEXP on V;
    22 TSelS = TSELS on V;
    23 TSqrt = TSQRT on V;
    24 TRsqrt = TRSQRT on V;
    25 TExpandS = TEXPANDS on V;
    26 TExpandSMat = TEXPANDS_MAT on Mte2;
    27 TPartAdd = TPARTADD on V;
    28 TPartMul = TPARTMUL on V;
    29 TPartMax = TPARTMAX on V;
    30 TPartMin = TPARTMIN on V;
    31 TPow = TPOW on V;
    32 TPowS = TPOWS on V;
    33 TCmpS = TCMPS on V;
    34 TMrgSort = TMRGSORT on V;
    35 TSort32 = TSORT32 on V;
    36 TCi = TCI on S;
    37 TGather = TGATHER on V;
    38 TGatherB = TGATHERB on V;
    39 TCvt = TCVT on V;
    40 TRowSum = TROWSUM on V;
    41 TRowProd = TROWPROD on V;
    42 TRowMax = TROWMAX on V;
    43 TRowMin = TROWMIN on V;
    44 TRowExpand = TROWEXPAND on V;
    45 TRandom = TRANDOM on V;
    46 TColSum = TCOLSUM on V;
    47 TColProd = TCOLPROD on V;
    48 TColMax = TCOLMAX on V;
    49 TColMin = TCOLMIN on V;
    50 TTrans = TTRANS on V;
    51 TTri = TTRI on V;
    52 TRem = TREM on V;
    53 TFmod = TFMOD on V;
    54 TRemS = TREMS on V;
    55 TFmodS = TFMODS on V;
    56 TSubS = TSUBS on V;
    57 TMaxS = TMAXS on V;
    58 TLRelu = TLRELU on V;
    59 TPRelu = TPRELU on V;
    60 TMovV2V = TMOV_V2V on V;
    61 TMovV2M = TMOV_V2M on Fix;
    62 TExtractV2M = TEXTRACT_V2M on Fix;
    63 TMovM2B = TMOV_M2B on Mte1;
    64 TMovM2L = TMOV_M2L on Mte1;
    65 TMovM2R = TMOV_M2R on Mte1;
    66 TMovM2S = TMOV_M2S on Fix;
    67 TMovA2V = TMOV_A2V on Fix;
    68 TMovA2M = TMOV_A2M on Fix;
    69 TStoreAcc = TSTORE_ACC on Fix;
    70 TStoreMat = TSTORE_MAT on Mte3;
    71 TMatmul = TMATMUL on M;
    72 TGemv = TGEMV on M;
    73 TExtractM2LR = TEXTRACT_M2LR on Mte1;
    74 TAndS = TANDS on V;
    75 TOrS = TORS on V;
    76 TShlS = TSHLS on V;
    77 TShrS = TSHRS on V;
    78 TXor = TXOR on V;
    79 TXorS = TXORS on V;
    80 TExtractA2M = TEXTRACT_A2M on Fix;
    81 TInsertA2M = TINSERT_A2M on Fix;
    82 TImg2col = TIMG2COL on Mte1;
    83 SetFMatrix = SETFMATRIX on S;
    84 SetImg2colRpt = SET_IMG2COL_RPT on S;
    85 SetImg2colPadding = SET_IMG2COL_PADDING on S;
    86 TConcat = TCONCAT on V;
    87 TDequant = TDEQUANT on V;
    88 TAddDeqRelu = TADDDEQRELU on V;
    89 TAbs = TABS on V;
    90 TNeg = TNEG on V;
    91 TRelu = TRELU on V;
    92 TNot = TNOT on V;
    93 TLog = TLOG on V;
    94 TRecip = TRECIP on V;
    95 TCmp = TCMP on V;
    96 TScatter = TSCATTER on V;
    97 TColExpand = TCOLEXPAND on V;
    98 TColExpandDiv = TCOLEXPANDDIV on V;
    99 TColExpandMul = TCOLEXPANDMUL on V;
    100 TColExpandAdd = TCOLEXPANDADD on V;
    101 TColExpandMax = TCOLEXPANDMAX on V;
    102 TColExpandMin = TCOLEXPANDMIN on V;
    103 TColExpandSub = TCOLEXPANDSUB on V;
    104 TColExpandExpDif = TCOLEXPANDEXPDIF on V;
    105 TRowExpandDiv = TROWEXPANDDIV on V;
    106 TRowExpandMul = TROWEXPANDMUL on V;
    107 TRowExpandSub = TROWEXPANDSUB on V;
    108 TRowExpandAdd = TROWEXPANDADD on V;
    109 TRowExpandMax = TROWEXPANDMAX on V;
    110 TRowExpandMin = TROWEXPANDMIN on V;
    111 TRowExpandExpDif = TROWEXPANDEXPDIF on V;
    112 TPairReduceSum = TPAIRREDUCESUM on V;
    113 TSubReluConv = TSUBRELUCONV on V;
    114 TAddReluConv = TADDRELUCONV on V;
    115 TFusedMulAdd = TFUSEDMULADD on V;
    116 TMulAddDst = TMULADDDST on V;
    117 TSubRelu = TSUBRELU on V;
    118 TFusedMulAddRelu = TFUSEDMULADDRELU on V;
    119 TPartArgMax = TPARTARGMAX on V;
    120 TPartArgMin = TPARTARGMIN on V;
    121 TColArgMax = TCOLARGMAX on V;
    122 TColArgMin = TCOLARGMIN on V;
    123 TRowArgMax = TROWARGMAX on V;
    124 TRowArgMin = TROWARGMIN on V;
    125 TPrefetch = TPREFETCH on Mte2;
    126 TFillPadVec = TFILLPAD_VEC on V;
    127 TFillPadMat = TFILLPAD_MAT on Mte2;
    128 MGatherVec = MGATHER_VEC on V;
    129 MGatherMat = MGATHER_MAT on Mte2;
    130 MScatter = MSCATTER on V;
    131 TQuant = TQUANT on V;
    132 THistogram = THISTOGRAM on V;
    133 TInterleave = TINTERLEAVE on V;
    134 TDeinterleave = TDEINTERLEAVE on V;
}
