// TS008
#include "kernels/manual/a2a3/gemm_ar/gemm_compute_kernel.cpp"
#include "device.hpp"

int main() { launchGemmCompute(device(5416ull * 6144 * 4), device(5416ull * 1024 * 4), device(6144ull * 1024 * 4), device(1 << 24), 0, nullptr, 24, 1024); }
