// TS008
// It is for a5.
#include <acl/acl.h>
#include "kernels/manual/a5/matmul_mxfp8_performance/mxmatmul_performance_kernel.cpp"
#include "device.hpp"

int main() { MxMatmulPerformance<2, 512, 1024, 512, 256, 1024, 512, 128, 128, 256, 1, 4, 4, 1><<<2, nullptr, nullptr>>>(device(1 << 20), device(1 << 20), device(1 << 20), device(1 << 20), device(1 << 20)); }
