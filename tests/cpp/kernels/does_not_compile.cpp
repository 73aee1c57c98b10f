#include "common.hpp"

int main() { kernel<<<1>>>(missing); }
