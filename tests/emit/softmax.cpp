// Written by tilesync of the kernel `softmax` in softmax.rs, for a2a3 (Ascend 910B and 910C).
// Specialised to 64 blocks and to the shapes below: for others, emit it again.
#include <pto/pto-inst.hpp>

using namespace pto;

constexpr uint32_t kBlocks = 64;
constexpr int64_t kXStride = 1024; // x: 4096 x 1024, from one of its rows to the next.
constexpr int64_t kYStride = 1024; // y: 4096 x 1024, from one of its rows to the next.
constexpr int kLoop1 = 8;          // softmax.rs:46

extern "C" __global__ AICORE void softmax(__gm__ float* x_gm, __gm__ float* y)
{
    using XTile = Tile<TileType::Vec, float, 8, 1024>;
    using PTile = Tile<TileType::Vec, float, 8, 1024>;
    using MaxTile = Tile<TileType::Vec, float, 8, 1, BLayout::ColMajor>;
    using MaxRowTile = Tile<TileType::Vec, float, 1, 8>;
    using SumTile = Tile<TileType::Vec, float, 8, 1, BLayout::ColMajor>;
    using SumRowTile = Tile<TileType::Vec, float, 1, 8>;
    using TmpTile = Tile<TileType::Vec, float, 8, 1024>;

    XTile x[2];
    PTile p[2];
    MaxTile max;
    MaxRowTile max_row;
    SumTile sum;
    SumRowTile sum_row;
    TmpTile tmp;
    TASSIGN(x[0], 0x0);
    TASSIGN(x[1], 0x8000);
    TASSIGN(p[0], 0x10000);
    TASSIGN(p[1], 0x18000);
    TASSIGN(max, 0x20000);
    TASSIGN(max_row, 0x20000); // max as one row
    TASSIGN(sum, 0x20020);
    TASSIGN(sum_row, 0x20020); // sum as one row
    TASSIGN(tmp, 0x20040);

    using XPart = GlobalTensor<float, pto::Shape<1, 1, 1, 8, 1024>, pto::Stride<1, 1, 1, kXStride, 1>>;
    using YPart = GlobalTensor<float, pto::Shape<1, 1, 1, 8, 1024>, pto::Stride<1, 1, 1, kYStride, 1>>;
    const int64_t block = get_block_idx();

    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID0); // softmax.rs:37
    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID1); // softmax.rs:37
    set_flag(PIPE_MTE3, PIPE_V, EVENT_ID1); // softmax.rs:38
    set_flag(PIPE_MTE3, PIPE_V, EVENT_ID2); // softmax.rs:38

    for (int i = 0; i < kLoop1; ++i) {
        wait_flag(PIPE_V, PIPE_MTE2, (event_t)(i % 2));
        XPart x_part(x_gm + (64 * block + 8 * i) * kXStride);
        TLOAD(x[i % 2], x_part); // softmax.rs:46
        set_flag(PIPE_MTE2, PIPE_V, (event_t)(i % 2));

        wait_flag(PIPE_MTE2, PIPE_V, (event_t)(i % 2));
        if (i > 0) pipe_barrier(PIPE_V);
        TROWMAX(max, x[i % 2], tmp);                    // softmax.rs:47
        wait_flag(PIPE_MTE3, PIPE_V, (event_t)(1 + i % 2));
        pipe_barrier(PIPE_V);
        TROWEXPANDEXPDIF(p[i % 2], x[i % 2], max, tmp); // softmax.rs:48
        set_flag(PIPE_V, PIPE_MTE2, (event_t)(i % 2));  // softmax.rs:49
        pipe_barrier(PIPE_V);
        TROWSUM(sum, p[i % 2], tmp);                    // softmax.rs:51
        pipe_barrier(PIPE_V);
        TRECIP(max_row, sum_row);                       // softmax.rs:53
        pipe_barrier(PIPE_V);
        TROWEXPANDMUL(p[i % 2], p[i % 2], max, tmp);    // softmax.rs:54
        set_flag(PIPE_V, PIPE_MTE3, (event_t)(1 + i % 2));

        wait_flag(PIPE_V, PIPE_MTE3, (event_t)(1 + i % 2));
        YPart y_part(y + (64 * block + 8 * i) * kYStride);
        TSTORE(y_part, p[i % 2]);                          // softmax.rs:55
        set_flag(PIPE_MTE3, PIPE_V, (event_t)(1 + i % 2)); // softmax.rs:56
    }

    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID0); // softmax.rs:61
    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID1); // softmax.rs:61
    wait_flag(PIPE_MTE3, PIPE_V, EVENT_ID1); // softmax.rs:61
    wait_flag(PIPE_MTE3, PIPE_V, EVENT_ID2); // softmax.rs:61
}

#ifndef __CPU_SIM
void launch_softmax(void* stream, float* x_gm, float* y)
{
    softmax<<<kBlocks, nullptr, stream>>>(x_gm, y);
}
#endif
