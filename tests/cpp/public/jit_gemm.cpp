// TS008
#include "demos/torch_jit/gemm/gemm_kernel.cpp"
#include "device.hpp"

int main() { call_kernel(24, nullptr, device(6144ull * 6144 * 4), device(6144ull * 6144 * 2), device(6144ull * 6144 * 2)); }
