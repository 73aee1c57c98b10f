// clean
#include "tests/npu/a2a3/src/st/testcase/tmrgsort/tmrgsort_kernel.cpp"
#include "device.hpp"

int main() { LanchTMrgsortSingle<float, 1, 256, 1, 256, 64>((float*)device(65536), (float*)device(65536), nullptr); }
