// TS023
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_fixpipe/tpushpop_fixpipe_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushPopFixpipe<1>(device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
