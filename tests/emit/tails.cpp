// Written by tilesync of the kernel `add` in tails.rs, for a2a3 (Ascend 910B and 910C).
// Specialised to 112 blocks and to the shapes below: for others, emit it again.
#include <pto/pto-inst.hpp>

using namespace pto;

constexpr uint32_t kBlocks = 112;
constexpr int64_t kAcross = 7;    // Blocks side by side.
constexpr int64_t kXStride = 777; // x: 1000 x 777, from one of its rows to the next.
constexpr int64_t kYStride = 777; // y: 1000 x 777, from one of its rows to the next.
constexpr int64_t kZStride = 777; // z: 1000 x 777, from one of its rows to the next.

extern "C" __global__ AICORE void add(__gm__ float* x_gm, __gm__ float* y_gm, __gm__ float* z)
{
    using XTile = Tile<TileType::Vec, float, 64, 128, BLayout::RowMajor, -1, -1>;
    using YTile = Tile<TileType::Vec, float, 64, 128, BLayout::RowMajor, -1, -1>;

    XTile x;
    YTile y;
    TASSIGN(x, 0x0);
    TASSIGN(y, 0x8000);

    using XPart = GlobalTensor<float, pto::Shape<1, 1, 1, -1, -1>, pto::Stride<1, 1, 1, kXStride, 1>>;
    using YPart = GlobalTensor<float, pto::Shape<1, 1, 1, -1, -1>, pto::Stride<1, 1, 1, kYStride, 1>>;
    using ZPart = GlobalTensor<float, pto::Shape<1, 1, 1, -1, -1>, pto::Stride<1, 1, 1, kZStride, 1>>;
    const int64_t block = get_block_idx();
    const int64_t block_row = block / kAcross, block_col = block % kAcross;
    const int rows = block_row == 15 ? 40 : 64;
    const int cols = block_col == 6 ? 9 : 128;

    x.SetValidShape(rows, cols);
    XPart x_part(x_gm + 64 * block_row * kXStride + 128 * block_col, XPart::Shape(rows, cols));
    TLOAD(x, x_part); // tails.rs:28
    set_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
    y.SetValidShape(rows, cols);
    YPart y_part(y_gm + 64 * block_row * kYStride + 128 * block_col, YPart::Shape(rows, cols));
    TLOAD(y, y_part); // tails.rs:29
    set_flag(PIPE_MTE2, PIPE_V, EVENT_ID1);

    wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID1);
    wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID0);
    TADD(y, y, x); // tails.rs:30
    set_flag(PIPE_V, PIPE_MTE3, EVENT_ID1);

    wait_flag(PIPE_V, PIPE_MTE3, EVENT_ID1);
    ZPart z_part(z + 64 * block_row * kZStride + 128 * block_col, ZPart::Shape(rows, cols));
    TSTORE(z_part, y); // tails.rs:31
}

#ifndef __CPU_SIM
void launch_add(void* stream, float* x_gm, float* y_gm, float* z)
{
    add<<<kBlocks, nullptr, stream>>>(x_gm, y_gm, z);
}
#endif
