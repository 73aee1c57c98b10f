// Stands between the functions that kernels call (`TADD`) and the library's bodies of them (`TADD_IMPL`): records the call, then runs the body
// or not. For each intrinsic there is a function `TADD_TILESYNC`, and `rename.hpp` makes the library call it.
#pragma once
#include <string_view>
#include <utility>

#include "event.hpp"
#include "operand.hpp"
#include "roles.hpp"
#include "scalar.hpp"
#if !defined(PTO_COMM_NOT_SUPPORTED) && __has_include(<pto/comm/pto_comm_instr_impl.hpp>)
#include <pto/comm/comm_types.hpp>
#include <pto/comm/async_common/async_types.hpp>
#include <pto/comm/pto_comm_instr_impl.hpp>
#endif

namespace tilesync {

// The form of `roles` that has so many operands; empty if there is none, or for no operands.
constexpr std::string_view form(std::string_view roles, size_t operands)
{
    while (!roles.empty()) {
        auto one = roles.substr(0, roles.find(' '));
        if (one.size() == operands) return one;
        roles.remove_prefix(one.size() < roles.size() ? one.size() + 1 : roles.size());
    }
    return {};
}

// A pointer to a tile stands for the tile.
template <class A>
TILESYNC_INLINE auto& pointed(A& a)
{
    if constexpr (std::is_pointer_v<A>) {
        if constexpr (is_memory<std::remove_pointer_t<A>>) return *a;
        else return a;
    } else return a;
}
template <class A>
inline constexpr bool counts = is_memory<std::remove_pointer_t<std::remove_cvref_t<A>>>;

// What a template argument says of the op.
template <class V>
constexpr uint8_t flags_of(V value)
{
    uint8_t flags = 0;
    if constexpr (std::is_same_v<V, pto::AccPhase> || std::is_same_v<V, pto::STPhase>) {
        if (value == V::Partial) flags |= phase_partial;
        if (value == V::Final) flags |= phase_final;
    } else if constexpr (std::is_same_v<V, pto::AtomicType>) {
        if (value != V::AtomicNone) flags |= atomic_store;
    } else if constexpr (std::is_same_v<V, pto::ScatterAtomicOp>) {
        if (value != V::None) flags |= atomic_store;
    }
    return flags;
}

template <class A>
constexpr bool lies_in(pto::TileType space)
{
    if constexpr (is_tile<A>) return std::remove_cvref_t<A>::Loc == space;
    return false;
}

class Call {
public:
    template <class... A>
    TILESYNC_INLINE Call(const char* name, std::string_view roles, uint8_t flags, A&... a) : s_(Stream::here())
    {
        if (s_.records()) {
            constexpr size_t memory = (0 + ... + (counts<A> ? 1 : 0));
            std::string_view known = form(roles, memory);
            uint64_t site = site_in_block(s_);
            if (known.size() == memory) {
                uint64_t operands[memory + 1];
                size_t at = 0, n = 0;
                (add(operands, n, at, known, flags, a), ...);
                record_op(s_, name, site, flags, operands, n);
            } else {
                uint64_t text = s_.text(name);
                s_.out.tag(Tag::Unknown);
                s_.out.number(text);
                s_.out.number(site);
                s_.ended_record();
            }
        }
        ++s_.depth_;
    }
    TILESYNC_INLINE ~Call() { --s_.depth_; }
    Call(const Call&) = delete;

private:
    template <class A>
    TILESYNC_INLINE void add(uint64_t* operands, size_t& n, size_t& at, std::string_view roles, uint8_t flags, A& a)
    {
        if constexpr (counts<A>) {
            char role = roles[at++];
            if (role == '-' || (role == 'm' && lies_in<A>(pto::TileType::Mat))) return;
            if constexpr (std::is_pointer_v<A>)
                if (!a) return;
            bool reads = role == 'r' || role == 'm' || (role == 'f' && lies_in<A>(pto::TileType::Scaling));
            Role r = reads ? Role::Read : role == 'u' ? Role::Update : Role::Write;
            if (n == 0 && (flags & atomic_store)) r = Role::Update;
            operands[n++] = uint64_t(operand(s_, pointed(a))) << 2 | static_cast<uint64_t>(r);
        }
    }
    Stream& s_;
};

template <class Tile>
TILESYNC_INLINE typename Tile::DType* touched(typename Tile::DType* data, uint32_t index, const char* function)
{
    Stream& s = Stream::here();
    if (!s.records()) return data;
    bool reads = std::string_view(function) == "GetValue";
    uint64_t site = site_in_block(s), type = tile_type<Tile>(s);
    auto address = reinterpret_cast<uintptr_t>(data);
    uint64_t at = Memory::here().place(address);
    uint64_t numbers[] = {type, at, index};
    uint64_t element = s.operand(Tag::Element, numbers, 3);
    record_op(s, reads ? "GetValue" : "SetValue", site, 0, {element << 2 | uint64_t(reads ? Role::Read : Role::Write)});
    if (reads && !computes) note(Tag::DataRead, "GetValue");
    return data;
}

} // namespace tilesync

