// The host's side of `acl/acl.h`: memory of the device is memory of this process, and what the host allocates and fills is recorded.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "call.hpp"

namespace tilesync {

// Behind each allocation there is room, so that a read past its end is a finding and not a crash.
inline int allocate(void** p, size_t n)
{
    constexpr size_t alignment = 512, room = 4096;
    *p = std::aligned_alloc(alignment, (n + room + alignment - 1) / alignment * alignment);
    if (!*p) return 1;
    std::memset(*p, 0, n + room);
    return 0;
}

} // namespace tilesync

template <class P, class Policy>
inline int aclrtMalloc(P** p, size_t n, Policy)
{
    int failed = tilesync::allocate(reinterpret_cast<void**>(p), n);
    if (!failed) tilesync::Recorder::get().allocated(*p, n);
    return failed;
}
template <class P>
inline int aclrtMallocHost(P** p, size_t n) { return tilesync::allocate(reinterpret_cast<void**>(p), n); }
template <class Kind>
inline int aclrtMemcpy(void* to, size_t room, const void* from, size_t n, Kind)
{
    n = std::min(room, n);
    std::memmove(to, from, n);
    tilesync::Recorder::get().filled(to, n);
    return 0;
}
template <class Kind>
inline int aclrtMemcpyAsync(void* to, size_t room, const void* from, size_t n, Kind kind, void*) { return aclrtMemcpy(to, room, from, n, kind); }
inline int aclrtMemset(void* p, size_t room, int value, size_t n)
{
    n = std::min(room, n);
    std::memset(p, value, n);
    tilesync::Recorder::get().filled(p, n);
    return 0;
}
inline int aclrtFree(void* p)
{
    tilesync::Recorder::get().freed(p);
    std::free(p);
    return 0;
}
inline int aclrtFreeHost(void* p)
{
    std::free(p);
    return 0;
}
// What was called without a launch ends here.
inline int aclrtSynchronizeStream(aclrtStream)
{
    if (!tilesync::launched) tilesync::Stream::here().unit_ends();
    return 0;
}
inline int aclrtSynchronizeDevice() { return aclrtSynchronizeStream(nullptr); }

using aclrtEvent = void*;
using aclError = int;
#define ACL_SUCCESS 0
#define ACL_ERROR_NONE 0
inline int aclrtCreateEvent(aclrtEvent*) { return 0; }
inline int aclrtDestroyEvent(aclrtEvent) { return 0; }
inline int aclrtRecordEvent(aclrtEvent, aclrtStream) { return 0; }
inline int aclrtSynchronizeEvent(aclrtEvent) { return 0; }
inline int aclrtEventElapsedTime(float* ms, aclrtEvent, aclrtEvent)
{
    *ms = 0;
    return 0;
}
inline const char* aclGetRecentErrMsg() { return ""; }

// The blocks of the running launch; the simulator's setting where no launch said.
inline uint32_t get_block_num()
{
    if (tilesync::launched) return tilesync::Stream::here().blocks();
    return tilesync_library_get_block_num();
}
