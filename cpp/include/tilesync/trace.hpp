// Include this first (`-include tilesync/trace.hpp`): what the kernels of this program issue is written to $TILESYNC_TRACE.
//
// The library's headers are read as they are. Four small headers of `shadow/` stand in front of the library's own of the same name; they say
// what they change. With -DTILESYNC_COMPUTE=1 the kernels also compute; without it the bodies of intrinsics are left out, and a kernel that
// looks at data is recorded as one that does. -DTILESYNC_CHIP=1 is a5, 0 is a2a3.
#pragma once
#ifndef __CPU_SIM
#define __CPU_SIM
#endif
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <pto/pto-inst.hpp>

#include <tilesync/launch.hpp>

// From here on: what a kernel sees. Its own small functions stay functions, so that the lines of their callers are known.
#undef PTO_INTERNAL
#define PTO_INTERNAL TILESYNC_NOINLINE inline
#undef PTO_INLINE
#define PTO_INLINE TILESYNC_NOINLINE inline
#if TILESYNC_CHIP == 1
#define PTO_NPU_ARCH_A5
#define __CCE_AICORE__ 310
#define __DAV_C310_VEC__
#define __DAV_C310_CUBE__
#else
#define PTO_NPU_ARCH_A2A3
#define __CCE_AICORE__ 220
#define __DAV_C220_VEC__
#define __DAV_C220_CUBE__
#endif

// Kernels ask whether these are macros, as they are on the device.
#define PIPE_S PIPE_S
#define PIPE_V PIPE_V
#define PIPE_M PIPE_M
#define PIPE_MTE1 PIPE_MTE1
#define PIPE_MTE2 PIPE_MTE2
#define PIPE_MTE3 PIPE_MTE3
#define PIPE_FIX PIPE_FIX
#define PIPE_ALL PIPE_ALL

// The registers with these names. A variable of the kernel may hide them.
inline struct {
    operator uint32_t() const { return get_block_idx(); }
} block_idx;
inline struct {
    operator uint32_t() const { return get_block_num(); }
} block_num;

// The device's clock, which stands still.
#ifndef get_sys_cnt
#define get_sys_cnt() uint64_t(0)
#endif
// The device's compiler has functions of it.
#define __fp16 _Float16

// Instructions are fetched ahead on the device alone.
inline int64_t get_icache_prl_st() { return 0; }
template <class... A>
inline void preload(A...)
{}
