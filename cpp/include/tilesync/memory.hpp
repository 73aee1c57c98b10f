// On-chip memory of a core: a window of addresses for each space, larger than any device's, so that an address outside of its space is
// recorded as what it is.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>

namespace tilesync {

class Memory {
public:
    static constexpr unsigned spaces = 10, bits = 24;
    static constexpr uint64_t window = uint64_t(1) << bits;

    static Memory& here()
    {
        static thread_local Memory memory;
        return memory;
    }
    char* base(unsigned space) { return first_ + (uint64_t(space) << bits); }
    bool has(uintptr_t address) const { return address - reinterpret_cast<uintptr_t>(first_) < spaces * window; }
    // One more than the address that a device would see; 0 for a pointer that nobody assigned.
    uint64_t place(uintptr_t address) const { return has(address) ? 1 + offset(address) : 0; }
    uint64_t offset(uintptr_t address) const { return (address - reinterpret_cast<uintptr_t>(first_)) & (window - 1); }
    void clear() { madvise(first_, spaces * window, MADV_DONTNEED); }

private:
    Memory()
    {
        // Low, where there is room: a kernel may keep an address in 32 bits, as it may on the device.
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        void* map = MAP_FAILED;
#ifdef MAP_32BIT
        map = mmap(nullptr, spaces * window, PROT_READ | PROT_WRITE, flags | MAP_32BIT, -1, 0);
#endif
        if (map == MAP_FAILED) map = mmap(nullptr, spaces * window, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (map == MAP_FAILED) {
            std::fputs("tilesync: no memory for the simulated core\n", stderr);
            std::abort();
        }
        first_ = static_cast<char*>(map);
    }
    ~Memory() { munmap(first_, spaces * window); }
    char* first_;
};

} // namespace tilesync
