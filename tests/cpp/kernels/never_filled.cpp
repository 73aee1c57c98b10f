// TS017 9
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    Part a;
    TASSIGN(a, 0);
    Global from(in), to(out);
    TLOAD(a, from);
    set_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    wait_flag(PIPE_MTE2, PIPE_MTE3, EVENT_ID0);
    TSTORE(to, a);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), allocated(1)); }
