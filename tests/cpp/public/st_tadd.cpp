// clean
#include "tests/npu/a2a3/src/st/testcase/tadd/tadd_kernel.cpp"
#include "device.hpp"

int main() { LaunchTAdd<float, 64, 64, 64, 64>((float*)device(16384), (float*)device(16384), (float*)device(16384), nullptr); }
