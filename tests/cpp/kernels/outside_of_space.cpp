// TS012 13, TS013 11, TS013 13
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    Part a, b;
    TASSIGN(a, 0x2d000); // Ends behind the 192 KB of a2a3.
    TASSIGN(b, 8); // Not at a multiple of 32.
    Global from(in), to(out);

    TLOAD(a, from);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, b);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), filled(1)); }
