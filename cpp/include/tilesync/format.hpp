// The trace format, as this header writes it. `src/trace/format.rs` reads it; both have the same tags and the same version.
//
// A file is the magic, then chunks: stream, length, bytes. A stream is one thread. Numbers are LEB128. A chunk holds whole records, each a
// tag and its numbers. What repeats (texts, sites, types, operands) is defined once a stream and from then on named by number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#ifdef __clang__
#define TILESYNC_NOINLINE __attribute__((noinline, nomerge)) // Two calls in two branches stay two lines.
#else
#define TILESYNC_NOINLINE __attribute__((noinline))
#endif
#define TILESYNC_INLINE inline __attribute__((always_inline))

#ifndef TILESYNC_CHIP
#define TILESYNC_CHIP 0 // 0: a2a3, 1: a5
#endif
// The side that is compiled, where it is one: as the device's compiler says it.
#if defined(__DAV_CUBE__) && !defined(__DAV_VEC__)
#define TILESYNC_SIDE 1
#elif defined(__DAV_VEC__) && !defined(__DAV_CUBE__)
#define TILESYNC_SIDE 2
#else
#define TILESYNC_SIDE 0
#endif
#ifndef TILESYNC_COMPUTE
#define TILESYNC_COMPUTE 0
#endif

namespace tilesync {

// Whether the bodies of intrinsics run.
inline constexpr bool computes = TILESYNC_COMPUTE;

inline constexpr char magic[8] = {'T', 'I', 'L', 'E', 'S', 'Y', 'N', 4}; // The last byte is the version.

enum class Tag : uint8_t {
    Text = 0x01,     // length, bytes
    Site = 0x02,     // frames, then file and line of each, the innermost first
    TileType = 0x03, // space, dtype, bits an element, rows, columns, outer layout, inner layout, bytes of a fractal
    Tile = 0x04,     // type, address + 1 (0: never assigned), valid rows, valid columns
    GlobalType = 0x05, // dtype, bits, layout, five times shape and stride in elements
    Global = 0x06,     // type, allocation (0: unknown; or what `on_chip` says), byte offset in it (or the address)
    Element = 0x07,    // type, address + 1, number of the element: an operand, as a tile is
    Fifo = 0x08,       // ready flag, whether from the cube to the vector cores, slots, bytes of a slot, whether split
    Op = 0x10,         // name, site, flags, operands, then of each (number << 2 | role)
    Set = 0x11,        // source pipe << 4 | destination pipe, id, site
    Wait = 0x12,       // the same
    Barrier = 0x13,    // pipe, site
    Cross = 0x14,      // name, pipe, id, site: a flag or a barrier between cores
    Step = 0x15,       // which step, FIFO, message (of a drain: how many were pushed), site
    Shared = 0x16,     // space, first byte, bytes: memory of this core that other cores write to
    Launch = 0x20,     // number, name, blocks
    Begin = 0x21,      // launch, block, sub-block, sub-blocks
    Finish = 0x22,     // the block has returned
    Alloc = 0x30,      // number, bytes
    Free = 0x31,       // number
    Filled = 0x32,     // allocation, offset, bytes: the host has written it
    Unknown = 0x33,    // name, site: what this header does not know
    DataRead = 0x34,   // name, site: the kernel looks at data
    About = 0x35,      // chip, mode + 2 * side (0: not known, 1: cube, 2: vector), host's pointer bytes
    End = 0x3f,        // the program has ended in an orderly way
};

enum class Step : uint8_t { Alloc = 0, Push = 1, Pop = 2, Free = 3, Drain = 4 };
enum class Role : uint8_t { Read = 0, Write = 1, Update = 2 };

// Stands for an allocation: a memory of a core of the same block. The cube is 0, the vector cores are 1 and 2.
constexpr uint64_t on_chip(uint64_t core, uint64_t space) { return uint64_t(1) << 62 | core << 8 | space; }

// Op flags.
inline constexpr uint8_t phase_partial = 1, phase_final = 2, atomic_store = 4;

// Bytes that grow.
class Bytes {
public:
    TILESYNC_INLINE void number(uint64_t n)
    {
        uint8_t* at = room(10);
        while (n >= 0x80) {
            *at++ = static_cast<uint8_t>(n) | 0x80;
            n >>= 7;
        }
        *at++ = static_cast<uint8_t>(n);
        end_ = at;
    }
    TILESYNC_INLINE void tag(Tag t)
    {
        uint8_t* at = room(1);
        *at = static_cast<uint8_t>(t);
        end_ = at + 1;
    }
    void raw(const void* from, size_t n)
    {
        std::memcpy(room(n), from, n);
        end_ += n;
    }
    size_t size() const { return end_ - first_; }
    const uint8_t* data() const { return first_; }
    void clear() { end_ = first_; }

    Bytes() = default;
    Bytes(const Bytes&) = delete;
    ~Bytes() { delete[] first_; }

private:
    TILESYNC_INLINE uint8_t* room(size_t n)
    {
        if (static_cast<size_t>(limit_ - end_) < n) grow(n);
        return end_;
    }
    TILESYNC_NOINLINE void grow(size_t n)
    {
        size_t used = size(), capacity = 2 * (limit_ - first_) + n + 4096;
        uint8_t* larger = new uint8_t[capacity];
        if (used) std::memcpy(larger, first_, used);
        delete[] first_;
        first_ = larger;
        end_ = larger + used;
        limit_ = larger + capacity;
    }
    uint8_t *first_ = nullptr, *end_ = nullptr, *limit_ = nullptr;
};

} // namespace tilesync
