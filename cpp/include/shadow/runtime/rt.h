// Stands for the runtime's header of this name: what of it the hosts of kernels with several cores use.
#pragma once
#include <tilesync/trace.hpp>

using rtError_t = int;
using rtStream_t = void*;
#define RT_ERROR_NONE 0
inline rtError_t rtSetDevice(int) { return RT_ERROR_NONE; }
inline rtError_t rtStreamCreate(rtStream_t* stream, int)
{
    *stream = nullptr;
    return RT_ERROR_NONE;
}
inline rtError_t rtStreamDestroy(rtStream_t) { return RT_ERROR_NONE; }
inline rtError_t rtStreamSynchronize(rtStream_t stream) { return aclrtSynchronizeStream(stream); }
// Where the device keeps the flags between cores: what a kernel passes to set_ffts_base_addr, and looks at no further.
inline rtError_t rtGetC2cCtrlAddr(uint64_t* address, uint32_t* bytes)
{
    *address = 0;
    *bytes = 0;
    return RT_ERROR_NONE;
}
