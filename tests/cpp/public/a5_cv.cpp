// TS021
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_cv/tpushpop_cv_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushPopMatmulAdd<2>(device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
