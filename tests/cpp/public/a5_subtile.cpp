// clean
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_subtile/tpushpop_subtile_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushTpopSubtile<1>(nullptr, device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
