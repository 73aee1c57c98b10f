// clean
#include "common.hpp"

// Elements of eight and of four bits, of which a byte has two.
template <class T>
AICORE void passes(__gm__ float* out, __gm__ float* in, int64_t at)
{
    Tile<TileType::Vec, T, 16, 64> a;
    TASSIGN(a, at);
    GlobalTensor<uint8_t, Shape<1, 1, 1, 16, 64>, Stride<1024, 1024, 1024, 64, 1>> from((uint8_t*)in), to((uint8_t*)out + at);
    TLOAD(a, from);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TSTORE(to, a);
    pipe_barrier(PIPE_ALL);
}

__global__ AICORE void kernel(__gm__ float* out, __gm__ float* in)
{
    passes<float8_e4m3_t>(out, in, 0);
    passes<float8_e5m2_t>(out, in, 0x400);
    passes<hifloat8_t>(out, in, 0x800);
    passes<float4_e2m1x2_t>(out, in, 0xc00);
    passes<float4_e1m2x2_t>(out, in, 0x1000);
    passes<int4b_t>(out, in, 0x1400);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(2), filled(1)); }
