// A small stand-in for the PTO library, written for these tests: its names, its structure, about a dozen of its intrinsics.
#pragma once
#include <pto/common/type.hpp>

#include "pto/common/cpu_stub.hpp"
#include <pto/common/pto_tile.hpp>

#include "pto/common/pto_instr.hpp"
