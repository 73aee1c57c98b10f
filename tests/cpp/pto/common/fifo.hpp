#pragma once
#include <cstdint>

namespace pto {
enum TileSplitAxis : uint8_t { TILE_NO_SPLIT, TILE_UP_DOWN, TILE_LEFT_RIGHT, TILE_UP_DOWN_ODD, TILE_LEFT_RIGHT_ODD };
enum Direction : uint8_t { DIR_C2V = 1, DIR_V2C, DIR_BOTH };

template <int SlotSize, int SlotNum, int LocalSlotNum>
struct RingFIFO {
    static constexpr uint32_t SLOT_SIZE = SlotSize, SLOT_NUM = SlotNum, LOCAL_SLOT_NUM = LocalSlotNum;
    void* GM_SLOT_BUFFER;
    uint32_t C2V_CONSUMER_BUF, V2C_CONSUMER_BUF;
    RingFIFO(void* slots, uint32_t vector, uint32_t cube) : GM_SLOT_BUFFER(slots), C2V_CONSUMER_BUF(vector), V2C_CONSUMER_BUF(cube) {}
};
} // namespace pto
