// TS013 14
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    // The last block starts in the middle of its part.
    const auto at = get_block_idx() == 2 ? 2 * part + part / 2 : get_block_idx() * part;
    Part a;
    TASSIGN(a, 0);
    Global from(in + get_block_idx() * part), to(out + at);
    TLOAD(a, from);
    set_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    wait_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    TSTORE(to, a);
}

int main() { kernel<<<3, nullptr, nullptr>>>(allocated(3), filled(3)); }
