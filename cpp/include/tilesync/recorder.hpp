// The trace that all threads of a program write: its file, the memory that the host allocates, the launches.
#pragma once
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "format.hpp"
#include "lines.hpp"

namespace tilesync {

class Stream;

// What all threads share: the file, the host's allocations, the line tables.
class Recorder {
public:
    static Recorder& get()
    {
        static Recorder* one = new Recorder(); // Never destroyed: threads may outlive the statics.
        return *one;
    }
    bool on() const { return file_ != nullptr; }

    void chunk(uint64_t stream, Bytes& bytes)
    {
        if (!bytes.size()) return;
        std::scoped_lock lock(file_lock_);
        put(stream, bytes);
    }
    uint64_t join(Stream* s)
    {
        std::scoped_lock lock(lock_);
        streams_[next_stream_] = s;
        return next_stream_++;
    }
    void leave(uint64_t stream)
    {
        std::scoped_lock lock(lock_);
        streams_.erase(stream);
    }

    // Host side. Written at once, so that it stands before its use in the file.
    void allocated(void* p, size_t n)
    {
        if (!on() || !p) return;
        Bytes b;
        std::scoped_lock lock(lock_);
        auto address = reinterpret_cast<uintptr_t>(p);
        allocations_[address] = {next_allocation_, n};
        event(b, Tag::Alloc, {next_allocation_++, n});
    }
    void freed(void* p)
    {
        if (!on()) return;
        Bytes b;
        std::scoped_lock lock(lock_);
        auto known = allocations_.find(reinterpret_cast<uintptr_t>(p));
        if (known == allocations_.end()) return;
        event(b, Tag::Free, {known->second.number});
        allocations_.erase(known);
    }
    void filled(const void* p, size_t n)
    {
        if (!on()) return;
        Bytes b;
        auto [number, offset] = find(p);
        std::scoped_lock lock(lock_);
        if (number) event(b, Tag::Filled, {number, offset, n});
    }
    // The allocation that a pointer belongs to, and the offset in it; 0 and the address if it is not known. A pointer up to a slack behind an
    // allocation belongs to it: so an access past its end is seen as that.
    std::pair<uint64_t, uint64_t> find(const void* p)
    {
        auto address = reinterpret_cast<uintptr_t>(p);
        std::scoped_lock lock(lock_);
        auto next = allocations_.upper_bound(address);
        if (next == allocations_.begin()) return {0, address};
        --next;
        uint64_t offset = address - next->first;
        constexpr uint64_t slack = 4096;
        if (offset > next->second.size + slack) return {0, address};
        return {next->second.number, offset};
    }
    uint64_t launch(const char* name, uint64_t blocks)
    {
        std::scoped_lock lock(lock_);
        return launched(name, blocks);
    }
    // The launch of a block that nobody launched. It goes on to what ends it (the host synchronises, or makes a core anew), or to a block that it
    // has had.
    uint64_t unit(uint64_t block, uint64_t sub)
    {
        std::scoped_lock lock(lock_);
        if (unit_ && !had_.insert({block, sub}).second) unit_ = 0;
        if (!unit_) unit_ = launched("", 0), had_ = {{block, sub}};
        return unit_;
    }
    void unit_ends()
    {
        std::scoped_lock lock(lock_);
        unit_ = 0;
    }

    SourceLine line(uint64_t address)
    {
        std::scoped_lock lock(lines_lock_);
        return lines_.find(address);
    }
    uint64_t function(uint64_t address)
    {
        std::scoped_lock lock(lines_lock_);
        return lines_.function(address);
    }
    void finish();

private:
    struct Allocation {
        uint64_t number, size;
    };
    uint64_t launched(const char* name, uint64_t blocks)
    {
        Bytes b;
        uint64_t length = std::strlen(name);
        b.tag(Tag::Launch);
        b.number(next_launch_);
        b.number(length);
        b.raw(name, length);
        b.number(blocks);
        std::scoped_lock file(file_lock_);
        put(0, b);
        return next_launch_++;
    }
    Recorder()
    {
        const char* path = std::getenv("TILESYNC_TRACE");
        if (!path || !*path) return;
        file_ = std::fopen(path, "wb");
        if (!file_) {
            std::fprintf(stderr, "tilesync: cannot write the trace to %s\n", path);
            std::exit(2);
        }
        std::fwrite(magic, 1, sizeof magic, file_);
        Bytes b;
        event(b, Tag::About, {TILESYNC_CHIP, computes + 2 * TILESYNC_SIDE, sizeof(void*)});
        std::fflush(file_);
        std::atexit([] { get().finish(); });
        for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGINT}) std::signal(signal, &Recorder::killed);
    }
    void put(uint64_t stream, Bytes& bytes)
    {
        Bytes head;
        head.number(stream);
        head.number(bytes.size());
        std::fwrite(head.data(), 1, head.size(), file_);
        std::fwrite(bytes.data(), 1, bytes.size(), file_);
        bytes.clear();
    }
    void event(Bytes& b, Tag tag, std::initializer_list<uint64_t> numbers)
    {
        b.tag(tag);
        for (uint64_t n : numbers) b.number(n);
        std::scoped_lock lock(file_lock_);
        put(0, b);
    }
    void flush_all();
    static void killed(int signal)
    {
        // What was recorded is kept, as well as it can be done here; the missing End tells the reader.
        std::signal(signal, SIG_DFL);
        get().flush_all();
        std::fflush(get().file_);
        std::raise(signal);
    }

    FILE* file_ = nullptr;
    std::mutex lock_, file_lock_, lines_lock_;
    uint64_t next_stream_ = 1, next_allocation_ = 1, next_launch_ = 1, unit_ = 0;
    std::set<std::pair<uint64_t, uint64_t>> had_;
    std::map<uintptr_t, Allocation> allocations_;
    std::map<uint64_t, Stream*> streams_;
    Lines lines_;
};

} // namespace tilesync
