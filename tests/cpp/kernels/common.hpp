// What the kernels of these tests share.
#pragma once
#include <acl/acl.h>
#include <pto/pto-inst.hpp>

#include <vector>

using namespace pto;

using Part = Tile<TileType::Vec, float, 64, 64>;
using Global = GlobalTensor<float, Shape<1, 1, 1, 64, 64>, Stride<4096, 4096, 4096, 64, 1>>;
constexpr size_t part = 64 * 64;

// Device memory for so many parts.
inline float* allocated(size_t parts)
{
    float* p;
    aclrtMalloc((void**)&p, parts * part * sizeof(float), ACL_MEM_MALLOC_HUGE_FIRST);
    return p;
}
// The same, filled by the host.
inline float* filled(size_t parts)
{
    std::vector<float> host(parts * part);
    float* p = allocated(parts);
    aclrtMemcpy(p, host.size() * sizeof(float), host.data(), host.size() * sizeof(float), ACL_MEMCPY_HOST_TO_DEVICE);
    return p;
}
