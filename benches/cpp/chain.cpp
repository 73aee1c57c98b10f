// A million records: loads, sums and stores, each after the flag of the one before.
#include "common.hpp"

__global__ AICORE void chain(__gm__ float* out, __gm__ float* in)
{
    Part a, b;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    for (int i = 0; i < 100'000; ++i) {
        Global from(in + i % 64 * part), to(out + i % 64 * part);
        TLOAD(a, from);
        set_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
        wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
        TADD(b, a, a);
        set_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
        wait_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
        TSTORE(to, b);
        set_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID0);
        wait_flag(PIPE_MTE3, PIPE_MTE2, EVENT_ID0);
        pipe_barrier(PIPE_V);
    }
}

// No launch, which this compiler would not know: the block is where the calls are.
int main() { chain(filled(64), filled(64)); }
