// clean
#include "demos/torch_jit/add/add_custom.cpp"
#include "device.hpp"

int main() { call_kernel(20, nullptr, device(81920), device(81920), device(81920), 20 * 2048); }
