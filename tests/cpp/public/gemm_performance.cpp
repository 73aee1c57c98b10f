// TS008
#include "kernels/manual/a2a3/gemm_performance/gemm_performance_kernel.cpp"
#include "device.hpp"

int main() { LaunchGEMME2E<uint16_t>(device(6144ull * 6144 * 4), device(6144ull * 6144 * 2), device(6144ull * 6144 * 2), nullptr); }
