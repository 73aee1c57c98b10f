// PTO's `Event`, which its simulator lacks: the same ids, the same barriers, through the flags that are recorded.
#pragma once
#include <pto/common/event.hpp>

#include "flags.hpp"

namespace tilesync {

// The next id of a pair of pipes, round-robin over 8, from 0 in every block. It is taken when an event is made, in use or not.
inline int next_id(uint64_t src, uint64_t dst)
{
    struct Ids {
        uint64_t block = 0;
        uint8_t next[9][9] = {};
    };
    static thread_local Ids ids;
    if (ids.block != Stream::here().block_count()) ids = {Stream::here().block_count(), {}};
    uint8_t& next = ids.next[src][dst];
    int id = next;
    next = (id + 1) % 8;
    return id;
}

// Whether a wait for an op of the same pipe is a barrier: on a5, only of MTE2 and MTE3.
constexpr bool barrier_within([[maybe_unused]] pipe_t pipe)
{
#if TILESYNC_CHIP == 1
    return pipe == PIPE_MTE2 || pipe == PIPE_MTE3;
#else
    return true;
#endif
}

} // namespace tilesync

namespace pto {

template <Op Src, Op Dst, bool AutoToken = true, event_t EventID = EVENT_ID0>
struct Event : EventBaseTag {
    static constexpr Op srcOp = Src, dstOp = Dst;
    static constexpr pipe_t srcPipe = OpPipeEntry<Src>::pipe, dstPipe = OpPipeEntry<Dst>::pipe;
    static constexpr bool isSamePipe = srcPipe == dstPipe;
#if TILESYNC_CHIP == 1
    static constexpr bool IsCrossCore = Src == Op::TMOV_A2V || Src == Op::TMOV_V2M || Src == Op::TEXTRACT_V2M;
#else
    static constexpr bool IsCrossCore = (Src == Op::TMOV_A2V && dstPipe == PIPE_V) ||
                                        ((Src == Op::TMOV_V2M || Src == Op::TEXTRACT_V2M) && dstPipe == PIPE_MTE1);
#endif
    static_assert(!IsCrossCore || !AutoToken, "an event between cores needs its id");

    const event_t token = AutoToken ? ::tilesync::next_id(::tilesync::pipe_number(srcPipe), ::tilesync::pipe_number(dstPipe)) : EventID;

    Event() = default;
    TILESYNC_NOINLINE Event(RecordEvent) { Init(); }
    TILESYNC_NOINLINE Event& operator=(RecordEvent) { return Init(); }
    Event& InitAddr(uint64_t) { return *this; }

    template <uint8_t CrossCoreId = 0xff>
    TILESYNC_NOINLINE Event& Init()
    {
        if constexpr (IsCrossCore) TILESYNC_CROSS("Event::Init", srcPipe, CrossCoreId);
        else if constexpr (!isSamePipe) set_flag(srcPipe, dstPipe, token);
        return *this;
    }
    template <uint8_t CrossCoreId = 0xff>
    TILESYNC_NOINLINE Event& Record()
    {
        return Init<CrossCoreId>();
    }
    template <uint8_t CrossCoreId = 0xff>
    TILESYNC_NOINLINE Event& Wait()
    {
        if constexpr (IsCrossCore) TILESYNC_CROSS("Event::Wait", dstPipe, CrossCoreId);
        else if constexpr (!isSamePipe) wait_flag(srcPipe, dstPipe, token);
        else if constexpr (::tilesync::barrier_within(srcPipe)) pipe_barrier(srcPipe);
        return *this;
    }
};

} // namespace pto
