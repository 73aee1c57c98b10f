// clean
#include "tests/npu/a2a3/src/st/testcase/tmatmul/tmatmul_kernel.cpp"
#include "device.hpp"

int main() { LaunchTMATMUL<1>(device(1 << 20), device(1 << 20), device(1 << 20), nullptr); }
