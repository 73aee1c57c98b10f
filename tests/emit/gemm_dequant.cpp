// Written by tilesync of the kernel `gemm_dequant` in gemm_dequant.rs, for a2a3 (Ascend 910B and 910C).
// Specialised to 16 blocks and to the shapes below: for others, emit it again.
#include <pto/pto-inst.hpp>

using namespace pto;

constexpr uint32_t kBlocks = 16;
constexpr int64_t kSumsElements = 16384;
using SumsPipe = TPipe<0, Direction::DIR_C2V, 16384, 4>; // 4 messages of 64 x 64.

#if defined(__DAV_CUBE__)
AICORE inline void gemm_dequant_cube(__gm__ int8_t* a_gm, __gm__ int8_t* b_gm, __gm__ int32_t* sums_slots)
{
    constexpr int64_t kAStride = 1024; // a: 1024 x 1024, from one of its rows to the next.
    constexpr int64_t kBStride = 1024; // b: 1024 x 1024, from one of its rows to the next.
    constexpr int kLoop1 = 16;         // gemm_dequant.rs:86
    constexpr int kLoop2 = 8;          // gemm_dequant.rs:86

    using ATile = Tile<TileType::Mat, int8_t, 64, 128, BLayout::ColMajor, 64, 128, SLayout::RowMajor>;
    using BTile = Tile<TileType::Mat, int8_t, 128, 64, BLayout::ColMajor, 128, 64, SLayout::RowMajor>;
    using LeftTile = TileLeft<int8_t, 64, 128>;
    using RightTile = TileRight<int8_t, 128, 64>;
    using AccTile = TileAcc<int32_t, 64, 64>;

    ATile a[2];
    BTile b[2];
    TASSIGN(a[0], 0x0);
    TASSIGN(a[1], 0x2000);
    TASSIGN(b[0], 0x4000);
    TASSIGN(b[1], 0x6000);
    LeftTile left[2];
    TASSIGN(left[0], 0x0);
    TASSIGN(left[1], 0x2000);
    RightTile right[2];
    TASSIGN(right[0], 0x0);
    TASSIGN(right[1], 0x2000);
    AccTile acc[2];
    TASSIGN(acc[0], 0x0);
    TASSIGN(acc[1], 0x4000);

    using APart = GlobalTensor<int8_t, pto::Shape<1, 1, 1, 64, 128>, pto::Stride<1, 1, 1, kAStride, 1>>;
    using BPart = GlobalTensor<int8_t, pto::Shape<1, 1, 1, 128, 64>, pto::Stride<1, 1, 1, kBStride, 1>>;
    const int64_t block = get_block_idx();

    SumsPipe sums_pipe(sums_slots + block * kSumsElements, 0, 0);
    using SumsSlot = GlobalTensor<int32_t, pto::Shape<1, 1, 1, 64, 64>, pto::Stride<1, 1, 1, 64, 1>>;
    SumsSlot sums_slot(nullptr);

    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID0); // gemm_dequant.rs:70
    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID1); // gemm_dequant.rs:70
    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID2); // gemm_dequant.rs:71
    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID3); // gemm_dequant.rs:71
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID0);    // gemm_dequant.rs:72
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID1);    // gemm_dequant.rs:72
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID2);    // gemm_dequant.rs:73
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID3);    // gemm_dequant.rs:73
    set_flag(PIPE_FIX, PIPE_M, EVENT_ID0);     // gemm_dequant.rs:74
    set_flag(PIPE_FIX, PIPE_M, EVENT_ID1);     // gemm_dequant.rs:74

    for (int i = 0; i < kLoop1; ++i) {
        for (int j = 0; j < kLoop2; ++j) {
            wait_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(j % 2));
            APart a_part(a_gm + 64 * block * kAStride + 128 * j);
            TLOAD(a[j % 2], a_part); // gemm_dequant.rs:86
            set_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(2 * (j % 2)));

            wait_flag(PIPE_M, PIPE_MTE1, (event_t)(j % 2));
            wait_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(2 * (j % 2)));
            TMOV(left[j % 2], a[j % 2]);                      // gemm_dequant.rs:88
            set_flag(PIPE_MTE1, PIPE_M, (event_t)(2 * (j % 2)));
            set_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(j % 2)); // gemm_dequant.rs:89

            wait_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(2 + j % 2));
            BPart b_part(b_gm + 128 * j * kBStride + 64 * i);
            TLOAD(b[j % 2], b_part); // gemm_dequant.rs:92
            set_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(1 + 2 * (j % 2)));

            wait_flag(PIPE_M, PIPE_MTE1, (event_t)(2 + j % 2));
            wait_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(1 + 2 * (j % 2)));
            TMOV(right[j % 2], b[j % 2]);                         // gemm_dequant.rs:94
            set_flag(PIPE_MTE1, PIPE_M, (event_t)(1 + 2 * (j % 2)));
            set_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(2 + j % 2)); // gemm_dequant.rs:95
            if (j == 0) {
                wait_flag(PIPE_FIX, PIPE_M, (event_t)(i % 2));
                wait_flag(PIPE_MTE1, PIPE_M, EVENT_ID0);
                wait_flag(PIPE_MTE1, PIPE_M, EVENT_ID1);
                TMATMUL(acc[i % 2], left[0], right[0]); // gemm_dequant.rs:98
            } else {
                wait_flag(PIPE_MTE1, PIPE_M, (event_t)(2 * (j % 2)));
                wait_flag(PIPE_MTE1, PIPE_M, (event_t)(1 + 2 * (j % 2)));
                TMATMUL_ACC(acc[i % 2], acc[i % 2], left[j % 2], right[j % 2]); // gemm_dequant.rs:99
            }
            set_flag(PIPE_M, PIPE_MTE1, (event_t)(j % 2));     // gemm_dequant.rs:101
            set_flag(PIPE_M, PIPE_MTE1, (event_t)(2 + j % 2)); // gemm_dequant.rs:102
        }

        set_flag(PIPE_M, PIPE_FIX, (event_t)(i % 2));

        TALLOC<SumsPipe, SumsSlot, TileSplitAxis::TILE_UP_DOWN>(sums_pipe, sums_slot); // gemm_dequant.rs:106

        wait_flag(PIPE_M, PIPE_FIX, (event_t)(i % 2));
        TSTORE(sums_slot, acc[i % 2]);                                                // gemm_dequant.rs:106
        TPUSH<SumsPipe, SumsSlot, TileSplitAxis::TILE_UP_DOWN>(sums_pipe, sums_slot); // gemm_dequant.rs:106
        set_flag(PIPE_FIX, PIPE_M, (event_t)(i % 2));                                 // gemm_dequant.rs:107
    }

    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID0); // gemm_dequant.rs:111
    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID1); // gemm_dequant.rs:111
    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID2); // gemm_dequant.rs:111
    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID3); // gemm_dequant.rs:111
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID0);    // gemm_dequant.rs:111
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID1);    // gemm_dequant.rs:111
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID2);    // gemm_dequant.rs:111
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID3);    // gemm_dequant.rs:111
    wait_flag(PIPE_FIX, PIPE_M, EVENT_ID0);     // gemm_dequant.rs:111
    wait_flag(PIPE_FIX, PIPE_M, EVENT_ID1);     // gemm_dequant.rs:111
}
#endif

