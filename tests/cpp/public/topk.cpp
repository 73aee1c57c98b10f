// TS002
#include "kernels/manual/a2a3/topk/topk_kernel.cpp"
#include "device.hpp"

int main() { launchTopk<float>(device(4800 * 1000 * 4), device(4800 * 1000 * 4), device(4800 * 1280 * 4), device(1280 * 4), nullptr); }
