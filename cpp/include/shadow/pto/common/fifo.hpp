// Stands in front of the library's header of this name: what begins and ends with a FIFO is recorded, as the simulator has nothing of it.
#pragma once
#include <tilesync/format.hpp>

// The directions through global memory are declared for a5 alone.
#if TILESYNC_CHIP == 1
#define PTO_NPU_ARCH_A5
#endif
#include_next <pto/common/fifo.hpp>
#undef PTO_NPU_ARCH_A5

// The library's class of this name becomes the base of ours, which `tilesync/fifo.hpp` has.
#define TPipe LibraryTPipe
