// TS008, TS018
#include "kernels/manual/a2a3/conv2d_forward/conv2d_forward_kernel.cpp"
#include "device.hpp"

int main() { launchConv2dForward<uint16_t>(device(128ull << 20), device(64ull << 20), device(4608ull * 6144 * 2), nullptr); }
