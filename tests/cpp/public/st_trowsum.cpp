// clean
#include "tests/npu/a2a3/src/st/testcase/trowsum/trowsum_kernel.cpp"
#include "device.hpp"

int main() { launchTROWSUMTestCase<1>(device(1 << 20), device(1 << 20), nullptr); }
