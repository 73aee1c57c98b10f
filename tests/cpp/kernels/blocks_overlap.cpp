// TS016 15
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    const auto block = get_block_idx();
    Part a;
    TASSIGN(a, 0);
    Global from(in + block * part);
    // Half a part too near.
    Global to(out + block * part / 2);
    TLOAD(a, from);
    set_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    wait_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    TSTORE(to, a);
}

int main() { kernel<<<3, nullptr, nullptr>>>(allocated(3), filled(3)); }