// The body is not even instantiated where nothing is computed: what it asserts of the simulator does not matter then.
#define TILESYNC_RUN(ALWAYS, ...)                                                                                        \
    {                                                                                                                    \
        using Result = decltype(__VA_ARGS__);                                                                            \
        if constexpr (ALWAYS || computes) return __VA_ARGS__;                                                            \
        else if constexpr (!std::is_void_v<Result>) return std::remove_cvref_t<Result>{};                                \
    }
#define TILESYNC_BODY(NAME, ROLES, TARGS, FLAGS, ALWAYS)                                                                 \
    {                                                                                                                    \
        using ::tilesync::computes;                                                                                      \
        ::tilesync::Call call(#NAME, ROLES, static_cast<uint8_t>(FLAGS), a...);                                          \
        if constexpr (requires { NAME##_IMPL TARGS(static_cast<A&&>(a)...); })                                           \
            TILESYNC_RUN(ALWAYS, NAME##_IMPL TARGS(static_cast<A&&>(a)...))                                              \
        else static_assert(!computes || !sizeof...(A), "tilesync: the simulator cannot compute " #NAME "; trace without --compute"); \
    }
#define TILESYNC_FLAGS (0 | ... | ::tilesync::flags_of(V))
#define TILESYNC_ARGS(...) <__VA_ARGS__>
// One function for each way in which the library passes template arguments: some types, then some values; some values, then some types.
#define TILESYNC_FORMS(NAME, ROLES, ALWAYS)                                                                                                \
    template <class... A>                                                                                                                  \
    TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a) TILESYNC_BODY(NAME, ROLES, , 0, ALWAYS)                                                  \
    template <auto V0, auto... V, class... A>                                                                                              \
    TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a)                                                                                         \
        TILESYNC_BODY(NAME, ROLES, TILESYNC_ARGS(V0, V...), ::tilesync::flags_of(V0) | TILESYNC_FLAGS, ALWAYS)                              \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, auto... V, class... A), (T0, V...), TILESYNC_FLAGS)                                       \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, class T1, auto... V, class... A), (T0, T1, V...), TILESYNC_FLAGS)                         \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, class T1, class T2, auto... V, class... A), (T0, T1, T2, V...), TILESYNC_FLAGS)
