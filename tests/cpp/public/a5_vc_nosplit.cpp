// clean
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_vc_nosplit/tpushpop_vc_nosplit_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushPopVCNSMatmul<1>(device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
