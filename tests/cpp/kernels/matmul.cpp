// clean
#include "common.hpp"

template <pipe_t Src, pipe_t Dst>
AICORE void hand_over(int id)
{
    set_flag(Src, Dst, id);
    wait_flag(Src, Dst, id);
}

__global__ AICORE void kernel(__gm__ float* out, __gm__ half* in)
{
    using Wide = Tile<TileType::Mat, half, 64, 128, BLayout::ColMajor, 64, 128, SLayout::RowMajor>;
    using Deep = Tile<TileType::Mat, half, 128, 64, BLayout::RowMajor, 128, 64, SLayout::ColMajor>;
    using Left = Tile<TileType::Left, half, 64, 64, BLayout::ColMajor, 64, 64, SLayout::RowMajor>;
    using Right = Tile<TileType::Right, half, 64, 64, BLayout::RowMajor, 64, 64, SLayout::ColMajor>;
    using Sum = Tile<TileType::Acc, float, 64, 64, BLayout::ColMajor, 64, 64, SLayout::RowMajor, 1024>;
    using In = GlobalTensor<half, Shape<1, 1, 1, 64, 128>, Stride<8192, 8192, 8192, 128, 1>>;
    Wide a;
    Deep b;
    Left l;
    Right r;
    Sum c;
    TASSIGN(a, 0);
    TASSIGN(b, 0x4000);
    TASSIGN(l, 0);
    TASSIGN(r, 0);
    TASSIGN(c, 0);
    In from(in);
    Global to(out);
    TLOAD(a, from);
    TLOAD(b, from);
    hand_over<PIPE_MTE2, PIPE_MTE1>(0);
    for (int k = 0; k < 2; ++k) {
        TEXTRACT(l, a, 0, 64 * k);
        TEXTRACT(r, b, 64 * k, 0);
        hand_over<PIPE_MTE1, PIPE_M>(0);
        if (k == 0) TMATMUL<AccPhase::Partial>(c, l, r);
        else TMATMUL_ACC(c, c, l, r);
        hand_over<PIPE_M, PIPE_MTE1>(0);
    }
    hand_over<PIPE_M, PIPE_FIX>(0);
    TSTORE(to, c);
}

int main() { kernel<<<1, nullptr, nullptr>>>(allocated(1), (half*)filled(1)); }
