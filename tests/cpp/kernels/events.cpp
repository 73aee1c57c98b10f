// clean
#include "common.hpp"

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    Part a, b;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    Global from(in), to(out);
    Event<Op::TLOAD, Op::TADD> loaded = TLOAD(a, from);
    Event<Op::TADD, Op::TEXP> added;
    Event<Op::TEXP, Op::TSTORE_VEC> done;
    added = TADD(b, a, a, loaded);
    done = TEXP(b, b, added); // One pipe: a barrier.
    TSTORE(to, b, done);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), filled(1)); }
