// clean
#include "tests/npu/a2a3/src/st/testcase/ttrans/ttrans_kernel.cpp"
#include "device.hpp"

int main() { LaunchTTRANS<float, 16, 8, 16, 8>((float*)device(16384), (float*)device(16384), nullptr); }