#if defined(__DAV_VEC__)
AICORE inline void gemm_dequant_vector(
    __gm__ float* scale_gm, __gm__ float* bias_gm, __gm__ float* y_gm, __gm__ int32_t* sums_slots)
{
    constexpr int64_t kScaleStride = 1024; // scale: 1 x 1024, from one of its rows to the next.
    constexpr int64_t kBiasStride = 1024;  // bias: 1 x 1024, from one of its rows to the next.
    constexpr int64_t kYStride = 1024;     // y: 1024 x 1024, from one of its rows to the next.
    constexpr int kLoop1 = 16;             // gemm_dequant.rs:135

    using SumsTile = Tile<TileType::Vec, int32_t, 32, 64>;
    using YTile = Tile<TileType::Vec, float, 32, 64>;
    using ScaleTile = Tile<TileType::Vec, float, 1, 64>;
    using BiasTile = Tile<TileType::Vec, float, 1, 64>;

    SumsTile sums[2];
    YTile y[2];
    ScaleTile scale;
    BiasTile bias;
    TASSIGN(sums[0], 0x0);
    TASSIGN(sums[1], 0x2000);
    TASSIGN(y[0], 0x4000);
    TASSIGN(y[1], 0x6000);
    TASSIGN(scale, 0x8000);
    TASSIGN(bias, 0x8100);

    using ScalePart = GlobalTensor<float, pto::Shape<1, 1, 1, 1, 64>, pto::Stride<1, 1, 1, kScaleStride, 1>>;
    using BiasPart = GlobalTensor<float, pto::Shape<1, 1, 1, 1, 64>, pto::Stride<1, 1, 1, kBiasStride, 1>>;
    using YPart = GlobalTensor<float, pto::Shape<1, 1, 1, 32, 64>, pto::Stride<1, 1, 1, kYStride, 1>>;
    const int64_t block = get_block_idx();
    const int64_t sub_block = get_subblockid();

    SumsPipe sums_pipe(sums_slots + block * kSumsElements, 0, 0);
    using SumsSlot = GlobalTensor<int32_t, pto::Shape<1, 1, 1, 32, 64>, pto::Stride<1, 1, 1, 64, 1>>;
    SumsSlot sums_slot(nullptr);

    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID0); // gemm_dequant.rs:122
    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID1); // gemm_dequant.rs:122
    set_flag(PIPE_MTE3, PIPE_V, EVENT_ID1); // gemm_dequant.rs:123
    set_flag(PIPE_MTE3, PIPE_V, EVENT_ID2); // gemm_dequant.rs:123
    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID2); // gemm_dequant.rs:124
    set_flag(PIPE_V, PIPE_MTE2, EVENT_ID3); // gemm_dequant.rs:125

    for (int i = 0; i < kLoop1; ++i) {
        TPOP<SumsPipe, SumsSlot, TileSplitAxis::TILE_UP_DOWN>(sums_pipe, sums_slot); // gemm_dequant.rs:135

        wait_flag(PIPE_V, PIPE_MTE2, (event_t)(i % 2));
        TLOAD(sums[i % 2], sums_slot);                                                // gemm_dequant.rs:136
        TFREE<SumsPipe, SumsSlot, TileSplitAxis::TILE_UP_DOWN>(sums_pipe, sums_slot); // gemm_dequant.rs:137
        set_flag(PIPE_MTE2, PIPE_V, (event_t)(3 * (i % 2)));                          // gemm_dequant.rs:138
        wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID2);
        ScalePart scale_part(scale_gm + 64 * i);
        TLOAD(scale, scale_part);                                                     // gemm_dequant.rs:139
        set_flag(PIPE_MTE2, PIPE_V, EVENT_ID1);
        wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID3);
        BiasPart bias_part(bias_gm + 64 * i);
        TLOAD(bias, bias_part);                                                       // gemm_dequant.rs:140
        set_flag(PIPE_MTE2, PIPE_V, EVENT_ID2);

        wait_flag(PIPE_MTE3, PIPE_V, (event_t)(1 + i % 2));
        wait_flag(PIPE_MTE2, PIPE_V, (event_t)(3 * (i % 2)));
        TCVT(y[i % 2], sums[i % 2], RoundMode::CAST_RINT, SaturationMode::OFF); // gemm_dequant.rs:143
        set_flag(PIPE_V, PIPE_MTE2, (event_t)(i % 2));                          // gemm_dequant.rs:144
        wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID1);
        pipe_barrier(PIPE_V);
        TCOLEXPANDMUL(y[i % 2], y[i % 2], scale);                               // gemm_dequant.rs:145
        wait_flag(PIPE_MTE2, PIPE_V, EVENT_ID2);
        pipe_barrier(PIPE_V);
        TCOLEXPANDADD(y[i % 2], y[i % 2], bias);                                // gemm_dequant.rs:146
        set_flag(PIPE_V, PIPE_MTE3, (event_t)(1 + i % 2));
        set_flag(PIPE_V, PIPE_MTE2, EVENT_ID2);                                 // gemm_dequant.rs:147
        set_flag(PIPE_V, PIPE_MTE2, EVENT_ID3);                                 // gemm_dequant.rs:147

        wait_flag(PIPE_V, PIPE_MTE3, (event_t)(1 + i % 2));
        YPart y_part(y_gm + (64 * block + 32 * sub_block) * kYStride + 64 * i);
        TSTORE(y_part, y[i % 2]); // gemm_dequant.rs:149
        set_flag(PIPE_MTE3, PIPE_V, (event_t)(1 + i % 2));
    }

    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID0); // gemm_dequant.rs:157
    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID1); // gemm_dequant.rs:157
    wait_flag(PIPE_MTE3, PIPE_V, EVENT_ID1); // gemm_dequant.rs:157
    wait_flag(PIPE_MTE3, PIPE_V, EVENT_ID2); // gemm_dequant.rs:157
    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID2); // gemm_dequant.rs:157
    wait_flag(PIPE_V, PIPE_MTE2, EVENT_ID3); // gemm_dequant.rs:157
}
#endif

