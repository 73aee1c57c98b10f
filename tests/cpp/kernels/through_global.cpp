// TS001 16
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* scratch, __gm__ float* in)
{
    Part a, b;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    Global from(in), there(scratch);
    TLOAD(a, from);
    set_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    wait_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    TSTORE(there, a);

    // Nothing says that the store is done.
    TLOAD(b, there);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), filled(1)); }
