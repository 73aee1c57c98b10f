// Stands for the host's header of this name: the copies with a bound that hosts of kernels use.
#pragma once
#include <cerrno>
#include <cstring>

#define EOK 0
inline int memset_s(void* to, size_t room, int value, size_t n)
{
    if (n > room) return ERANGE;
    std::memset(to, value, n);
    return EOK;
}
inline int memcpy_s(void* to, size_t room, const void* from, size_t n)
{
    if (n > room) return ERANGE;
    std::memcpy(to, from, n);
    return EOK;
}
