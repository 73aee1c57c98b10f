// `kernel<<<blocks, l2, stream>>>(arguments)`, which `tilesync` rewrites into a call of launch: the blocks run one after another.
#pragma once
#include "call.hpp"

namespace tilesync {

struct Grid {
    template <class Blocks, class... Rest>
    Grid(Blocks blocks, Rest&&...) : blocks(static_cast<uint64_t>(blocks))
    {}
    uint64_t blocks;
};

template <class Kernel, class... A>
TILESYNC_NOINLINE void launch(const char* name, Grid grid, Kernel&& kernel, A&&... a)
{
    Stream& s = Stream::here();
    // A cluster has one cube core.
    const char* wanted = TILESYNC_SIDE == 1 ? nullptr : std::getenv("TILESYNC_SUBBLOCKS");
    uint64_t subs = wanted && std::atoi(wanted) > 0 ? std::atoi(wanted) : 1;
    uint64_t number = 0;
    if (s.on()) {
        s.finish();
        number = Recorder::get().launch(name, grid.blocks);
    }
    launched = true;
    for (uint64_t block = 0; block < grid.blocks; ++block) {
        for (uint64_t sub = 0; sub < subs; ++sub) {
            pto::cpu_sim::set_execution_context(block, sub, subs);
            if (s.on()) s.begin(number, block, sub, subs, grid.blocks);
            s.entered_at(__builtin_frame_address(0));
            kernel(a...);
            if (s.on()) s.finish();
        }
    }
    pto::cpu_sim::reset_execution_context();
    launched = false;
}

} // namespace tilesync
