// Stands in front of the library's header of this name: the same interface on our own memory, which has room behind each space.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

#include <pto/common/pto_tile.hpp>
#include <tilesync/call.hpp>
#include <tilesync/memory.hpp>

namespace pto {

enum class NPUArch { A2A3, A5 };

class NPUMemoryModel {
public:
    static NPUMemoryModel& Instance()
    {
        static thread_local NPUMemoryModel one;
        return one;
    }
    static void SetDefaultArch(NPUArch) {}
    void Initialize(NPUArch arch) { arch_ = arch; }
    void EnsureInitialized() {}
    bool IsInitialized() const { return true; }
    NPUArch GetArch() const { return arch_; }
    // A core whose memory is cleared is another.
    void Clear()
    {
        ::tilesync::Memory::here().clear();
        auto& s = ::tilesync::Stream::here();
        if (!::tilesync::launched && s.in_block()) s.unit_ends();
    }
    void Reset() { Clear(); }

    template <class TileDef>
    typename TileDef::DType* ResolveAssignedAddress(std::uintptr_t address)
    {
        using P = typename TileDef::DType*;
        auto& memory = ::tilesync::Memory::here();
        if (memory.has(address)) return reinterpret_cast<P>(address);
        std::uintptr_t last = memory.window - memory.window / 4; // Further out is no further out.
        return reinterpret_cast<P>(memory.base(static_cast<unsigned>(TileDef::Loc)) + (address < last ? address : last));
    }
    template <class TileDef>
    typename TileDef::DType* GetPointer(std::size_t offset)
    {
        return reinterpret_cast<typename TileDef::DType*>(base(TileDef::Loc) + offset);
    }
    template <class T>
    std::size_t GetNPUAddr(T* p)
    {
        auto address = reinterpret_cast<std::uintptr_t>(p);
        auto& memory = ::tilesync::Memory::here();
        if (!memory.has(address)) throw std::invalid_argument("not an address of on-chip memory");
        return memory.offset(address);
    }
    bool ContainsAddress(std::uintptr_t address) const { return ::tilesync::Memory::here().has(address); }
    char* GetREGBase() { return base(TileType::Ctrl); }
    char* GetUBBase() { return base(TileType::Vec); }
    char* GetL1Base() { return base(TileType::Mat); }
    char* GetL0ABase() { return base(TileType::Left); }
    char* GetL0BBase() { return base(TileType::Right); }
    char* GetL0CBase() { return base(TileType::Acc); }

private:
    static char* base(TileType space) { return ::tilesync::Memory::here().base(static_cast<unsigned>(space)); }
    NPUArch arch_ = NPUArch::A2A3;
};

template <class T>
uint64_t GetScaleAddr(T* p)
{
    return NPUMemoryModel::Instance().GetNPUAddr(p) >> 4;
}

} // namespace pto
