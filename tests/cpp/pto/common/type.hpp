#pragma once
#include <cstdint>

#define AICORE
#define PTO_INLINE inline __attribute__((always_inline))
#define PTO_INST AICORE PTO_INLINE
#define PTO_INTERNAL AICORE PTO_INLINE

struct half {
    uint16_t bits;
};
struct bfloat16_t {
    uint16_t bits;
};

struct hifloat8_t {
    uint8_t bits;
};
template <int number>
struct Narrow {
    uint8_t bits;
};
using float8_e4m3_t = Narrow<0>;
using float8_e5m2_t = Narrow<1>;
using float8_e8m0_t = Narrow<2>;
using float4_e2m1x2_t = Narrow<3>;
using float4_e1m2x2_t = Narrow<4>;

namespace pto {
struct int4b_t {
    uint8_t bits;
};
enum class Coalesce : uint8_t { Row, Elem };
enum class ScatterAtomicOp : uint8_t { None, Add, Max, Min };
enum class TileType { Vec, Mat, Left, Right, Acc, Bias, Scaling, ScaleLeft, ScaleRight, Ctrl };
enum class BLayout { RowMajor, ColMajor };
enum class SLayout { NoneBox, RowMajor, ColMajor };
enum class Layout { ND, DN, NZ, SCALE, MX_A_ND, MX_A_DN, MX_A_ZZ, MX_B_ND, MX_B_DN, MX_B_NN, HIF4_A_ZZ, HIF4_B_NN, NC1HWC0, GNC1HWC0, NCHW, GNCHW, NHWC, NDC1HWC0, NCDHW, FRACTAL_Z };
enum class SetFmatrixMode { FMATRIX_A_AUTO };
enum class AccPhase : uint8_t { Unspecified, Partial, Final };
enum class STPhase : uint8_t { Unspecified, Partial, Final };
enum class AtomicType : uint8_t { AtomicNone, AtomicAdd };
enum class ReluPreMode : uint8_t { NoRelu, NormalRelu };
enum class RoundMode : uint8_t { CAST_RINT };
enum class SaturationMode : uint8_t { ON, OFF };
enum class SyncCoreType : uint8_t { AIVOnly, AICOnly, Mix };
enum class QuantType { MXFP8, MXFP4_E2M1, INT8_SYM, INT8_ASYM };
enum class MaskPattern : uint8_t { P0101 = 1, P1010 };
struct MrgSortExecutedNumList {};
} // namespace pto
