// TS001 13
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    Part a;
    TASSIGN(a, 0);
    Global from(in), to(out);

    TLOAD(a, from);

    // The scalar pipe does not wait.
    if (a.GetValue(3) > 0) a.SetValue(4, 1);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, a);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), filled(1)); }
