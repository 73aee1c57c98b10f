// clean
// It is for a5, and has two sides.
#include "tests/npu/a5/src/st/testcase/tpushpop_dir_both/tpushpop_dir_both_kernel.cpp"
#include "device.hpp"

int main() { LaunchTPushPopDirBoth<1>(device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), device(1 << 18), nullptr); }
