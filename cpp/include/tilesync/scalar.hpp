// `tile.GetValue(i)` and `tile.SetValue(i, x)`: the scalar pipe reads or writes an element.
#pragma once
#include "call.hpp"

namespace tilesync {

// Stands where these two ask for the tile's address. Defined in hooks.hpp, where tiles are known.
template <class Tile>
TILESYNC_INLINE typename Tile::DType* touched(typename Tile::DType* data, uint32_t index, const char* function);

} // namespace tilesync
