// It calls abort() in its third block: what the first two did is judged.
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* in)
{
    Part a;
    TASSIGN(a, 0);
    Global from(in);
    TLOAD(a, from);
    set_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
    if (get_block_idx() == 2) std::abort();
    wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
}

int main() { kernel<<<4, nullptr, nullptr>>>(filled(1)); }
