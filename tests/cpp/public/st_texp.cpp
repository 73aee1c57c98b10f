// clean
#include "tests/npu/a2a3/src/st/testcase/texp/texp_kernel.cpp"
#include "device.hpp"

int main() { LaunchTExp<float, 64, 64, 64, 64, true>((float*)device(16384), (float*)device(16384), nullptr); }
