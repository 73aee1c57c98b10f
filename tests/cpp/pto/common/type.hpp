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

namespace pto {
enum class TileType { Vec, Mat, Left, Right, Acc, Bias, Scaling, ScaleLeft, ScaleRight, Ctrl };
enum class BLayout { RowMajor, ColMajor };
enum class SLayout { NoneBox, RowMajor, ColMajor };
enum class Layout { ND, DN, NZ };
enum class AccPhase : uint8_t { Unspecified, Partial, Final };
enum class STPhase : uint8_t { Unspecified, Partial, Final };
enum class AtomicType : uint8_t { AtomicNone, AtomicAdd };
enum class ReluPreMode : uint8_t { NoRelu, NormalRelu };
enum class RoundMode : uint8_t { CAST_RINT };
enum class SaturationMode : uint8_t { ON, OFF };
enum class QuantType { MXFP8, MXFP4_E2M1, INT8_SYM, INT8_ASYM };
enum class MaskPattern : uint8_t { P0101 = 1, P1010 };
struct MrgSortExecutedNumList {};
} // namespace pto
