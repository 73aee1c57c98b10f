// Stands in front of the library's header of this name: the end of a FIFO is recorded, as the simulator has none.
#pragma once
#include <cstdint>

#include <tilesync/call.hpp>

#define RingFIFO LibraryRingFIFO
#include_next <pto/common/fifo.hpp>
#undef RingFIFO

namespace tilesync {

// How far the producer of a FIFO has come.
struct Produced {
    uint32_t fifo = 0; // One more than the number; 0: nothing.
    uint32_t messages = 0;
    ~Produced();
};

TILESYNC_NOINLINE inline void step(Step which, uint32_t fifo, uint32_t message)
{
    Stream& s = Stream::here();
    if (!s.records()) return;
    in_some_block(s);
    uint64_t site = s.site();
    s.out.tag(Tag::Step);
    for (uint64_t n : {uint64_t(which), uint64_t(fifo), uint64_t(message), site}) s.out.number(n);
    s.ended_record();
}

// The device's producer takes the credits that are left when its FIFO is destroyed.
TILESYNC_NOINLINE inline Produced::~Produced()
{
    if (fifo) step(Step::Drain, fifo - 1, messages);
}

} // namespace tilesync

namespace pto {
template <auto SlotSize, auto SlotNum, auto LocalSlotNum>
struct RingFIFO : LibraryRingFIFO<SlotSize, SlotNum, LocalSlotNum> {
    using LibraryRingFIFO<SlotSize, SlotNum, LocalSlotNum>::LibraryRingFIFO;
    ::tilesync::Produced produced[2]; // By direction.
};
} // namespace pto
