// clean
#include "tests/npu/a2a3/src/st/testcase/tsel/tsel_kernel.cpp"
#include "device.hpp"

int main() { LaunchTSel<float, 2, 128, 2, 128>((float*)device(16384), device(16384), (float*)device(16384), (float*)device(16384), nullptr); }
