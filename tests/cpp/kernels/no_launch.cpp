// clean, note: no launch, block 0, 4 instructions: no findings
// Ops that the host calls without a launch, from two functions that nothing of this program calls, as tests are: each is a kernel of its own,
// and what one of them did with the tile is over when the other begins.
#include "common.hpp"

static void use_the_tile()
{
    Part a;
    TASSIGN(a, 0);
    Global from(filled(1)), to(allocated(1));
    TLOAD(a, from);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, a);
}

__attribute__((constructor)) static void one_test() { use_the_tile(); }
__attribute__((constructor)) static void another_test() { use_the_tile(); }

int main() {}
