#pragma once
#include <pto/common/fifo.hpp>

namespace pto {
// A FIFO between the cores of a cluster. Nothing moves through it here.
template <uint8_t FlagID, uint8_t DirType, uint32_t SlotSize, uint32_t SlotNum, uint32_t LocalSlotNum = 2, bool IsNoSplit = false, bool EN_UNIT_FLAG = false>
struct TPipe {
    struct Producer {
        int tileIndex = 0, entryOffset = 0;
        bool allocates = true, records = true;
        bool getAllocateStatus() const { return allocates; }
        bool getRecordStatus() const { return records; }
    };
    struct Consumer {
        int tileIndex = 0, entryOffset = 0;
        bool waits = true, frees = true;
        void setFreeStatus(bool free) { frees = free; }
        bool getWaitStatus() const { return waits; }
        bool getFreeStatus() const { return frees; }
    };
    using RingFiFo = RingFIFO<SlotSize, SlotNum, LocalSlotNum>;
    RingFiFo fifo;
    Producer prod;
    Consumer cons;
    TPipe(void* slots, uint32_t vector, uint32_t cube) : fifo(slots, vector, cube) {}
};

template <class Pipe, class X, TileSplitAxis Split>
PTO_INTERNAL void TPUSH_IMPL(Pipe&, X&) {}
template <class Pipe, class X, TileSplitAxis Split>
PTO_INTERNAL void TPOP_IMPL(Pipe&, X&) {}
template <class Pipe, class Global, TileSplitAxis Split>
PTO_INTERNAL void TALLOC_IMPL(Pipe&, Global&) {}
template <class Pipe, class Global, TileSplitAxis Split>
PTO_INTERNAL void TFREE_IMPL(Pipe&, Global&) {}
template <class Pipe, TileSplitAxis Split>
PTO_INTERNAL void TFREE_IMPL(Pipe&) {}
} // namespace pto
