// clean
#include "common.hpp"

// All blocks add to one part, then meet, then read what came out.
__global__ AICORE void kernel(__gm__ float* sum, __gm__ float* out, __gm__ float* in)
{
    const auto block = get_block_idx();
    Part a, b;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    Global from(in + block * part), all(sum), to(out + block * part);
    TLOAD(a, from);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE<Part, Global, AtomicType::AtomicAdd>(all, a);
    SYNCALL();
    TLOAD(b, all);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, b);
}

int main() { kernel<<<get_block_num() + 2, nullptr, nullptr>>>(filled(1), allocated(3), filled(3)); }
