// TS001 15, TS007 12
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    Part a, b;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    Global from(in), to(out);
    Event<Op::TADD, Op::TSTORE_VEC> done;
    Event<Op::TLOAD, Op::TADD> loaded;
    loaded = TLOAD(a, from);

    // `loaded` is missing.
    done = TADD(b, a, a);
    TSTORE(to, b, done);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), filled(1)); }
