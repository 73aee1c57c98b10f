// Stands in front of the library's header of this name, which the library includes twice: before its tiles are known, and between the bodies
// of its intrinsics (all named X_IMPL) and the functions that kernels call. The second time, the names of the bodies become ours.
#ifndef TILESYNC_SHADOW_TRACE
#define TILESYNC_SHADOW_TRACE
#include <tilesync/scalar.hpp>

#pragma push_macro("__cce_get_tile_ptr")
#undef __cce_get_tile_ptr
#define __cce_get_tile_ptr(tile) ::tilesync::touched<std::remove_reference_t<decltype(*this)>>(tile, offset, __func__)
#undef __tf__
#define __tf__ TILESYNC_NOINLINE
#include <pto/common/pto_tile.hpp>
#pragma pop_macro("__cce_get_tile_ptr")
#undef __tf__
#define __tf__

#include <ostream>
#include <string_view>

#include <tilesync/memory.hpp>

// The library's own instruction trace, which stays empty.
namespace pto::cpu_sim {
inline constexpr bool kInstructionTraceEnabled = false;
inline void ResetInstructionTrace() {}
inline void DumpInstructionTraceJson(std::ostream&) {}
struct PtoInstrTraceScope {
    template <class Roles, class... Args>
    TILESYNC_INLINE PtoInstrTraceScope(std::string_view name, Roles&&, Args&&... args);
};
} // namespace pto::cpu_sim

#else
#include <tilesync/hooks.hpp>
#endif
