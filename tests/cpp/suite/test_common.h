// Stands in front of the PTO library's header of this name: there are no files with data, and all data are zeros.
#pragma once
#include <cstring>

#define ReadFile LibraryReadFile
#include_next <test_common.h>
#undef ReadFile

namespace PtoTestCommon {
inline bool ReadFile(const std::string&, size_t& size, void* to, size_t room)
{
    std::memset(to, 0, room);
    size = room;
    return true;
}
} // namespace PtoTestCommon
