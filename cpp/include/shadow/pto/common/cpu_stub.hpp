// Stands in front of the library's header of this name: what it stubs out without a trace (flags, barriers, the host's memory) is ours.
#pragma once

// Renamed while the library's own are read, which nobody calls then.
#define set_flag tilesync_library_set_flag
#define wait_flag tilesync_library_wait_flag
#define pipe_barrier tilesync_library_pipe_barrier
#define dsb tilesync_library_dsb
#define dcci tilesync_library_dcci
#define get_block_num tilesync_library_get_block_num
#define aclrtMalloc tilesync_library_malloc
#define aclrtMallocHost tilesync_library_malloc_host
#define aclrtMemcpy tilesync_library_memcpy
#define aclrtMemset tilesync_library_memset
#define aclrtFree tilesync_library_free
#define aclrtFreeHost tilesync_library_free_host
#define aclrtSynchronizeStream tilesync_library_synchronize
#define SYNCALL_IMPL tilesync_library_syncall
#define SYNCALL_SOFT_IMPL tilesync_library_syncall_soft
#define SYNCALL_SOFT_AIC_IMPL tilesync_library_syncall_soft_aic
#define SYNCALL_SOFT_MIX_IMPL tilesync_library_syncall_soft_mix
// What kernels that talk to other chips declare themselves.
#define HCCL_MAX_RANK_NUM TILESYNC_LIBRARY_HCCL_MAX_RANK_NUM
#define CommDeviceContext TilesyncLibraryCommDeviceContext
#include_next <pto/common/cpu_stub.hpp>
#undef HCCL_MAX_RANK_NUM
#undef CommDeviceContext
#undef set_flag
#undef wait_flag
#undef pipe_barrier
#undef dsb
#undef dcci
#undef get_block_num
#undef aclrtMalloc
#undef aclrtMallocHost
#undef aclrtMemcpy
#undef aclrtMemset
#undef aclrtFree
#undef aclrtFreeHost
#undef aclrtSynchronizeStream
#undef SYNCALL_IMPL
#undef SYNCALL_SOFT_IMPL
#undef SYNCALL_SOFT_AIC_IMPL
#undef SYNCALL_SOFT_MIX_IMPL

#include <tilesync/flags.hpp>
#include <tilesync/host.hpp>
