// Written by tilesync of the kernel `gemm` in gemm.rs, for a2a3 (Ascend 910B and 910C).
// Specialised to 16 blocks and to the shapes below: for others, emit it again.
#include <pto/pto-inst.hpp>

using namespace pto;

constexpr uint32_t kBlocks = 16;
constexpr int64_t kAcross = 4;     // Blocks side by side.
constexpr int64_t kAStride = 1024; // a: 1024 x 1024, from one of its rows to the next.
constexpr int64_t kBStride = 1024; // b: 1024 x 1024, from one of its rows to the next.
constexpr int64_t kCStride = 1024; // c: 1024 x 1024, from one of its rows to the next.
constexpr int kLoop1 = 2;          // gemm.rs:61
constexpr int kLoop2 = 4;          // gemm.rs:61
constexpr int kLoop3 = 4;          // gemm.rs:67

extern "C" __global__ AICORE void gemm(__gm__ float* a, __gm__ float* b, __gm__ float* c)
{
    using L1ATile = Tile<TileType::Mat, float, 128, 256, BLayout::ColMajor, 128, 256, SLayout::RowMajor>;
    using L1BTile = Tile<TileType::Mat, float, 256, 128, BLayout::ColMajor, 256, 128, SLayout::RowMajor>;
    using L0ATile = TileLeft<float, 128, 64>;
    using L0BTile = TileRight<float, 64, 128>;
    using AccTile = TileAcc<float, 128, 128>;

    L1ATile l1_a[2];
    L1BTile l1_b[2];
    TASSIGN(l1_a[0], 0x0);
    TASSIGN(l1_a[1], 0x40000);
    TASSIGN(l1_b[0], 0x20000);
    TASSIGN(l1_b[1], 0x60000);
    L0ATile l0_a[2];
    TASSIGN(l0_a[0], 0x0);
    TASSIGN(l0_a[1], 0x8000);
    L0BTile l0_b[2];
    TASSIGN(l0_b[0], 0x0);
    TASSIGN(l0_b[1], 0x8000);
    AccTile acc;
    TASSIGN(acc, 0x0);

    using APart = GlobalTensor<float, pto::Shape<1, 1, 1, 128, 256>, pto::Stride<1, 1, 1, kAStride, 1>>;
    using BPart = GlobalTensor<float, pto::Shape<1, 1, 1, 256, 128>, pto::Stride<1, 1, 1, kBStride, 1>>;
    using CPart = GlobalTensor<float, pto::Shape<1, 1, 1, 128, 128>, pto::Stride<1, 1, 1, kCStride, 1>>;
    const int64_t block = get_block_idx();
    const int64_t block_row = block / kAcross, block_col = block % kAcross;

    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID0); // gemm.rs:50
    set_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID1); // gemm.rs:50
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID0);    // gemm.rs:51
    set_flag(PIPE_M, PIPE_MTE1, EVENT_ID1);    // gemm.rs:51
    set_flag(PIPE_FIX, PIPE_M, EVENT_ID0);     // gemm.rs:52

    for (int i = 0; i < kLoop1; ++i) {
        for (int j = 0; j < kLoop1; ++j) {
            for (int k = 0; k < kLoop2; ++k) {
                wait_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(k % 2));
                APart a_part(a + (256 * block_row + 128 * i) * kAStride + 256 * k);
                TLOAD(l1_a[k % 2], a_part); // gemm.rs:61
                set_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(2 * (k % 2)));
                BPart b_part(b + 256 * k * kBStride + 256 * block_col + 128 * j);
                TLOAD(l1_b[k % 2], b_part); // gemm.rs:62
                set_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(1 + 2 * (k % 2)));

                for (int l = 0; l < kLoop3; ++l) {
                    wait_flag(PIPE_M, PIPE_MTE1, (event_t)(l % 2));
                    if (l == 0) wait_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(2 * (k % 2)));
                    TEXTRACT(l0_a[l % 2], l1_a[k % 2], 0, 64 * l); // gemm.rs:67
                    if (l == 0) wait_flag(PIPE_MTE2, PIPE_MTE1, (event_t)(1 + 2 * (k % 2)));
                    TEXTRACT(l0_b[l % 2], l1_b[k % 2], 64 * l, 0); // gemm.rs:68
                    set_flag(PIPE_MTE1, PIPE_M, (event_t)(l % 2)); // gemm.rs:69
                    if (l == 0 && k == 0) {
                        wait_flag(PIPE_FIX, PIPE_M, EVENT_ID0);
                        wait_flag(PIPE_MTE1, PIPE_M, EVENT_ID0);
                        TMATMUL(acc, l0_a[0], l0_b[0]); // gemm.rs:71
                    } else {
                        wait_flag(PIPE_MTE1, PIPE_M, (event_t)(l % 2));
                        TMATMUL_ACC(acc, acc, l0_a[l % 2], l0_b[l % 2]); // gemm.rs:72
                    }
                    set_flag(PIPE_M, PIPE_MTE1, (event_t)(l % 2)); // gemm.rs:74
                }

                set_flag(PIPE_MTE1, PIPE_MTE2, (event_t)(k % 2)); // gemm.rs:76
            }

            set_flag(PIPE_M, PIPE_FIX, EVENT_ID0);

            wait_flag(PIPE_M, PIPE_FIX, EVENT_ID0);
            CPart c_part(c + (256 * block_row + 128 * i) * kCStride + 256 * block_col + 128 * j);
            TSTORE(c_part, acc); // gemm.rs:80
            set_flag(PIPE_FIX, PIPE_M, EVENT_ID0);
        }
    }

    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID0); // gemm.rs:84
    wait_flag(PIPE_MTE1, PIPE_MTE2, EVENT_ID1); // gemm.rs:84
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID0);    // gemm.rs:84
    wait_flag(PIPE_M, PIPE_MTE1, EVENT_ID1);    // gemm.rs:84
    wait_flag(PIPE_FIX, PIPE_M, EVENT_ID0);     // gemm.rs:84
}

#ifndef __CPU_SIM
void launch_gemm(void* stream, float* a, float* b, float* c)
{
    gemm<<<kBlocks, nullptr, stream>>>(a, b, c);
}
#endif
