// The cube pushes tiles to the vector cores, which push slots back. Each side is compiled by itself. The program's first argument breaks it;
// the second is the number of blocks.
#include "../kernels/common.hpp"

#include <cstring>

constexpr int turns = 8;
using HalfPart = Tile<TileType::Vec, float, 32, 64>;
using HalfGlobal = GlobalTensor<float, Shape<1, 1, 1, 32, 64>, Stride<2048, 2048, 2048, 64, 1>>;
using InL1 = Tile<TileType::Mat, float, 64, 64, BLayout::ColMajor, 64, 64, SLayout::RowMajor>;

using Sums = TPipe<0, Direction::DIR_C2V, part * sizeof(float), 2>;
template <uint8_t Flag>
using Back = TPipe<Flag, Direction::DIR_V2C, part * sizeof(float), 2>;

const char* broken = "";
bool is(const char* what) { return !std::strcmp(broken, what); }

template <class Back>
AICORE void cube_side(Sums& sums, Back& back, __gm__ float* in)
{
    InL1 x, from_vectors;
    TileLeft<float, 64, 64> l;
    TileRight<float, 64, 64> r;
    TileAcc<float, 64, 64> acc;
    TASSIGN(x, 0);
    TASSIGN(from_vectors, 0x8000);
    TASSIGN(l, 0);
    TASSIGN(r, 0);
    TASSIGN(acc, 0);
    Global source(in), slot(nullptr);
    TLOAD(x, source);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE1>();
    TMOV(l, x);
    TMOV(r, x);
    PtoSetWaitFlag<PIPE_MTE1, PIPE_M>();
    const int ahead = is("far ahead") ? 6 : 2;
    for (int turn = 0; turn < turns + ahead; ++turn) {
        if (turn < turns) {
            TMATMUL(acc, l, r);
            PtoSetWaitFlag<PIPE_M, PIPE_FIX>();
            TPUSH<Sums, decltype(acc), TileSplitAxis::TILE_UP_DOWN>(sums, acc);
            PtoSetWaitFlag<PIPE_FIX, PIPE_M>();
        }
        if (turn >= ahead) {
            TPOP<Back, Global, TileSplitAxis::TILE_UP_DOWN>(back, slot);
            TLOAD(from_vectors, slot);
            if (is("slot kept") && turn == ahead + 1) continue;
            TFREE<Back, Global, TileSplitAxis::TILE_UP_DOWN>(back, slot);
            pipe_barrier(PIPE_MTE2);
        }
    }
}

template <class Back>
AICORE void vector_side(Sums& sums, Back& back)
{
    sums.cons.setFreeStatus(!is("no credits"));
    HalfPart x;
    HalfGlobal slot(nullptr);
    for (int turn = is("one pop less"); turn < turns; ++turn) {
        TPOP<Sums, HalfPart, TileSplitAxis::TILE_UP_DOWN>(sums, x);
        PtoSetWaitFlag<PIPE_MTE2, PIPE_V>();
        TADD(x, x, x);
        PtoSetWaitFlag<PIPE_V, PIPE_MTE3>();
        TALLOC<Back, HalfGlobal, TileSplitAxis::TILE_UP_DOWN>(back, slot);
        if (!is("early push")) TSTORE(slot, x);
        TPUSH<Back, HalfGlobal, TileSplitAxis::TILE_UP_DOWN>(back, slot);
        if (is("early push")) TSTORE(slot, x);
        PtoSetWaitFlag<PIPE_MTE3, PIPE_MTE2>();
    }
}

template <uint8_t BackFlag>
__global__ AICORE void kernel(__gm__ float* in, __gm__ float* sums_memory, __gm__ float* back_memory)
{
    Sums sums(sums_memory + get_block_idx() * 2 * part, 0, 0);
    Back<BackFlag> back(back_memory + get_block_idx() * 2 * part, 0, 0);
#if defined(__DAV_CUBE__)
    cube_side(sums, back, in);
#else
    vector_side(sums, back);
#endif
}

int main(int argc, char** argv)
{
    broken = argc > 1 ? argv[1] : "";
    int blocks = argc > 2 ? std::atoi(argv[2]) : 2;
    float *in = filled(1), *sums = allocated(2 * blocks), *back = allocated(2 * blocks);
    if (is("one flag for two")) kernel<1><<<blocks, nullptr, nullptr>>>(in, sums, back);
    else kernel<2><<<blocks, nullptr, nullptr>>>(in, sums, back);
}
