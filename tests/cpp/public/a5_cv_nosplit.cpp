// TS023
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_cv_nosplit/tpushpop_cv_nosplit_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushPopMatmulAddNoSplit<1>(device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
