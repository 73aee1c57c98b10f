#pragma once
#include <cstdint>
#include <cstdlib>

#define __global__
#define __gm__
#define __tf__
#define __cce_get_tile_ptr(tile) tile

typedef void* aclrtStream;
using pipe_t = int;
using event_t = int;
constexpr pipe_t PIPE_S = 0, PIPE_V = 1, PIPE_MTE1 = 2, PIPE_MTE2 = 3, PIPE_MTE3 = 4, PIPE_M = 5, PIPE_ALL = 6, PIPE_FIX = 7;
#define EVENT_ID0 0
#define EVENT_ID1 1
#define EVENT_ID2 2
#define EVENT_ID3 3
#define EVENT_ID4 4
#define EVENT_ID5 5
#define EVENT_ID6 6
#define EVENT_ID7 7

enum { ACL_MEM_MALLOC_HUGE_FIRST, ACL_MEMCPY_HOST_TO_DEVICE, ACL_MEMCPY_DEVICE_TO_HOST };
inline int aclInit(const char*) { return 0; }
inline int aclrtSetDevice(int) { return 0; }
inline int aclrtCreateStream(aclrtStream*) { return 0; }
inline int aclrtDestroyStream(aclrtStream) { return 0; }

inline void set_flag(pipe_t, pipe_t, int) {}
inline void wait_flag(pipe_t, pipe_t, int) {}
inline void pipe_barrier(pipe_t) {}

struct cache_line_t {
    static constexpr int SINGLE_CACHE_LINE = 0, ENTIRE_DATA_CACHE = 1;
};
enum mem_dsb_t { DSB_DDR };

#include <pto/cpu/trace.hpp>

namespace pto::cpu_sim {
struct Context {
    uint32_t block = 0, sub = 0, subs = 1;
};
inline thread_local Context context;
inline void set_execution_context(uint32_t block, uint32_t sub, uint32_t subs = 1) { context = {block, sub, subs}; }
inline void reset_execution_context() { context = {}; }
} // namespace pto::cpu_sim

inline uint32_t get_block_idx() { return pto::cpu_sim::context.block; }
inline uint32_t get_subblockid() { return pto::cpu_sim::context.sub; }
inline uint32_t get_subblockdim() { return pto::cpu_sim::context.subs; }
inline uint32_t get_block_num() { return 1; }
