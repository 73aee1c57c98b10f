// TS008, TS021
// It is for a5, and has two sides.
#define FA_PERFORMANCE_KERNEL_H
#include <acl/acl.h>
constexpr int kFaCvFifoSize = 8, kFaCvFifoConsSyncPeriod = 4, VEC_CORES = 2;
constexpr std::size_t kFaProfileBytesPerBlock = 3072, kFaCvCommSlotBytes = 512;
#include "kernels/manual/common/flash_atten/fa_performance_kernel.cpp"
#include "device.hpp"
int main()
{
    auto halves = [](size_t n) { return (aclFloat16*)device(2 * n); };
    auto floats = [](size_t n) { return (float*)device(4 * n); };
    LaunchTFA<256, 128, 2048, 128, 128, 256, 4, 8, false, false, 4>(
        nullptr, halves(256 * 128), halves(2048 * 128), halves(2048 * 128), halves(256 * 2048), floats(256 * 8), floats(256 * 8),
        floats(256 * 8), floats(256 * 128), floats(256 * 128 * 8), floats(256 * 2048), floats(256 * 128 * 8), nullptr, nullptr);
}