extern "C" __global__ AICORE void gemm_dequant(
    __gm__ uint64_t* ffts, __gm__ int8_t* a_gm, __gm__ int8_t* b_gm, __gm__ float* scale_gm, __gm__ float* bias_gm,
    __gm__ float* y_gm, __gm__ int32_t* sums_slots)
{
    set_ffts_base_addr((uint64_t)ffts);
#if defined(__DAV_CUBE__)
    gemm_dequant_cube(a_gm, b_gm, sums_slots);
#endif
#if defined(__DAV_VEC__)
    gemm_dequant_vector(scale_gm, bias_gm, y_gm, sums_slots);
#endif
}

#ifndef __CPU_SIM
extern "C" int rtGetC2cCtrlAddr(uint64_t* address, uint32_t* length);

// sums_slots: memory for messages, kBlocks * kSumsElements elements.
void launch_gemm_dequant(
    void* stream, int8_t* a_gm, int8_t* b_gm, float* scale_gm, float* bias_gm, float* y_gm, int32_t* sums_slots)
{
    uint64_t ffts = 0;
    uint32_t length = 0;
    rtGetC2cCtrlAddr(&ffts, &length);
    gemm_dequant<<<kBlocks, nullptr, stream>>>((uint64_t*)ffts, a_gm, b_gm, scale_gm, bias_gm, y_gm, sums_slots);
}
#endif
