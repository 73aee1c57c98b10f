// Stands in front of the library's header of this name. Its small functions stay functions, so that the line of their caller is known.
#pragma once
#include <pto/common/type.hpp>
#include <tilesync/format.hpp>

#pragma push_macro("PTO_INTERNAL")
#undef PTO_INTERNAL
#define PTO_INTERNAL TILESYNC_NOINLINE inline
#include_next <pto/common/event.hpp>
#pragma pop_macro("PTO_INTERNAL")
