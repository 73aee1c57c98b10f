// clean, note: `TNEW` is not known, and not judged
#include "common.hpp"

__global__ AICORE void kernel()
{
    Part a;
    TASSIGN(a, 0);
    TNEW(a, a);
    set_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
    wait_flag(PIPE_V, PIPE_MTE3, EVENT_ID0);
}

int main() { kernel<<<1>>>(); }