#define TILESYNC_WIDE(NAME, ROLES, ALWAYS)                                                                                                 \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, class T1, class T2, class T3, auto... V, class... A), (T0, T1, T2, T3, V...), TILESYNC_FLAGS) \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, class T1, class T2, class T3, class T4, auto... V, class... A),                          \
                  (T0, T1, T2, T3, T4, V...), TILESYNC_FLAGS)                                                                              \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (class T0, class T1, class T2, class T3, class T4, class T5, auto... V, class... A),                \
                  (T0, T1, T2, T3, T4, T5, V...), TILESYNC_FLAGS)                                                                          \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, class T0, class... A), (V0, T0), 0)                                                        \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, class T0, class T1, class T2, auto... V, class... A), (V0, T0, T1, T2, V...), 0)           \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, class T0, class T1, class T2, class T3, auto... V, class... A),                           \
                  (V0, T0, T1, T2, T3, V...), 0)                                                                                           \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, auto V1, class T0, class T1, auto... V, class... A), (V0, V1, T0, T1, V...), 0)            \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, auto V1, class T0, class T1, class T2, class T3, class T4, auto... V, class... A),        \
                  (V0, V1, T0, T1, T2, T3, T4, V...), 0)                                                                                   \
    TILESYNC_FORM(NAME, ROLES, ALWAYS, (auto V0, auto V1, auto V2, class T0, class T1, class T2, class T3, class T4, auto... V, class... A), \
                  (V0, V1, V2, T0, T1, T2, T3, T4, V...), 0)
#define TILESYNC_FORM(NAME, ROLES, ALWAYS, PARAMETERS, ARGUMENTS, FLAGS)                                                                    \
    template TILESYNC_PARAMETERS PARAMETERS TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a)                                                  \
        TILESYNC_BODY(NAME, ROLES, TILESYNC_ARGS ARGUMENTS, FLAGS, ALWAYS)
#define TILESYNC_PARAMETERS(...) <__VA_ARGS__>

namespace pto {
#define TILESYNC_OP(NAME, ROLES) TILESYNC_FORMS(NAME, ROLES, false)
TILESYNC_OPS(TILESYNC_OP)
#undef TILESYNC_OP
TILESYNC_WIDE(TMOV, "wr wrf", false)
TILESYNC_WIDE(TQUANT, "wr wrr wrrt wrrr wrrtr wrwww wrwwww", false)
TILESYNC_WIDE(TRANDOM, "w", false)
TILESYNC_WIDE(TMRGSORT, "wr wtrr wtrrr wtrrrr", false)
TILESYNC_WIDE(TGATHER, "wr wrr wrrt wrrwt", false)
TILESYNC_WIDE(TCI, "w wt", false)

// The library declares these four itself before it calls them.
#define TILESYNC_TCVT(PARAMETERS, ...)                                        \
    {                                                                         \
        ::tilesync::Call call("TCVT", "wr wrt", 0, __VA_ARGS__);              \
        if constexpr (::tilesync::computes) TCVT_IMPL PARAMETERS;              \
    }
template <class D, class S, class T>
TILESYNC_INLINE void TCVT_TILESYNC(D& d, S& s, T& t, RoundMode mode, SaturationMode saturation, bool control)
    TILESYNC_TCVT((d, s, t, mode, saturation, control), d, s, t)
template <class D, class S, class T>
TILESYNC_INLINE void TCVT_TILESYNC(D& d, S& s, T& t, RoundMode mode, bool control) TILESYNC_TCVT((d, s, t, mode, control), d, s, t)
template <class D, class S>
TILESYNC_INLINE void TCVT_TILESYNC(D& d, S& s, RoundMode mode, SaturationMode saturation, bool control)
    TILESYNC_TCVT((d, s, mode, saturation, control), d, s)
template <class D, class S>
TILESYNC_INLINE void TCVT_TILESYNC(D& d, S& s, RoundMode mode, bool control) TILESYNC_TCVT((d, s, mode, control), d, s)

// Another tile at the same place, of any element type: the simulator admits fewer of them than the device.
template <class Out, class In>
TILESYNC_INLINE void TRESHAPE_TILESYNC(Out& out, In& in)
{
    ::tilesync::Stream::here(); // A program that does nothing else has a trace.
    if constexpr (::tilesync::computes) TRESHAPE_IMPL(out, in);
    else out.data() = reinterpret_cast<typename Out::DType*>(in.data());
}

// The scales of a tile lie in a memory of their own, at a sixteenth of its address. The simulator has no such memory.
template <class Out, class In>
TILESYNC_INLINE void TGET_SCALE_ADDR_TILESYNC(Out& out, In& in)
{
    ::tilesync::Stream::here();
    auto& memory = ::tilesync::Memory::here();
    if constexpr (::tilesync::computes) TGET_SCALE_ADDR_IMPL(out, in);
    else out.data() = reinterpret_cast<typename Out::DType*>(memory.base(unsigned(Out::Loc)) + (memory.offset(uintptr_t(in.data())) >> 4));
}

// Run, and not recorded: their bodies call others.
#define TILESYNC_RUN_ALONE(NAME, NOTE)                                                              \
    template <class... A>                                                                           \
    TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a)                                                  \
    {                                                                                               \
        NOTE                                                                                        \
        ::tilesync::Quiet quiet(::tilesync::Stream::here());                                        \
        return NAME##_IMPL(static_cast<A&&>(a)...);                                                 \
    }                                                                                               \
    template <class T0, auto... V, class... A>                                                      \
    TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a)                                                  \
    {                                                                                               \
        NOTE                                                                                        \
        ::tilesync::Quiet quiet(::tilesync::Stream::here());                                        \
        return NAME##_IMPL<T0, V...>(static_cast<A&&>(a)...);                                       \
    }                                                                                               \
    template <class T0, class T1, auto... V, class... A>                                            \
    TILESYNC_INLINE auto NAME##_TILESYNC(A&&... a)                                                  \
    {                                                                                               \
        NOTE                                                                                        \
        ::tilesync::Quiet quiet(::tilesync::Stream::here());                                        \
        return NAME##_IMPL<T0, T1, V...>(static_cast<A&&>(a)...);                                   \
    }
