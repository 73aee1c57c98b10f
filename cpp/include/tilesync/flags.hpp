// Flags, barriers and what cores say to each other.
#pragma once
#include "call.hpp"

namespace tilesync {

// The number of a pipe in the trace.
constexpr uint64_t pipe_number(pipe_t pipe)
{
    constexpr pipe_t pipes[] = {PIPE_S, PIPE_V, PIPE_M, PIPE_MTE1, PIPE_MTE2, PIPE_MTE3, PIPE_FIX, PIPE_ALL};
    for (uint64_t n = 0; n < 8; ++n)
        if (pipes[n] == pipe) return n;
    return 8;
}

TILESYNC_INLINE void flag(Tag tag, pipe_t src, pipe_t dst, int id)
{
    Stream& s = Stream::here();
    if (!s.records()) return;
    uint64_t site = site_in_block(s);
    s.out.tag(tag);
    s.out.number(pipe_number(src) << 4 | pipe_number(dst));
    s.out.number(static_cast<uint32_t>(id));
    s.out.number(site);
    s.ended_record();
}

} // namespace tilesync

TILESYNC_NOINLINE inline void set_flag(pipe_t src, pipe_t dst, int id) { tilesync::flag(tilesync::Tag::Set, src, dst, id); }
TILESYNC_NOINLINE inline void wait_flag(pipe_t src, pipe_t dst, int id) { tilesync::flag(tilesync::Tag::Wait, src, dst, id); }

TILESYNC_NOINLINE inline void pipe_barrier(pipe_t pipe)
{
    auto& s = tilesync::Stream::here();
    if (!s.records()) return;
    uint64_t site = tilesync::site_in_block(s);
    s.out.tag(tilesync::Tag::Barrier);
    s.out.number(tilesync::pipe_number(pipe));
    s.out.number(site);
    s.ended_record();
}

// Between cores. A message of the FFTS has its mode in bits 4 and 5, and its id in bits 8 to 11; in the trace the mode stands above the id.
#define TILESYNC_CROSS(NAME, PIPE, ID) tilesync::note(tilesync::Tag::Cross, NAME, {tilesync::pipe_number(PIPE), static_cast<uint32_t>(ID)})
TILESYNC_NOINLINE inline void ffts_cross_core_sync(pipe_t pipe, uint64_t message) { TILESYNC_CROSS("ffts_cross_core_sync", pipe, (message >> 8 & 15) | (message >> 4 & 3) << 8); }
TILESYNC_NOINLINE inline void wait_flag_dev(int id) { TILESYNC_CROSS("wait_flag_dev", PIPE_S, id); }
TILESYNC_NOINLINE inline void wait_flag_dev(pipe_t pipe, int id) { TILESYNC_CROSS("wait_flag_dev", pipe, id); }
TILESYNC_NOINLINE inline void set_intra_block(pipe_t pipe, int id) { TILESYNC_CROSS("set_intra_block", pipe, id); }
TILESYNC_NOINLINE inline void wait_intra_block(pipe_t pipe, int id) { TILESYNC_CROSS("wait_intra_block", pipe, id); }
TILESYNC_NOINLINE inline void get_buf(pipe_t pipe, int id, bool) { TILESYNC_CROSS("get_buf", pipe, id); }
TILESYNC_NOINLINE inline void rls_buf(pipe_t pipe, int id, bool) { TILESYNC_CROSS("rls_buf", pipe, id); }
inline void set_ffts_base_addr(uint64_t) {}

// What is visible of global memory between cores. `dcci` of a line counts as one of the whole cache.
template <class Kind> TILESYNC_NOINLINE inline void dsb(Kind) { TILESYNC_CROSS("dsb", PIPE_S, 0); }
template <class... Rest> TILESYNC_NOINLINE inline void dcci(const volatile void*, Rest...) { TILESYNC_CROSS("dcci", PIPE_S, 0); }

// The id of a SYNCALL is the library's SyncCoreType: 0 the vector cores, 1 the cubes, 2 all.
namespace pto {
template <auto Core = 0>
TILESYNC_NOINLINE inline void SYNCALL_IMPL() { TILESYNC_CROSS("SYNCALL", PIPE_ALL, Core); }
template <auto Core = 0>
TILESYNC_NOINLINE inline void SYNCALL_SOFT_IMPL(int32_t*, int32_t) { TILESYNC_CROSS("SYNCALL", PIPE_ALL, Core); }
TILESYNC_NOINLINE inline void SYNCALL_SOFT_AIC_IMPL(int32_t*, int32_t) { TILESYNC_CROSS("SYNCALL", PIPE_ALL, 1); }
template <auto Core = 0>
TILESYNC_NOINLINE inline void SYNCALL_SOFT_MIX_IMPL(int32_t*, int32_t) { TILESYNC_CROSS("SYNCALL", PIPE_ALL, 2); }
} // namespace pto
