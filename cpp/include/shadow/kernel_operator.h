// Stands for the device's header of this name: what of it kernels use that are otherwise PTO.
#pragma once
#include <tilesync/trace.hpp>

#ifndef GM_ADDR
#define GM_ADDR __gm__ uint8_t*
#endif

namespace AscendC {
inline int64_t GetBlockNum() { return get_block_num(); }
inline int64_t GetBlockIdx() { return get_block_idx(); }
inline int64_t GetSubBlockIdx() { return get_subblockid(); }
} // namespace AscendC
