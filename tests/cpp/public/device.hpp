// Device memory, filled by the host.
#pragma once
#include <acl/acl.h>

inline uint8_t* device(size_t bytes)
{
    uint8_t* p;
    aclrtMalloc((void**)&p, bytes, ACL_MEM_MALLOC_HUGE_FIRST);
    aclrtMemset(p, bytes, 0, bytes);
    return p;
}
