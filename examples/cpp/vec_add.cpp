// z = x + y, block by block: each block loads its part of both, adds, and stores. Every hand-over between two pipes has its flag, and each
// tile is handed back before it is written again.
#include <acl/acl.h>
#include <pto/pto-inst.hpp>

#include <vector>

using namespace pto;

constexpr int rows = 64, cols = 64, tiles = 4, blocks = 2;

__global__ AICORE void vec_add(__gm__ float* z, __gm__ float* x, __gm__ float* y)
{
    using Part = Tile<TileType::Vec, float, rows, cols>;
    using Global = GlobalTensor<float, Shape<1, 1, 1, rows, cols>, Stride<rows * cols, rows * cols, rows * cols, cols, 1>>;
    Part a[2], b[2], c[2];
    for (int i = 0; i < 2; ++i) {
        TASSIGN(a[i], 0x0000 + i * 0x4000);
        TASSIGN(b[i], 0x8000 + i * 0x4000);
        TASSIGN(c[i], 0x10000 + i * 0x4000);
    }
    for (int i = 0; i < 2; ++i) {
        set_flag(PIPE_V, PIPE_MTE2, i); // a[i] and b[i] may be loaded,
        set_flag(PIPE_MTE3, PIPE_V, i); // c[i] may be written.
    }
    for (int tile = 0; tile < tiles; ++tile) {
        const int i = tile % 2, at = (get_block_idx() * tiles + tile) * rows * cols;
        Global gx(x + at), gy(y + at), gz(z + at);
        wait_flag(PIPE_V, PIPE_MTE2, i);
        TLOAD(a[i], gx);
        TLOAD(b[i], gy);
        set_flag(PIPE_MTE2, PIPE_V, i);
        wait_flag(PIPE_MTE2, PIPE_V, i);
        wait_flag(PIPE_MTE3, PIPE_V, i);
        TADD(c[i], a[i], b[i]);
        set_flag(PIPE_V, PIPE_MTE2, i);
        set_flag(PIPE_V, PIPE_MTE3, i);
        wait_flag(PIPE_V, PIPE_MTE3, i);
        TSTORE(gz, c[i]);
        set_flag(PIPE_MTE3, PIPE_V, i);
    }
    for (int i = 0; i < 2; ++i) {
        wait_flag(PIPE_V, PIPE_MTE2, i);
        wait_flag(PIPE_MTE3, PIPE_V, i);
    }
}

int main()
{
    constexpr size_t count = blocks * tiles * rows * cols, bytes = count * sizeof(float);
    std::vector<float> host(count, 1.0f);
    float *x, *y, *z;
    aclrtStream stream = nullptr;
    aclrtMalloc((void**)&x, bytes, ACL_MEM_MALLOC_HUGE_FIRST);
    aclrtMalloc((void**)&y, bytes, ACL_MEM_MALLOC_HUGE_FIRST);
    aclrtMalloc((void**)&z, bytes, ACL_MEM_MALLOC_HUGE_FIRST);
    aclrtMemcpy(x, bytes, host.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE);
    aclrtMemcpy(y, bytes, host.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE);
    vec_add<<<blocks, nullptr, stream>>>(z, x, y);
    aclrtSynchronizeStream(stream);
    return 0;
}
