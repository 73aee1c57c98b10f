// TS001, TS002, TS004
#include <acl/acl.h>
#define __aicore__
#include "kernels/custom/fused_add_relu_mul/fused_add_relu_mul_kernel.cpp"
#include "device.hpp"

int main() { LaunchFusedAddReLUMul<float>(device(1 << 18), device(1 << 18), 1, 2, 1 << 16, nullptr); LaunchFusedAddReLUMulOptimized<float>(device(1 << 18), device(1 << 18), 1, 2, 1 << 16, nullptr); }
