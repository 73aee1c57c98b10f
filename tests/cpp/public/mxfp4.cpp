// TS008, TS018
// It is for a5.
#include <acl/acl.h>
#include "kernels/manual/a5/matmul_mxfp4_performance/mxmatmul_performance_kernel.cpp"
#include "device.hpp"

int main() { MxMatmulPerformance<2, 512, 1024, 1000, 256, 1024, 1024, 256, 256, 256, 1, 2, 2, 1><<<2, nullptr, nullptr>>>(device(1 << 21), device(1 << 20), device(1 << 20), device(1 << 20), device(1 << 20)); }
