// The cube core hands a tile over to the vector core, through global memory and a cross-core flag. Each side is compiled by itself.
#include "../kernels/common.hpp"

__global__ AICORE void kernel(__gm__ float* in, __gm__ float* between, __gm__ float* out)
{
    Global from(in), middle(between), to(out);
    Part a;
    TASSIGN(a, 0);
#if defined(__DAV_CUBE__)
    TLOAD(a, from);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(middle, a);
    ffts_cross_core_sync(PIPE_MTE3, 1 | 2 << 4 | 5 << 8);
#else
#ifndef NO_WAIT
    wait_flag_dev(5);
#endif
    TLOAD(a, middle);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, a);
#endif
}

int main() { kernel<<<1, nullptr, nullptr>>>(filled(1), allocated(1), allocated(1)); }
