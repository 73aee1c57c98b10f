// On a5 the cube pushes tiles into the vector cores' own memory, and they push theirs into the cube's. Each side is compiled by itself. The
// program's first argument breaks it: with two messages a flag is left, which is the library's doing, and a third one overtakes its consumer.
#include "../kernels/common.hpp"

#include <cstring>

const char* broken = "";
bool is(const char* what) { return !std::strcmp(broken, what); }
int turns() { return is("three turns") ? 3 : is("two turns") ? 2 : 1; }

using InL1 = Tile<TileType::Mat, float, 64, 64, BLayout::ColMajor, 64, 64, SLayout::RowMajor>;
using Half = Tile<TileType::Vec, float, 32, 64>;
using HalfBlocked = Tile<TileType::Vec, float, 32, 64, BLayout::ColMajor, 32, 64, SLayout::RowMajor>;
using HalfGlobal = GlobalTensor<float, Shape<1, 1, 1, 32, 64>, Stride<2048, 2048, 2048, 64, 1>>;
constexpr auto split = TileSplitAxis::TILE_UP_DOWN;

using Sums = TPipe<0, Direction::DIR_C2V, 32 * 64 * sizeof(float), 2>;
using Back = TPipe<2, Direction::DIR_V2C, part * sizeof(float), 2>;

AICORE void cube_side(Sums& sums, Back& back, __gm__ float* in)
{
    InL1 x, popped;
    TileLeft<float, 64, 64> l;
    TileRight<float, 64, 64> r;
    TileAcc<float, 64, 64> acc;
    TASSIGN(x, 0);
    TASSIGN(l, 0);
    TASSIGN(r, 0);
    TASSIGN(acc, 0);
    Global source(in);
    TLOAD(x, source);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE1>();
    TMOV(r, x);
    for (int turn = 0; turn < turns(); ++turn) {
        if (turn == 0) {
            TPOP<Back, InL1, split>(back, popped);
            TMOV(l, popped);
            TFREE<Back, split>(back);
            PtoSetWaitFlag<PIPE_MTE1, PIPE_M>();
            TMATMUL(acc, l, r);
        }
        PtoSetWaitFlag<PIPE_M, PIPE_FIX>();
        TPUSH<Sums, decltype(acc), split>(sums, acc);
        PtoSetWaitFlag<PIPE_FIX, PIPE_M>();
    }
}

AICORE void vector_side(Sums& sums, Back& back, __gm__ float* in, __gm__ float* out)
{
    HalfBlocked given;
    HalfGlobal source(in), result(out + get_subblockid() * part / 2);
    TASSIGN(given, 0x10000);
    TLOAD(given, source);
    PtoSetWaitFlag<PIPE_MTE2, PIPE_MTE3>();
    TPUSH<Back, HalfBlocked, split>(back, given);
    Half x;
    for (int turn = is("one pop less"); turn < turns(); ++turn) {
        TPOP<Sums, Half, split>(sums, x);
        // The store is not on the pipe that waits for the tile.
        if (!is("no flag")) PtoSetWaitFlag<PIPE_V, PIPE_MTE3>();
        TSTORE(result, x);
        PtoSetWaitFlag<PIPE_MTE3, PIPE_V>();
        TFREE<Sums, split>(sums);
    }
}

__global__ AICORE void kernel(__gm__ float* in, __gm__ float* out)
{
    Sums sums(nullptr, 0, 0x20000);
    Back back(nullptr, 0, is("one place") ? 0 : 0x20000);
#if defined(__DAV_CUBE__)
    cube_side(sums, back, in);
#else
    vector_side(sums, back, in, out);
#endif
}

int main(int argc, char** argv)
{
    broken = argc > 1 ? argv[1] : "";
    kernel<<<1, nullptr, nullptr>>>(filled(1), allocated(1));
}
