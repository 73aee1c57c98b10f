// TS016 18
#include "common.hpp"

// All blocks write rows of one table.
using Indices = Tile<TileType::Vec, int32_t, 1, 64>;

__global__ AICORE void kernel(__gm__ float* sum, __gm__ int32_t* rows, __gm__ float* in)
{
    Part a;
    Indices at;
    TASSIGN(a, 0);
    TASSIGN(at, 0x4000);
    Global from(in + get_block_idx() * part), table(sum);
    GlobalTensor<int32_t, Shape<1, 1, 1, 1, 64>, Stride<4096, 4096, 4096, 64, 1>> which(rows);
    TLOAD(a, from);
    TLOAD(at, which);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_V>();
    MSCATTER<Coalesce::Row>(table, a, at);
}

int main() { kernel<<<3, nullptr, nullptr>>>(filled(1), (int32_t*)filled(1), filled(3)); }
