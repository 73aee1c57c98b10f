#pragma once
#include <type_traits>

namespace pto {
enum class Op : uint16_t { TLOAD, TSTORE_VEC, VECTOR, TADD, TEXP, TMOV_A2V, TMOV_V2M, TEXTRACT_V2M, TMATMUL };

template <Op op>
struct OpPipeEntry {
    static constexpr pipe_t pipe = PIPE_V;
};
template <>
struct OpPipeEntry<Op::TLOAD> {
    static constexpr pipe_t pipe = PIPE_MTE2;
};
template <>
struct OpPipeEntry<Op::TSTORE_VEC> {
    static constexpr pipe_t pipe = PIPE_MTE3;
};

struct RecordEvent {};
struct EventBaseTag {};

template <pipe_t Src, pipe_t Dst>
PTO_INTERNAL void PtoSetWaitFlag(event_t set = 0, event_t wait = 0)
{
    set_flag(Src, Dst, set);
    wait_flag(Src, Dst, wait);
}
} // namespace pto