#define TILESYNC_VIEW(NAME) TILESYNC_RUN_ALONE(NAME, )
#define TILESYNC_STEP(NAME) TILESYNC_RUN_ALONE(NAME, ::tilesync::note(::tilesync::Tag::Cross, #NAME, {0, 0});)
TILESYNC_VIEWS(TILESYNC_VIEW)
TILESYNC_STEPS(TILESYNC_STEP)
#undef TILESYNC_RUN_ALONE
#undef TILESYNC_VIEW
#undef TILESYNC_STEP
} // namespace pto

namespace pto::comm {
#define TILESYNC_OP(NAME, ROLES) TILESYNC_FORMS(NAME, ROLES, false)
TILESYNC_COMM_OPS(TILESYNC_OP)
#undef TILESYNC_OP
} // namespace pto::comm

// `TSYNC<Op>()` is the barrier of the op's pipe.
namespace pto {
template <Op OpCode>
TILESYNC_INLINE void TSYNC_TILESYNC()
{
    pipe_barrier(OpPipeEntry<OpCode>::pipe);
}
} // namespace pto
#define TSYNC_IMPL TSYNC_TILESYNC

// An op that no line of roles.hpp has: the library announces each op through this.
namespace tilesync {
constexpr bool knows(std::string_view name)
{
#define TILESYNC_OP(NAME, ...) \
    if (name == #NAME) return true;
    TILESYNC_OPS(TILESYNC_OP)
    TILESYNC_VIEWS(TILESYNC_OP)
    TILESYNC_STEPS(TILESYNC_OP)
    TILESYNC_COMM_OPS(TILESYNC_OP)
#undef TILESYNC_OP
    return name == "TASSIGN" || name == "TSYNC" || name == "TRESHAPE" || name == "TGET_SCALE_ADDR";
}
} // namespace tilesync
template <class Roles, class... Args>
TILESYNC_INLINE pto::cpu_sim::PtoInstrTraceScope::PtoInstrTraceScope(std::string_view name, Roles&&, Args&&...)
{
    if (!::tilesync::knows(name)) ::tilesync::note(::tilesync::Tag::Unknown, name.data());
}

#if __has_include(<pto/common/fifo.hpp>)
#include "fifo.hpp"
#endif
#include "rename.hpp"
// The functions that kernels call stay functions: the address that they return to is the line of the call.
#undef PTO_INST
#define PTO_INST TILESYNC_NOINLINE inline
