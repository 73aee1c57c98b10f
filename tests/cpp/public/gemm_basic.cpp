// TS008
#include "demos/baseline/gemm_basic/csrc/kernel/gemm_basic_custom.cpp"
#include "device.hpp"

int main() { gemm_basic_custom<<<24, nullptr, nullptr>>>(device(512 * 2048 * 2), device(2048 * 1536 * 2), device(512 * 1536 * 4)); }
