// TS007
// Its kernel of tiles, for a5. The other one is of SIMT functions, which are not traced; what they are called by is defined here.
#include <acl/acl.h>
#define __simt_vf__
#define __ubuf__
#define __out__
#define __in__
#define LAUNCH_BOUND(threads)
#define __builtin_cce_redux_add_f32(x) (x)
#define __builtin_cce_expf(x) (x)
inline uint32_t __cce_simt_get_TID_X() { return 0; }
inline uint32_t __cce_simt_get_TID_Y() { return 0; }
inline void __sync_workitems() {}
namespace cce {
struct dim3 {
    uint32_t x, y;
};
template <auto Function, class... A>
void async_invoke(dim3, A...)
{}
} // namespace cce
#include "kernels/manual/a5/engram_simt/engram-simt_kernel.cpp"
#include "device.hpp"

int main()
{
    LaunchEngramBaseline<256, 4>(
        (float*)device(4 * 256 * 4), (float*)device(1024 * 256 * 4), (int32_t*)device(4 * 8 * 4), (float*)device(4 * 256 * 4),
        (float*)device(4 * 256 * 4), 1024, nullptr);
}
