// Records what kernels issue. Each thread has a stream of its own; blocks, sites and operands are numbered in it.
#pragma once
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

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
        Bytes b;
        std::scoped_lock lock(lock_);
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

    SourceLine line(uint64_t address)
    {
        std::scoped_lock lock(lines_lock_);
        return lines_.find(address);
    }
    void finish();

private:
    struct Allocation {
        uint64_t number, size;
    };
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
    uint64_t next_stream_ = 1, next_allocation_ = 1, next_launch_ = 1;
    std::map<uintptr_t, Allocation> allocations_;
    std::map<uint64_t, Stream*> streams_;
    Lines lines_;
};

// One thread's records.
class Stream {
public:
    static Stream& here()
    {
        static thread_local Stream stream;
        return stream;
    }
    bool on() const { return on_; }
    bool records() const { return on_ && depth_ == 0; }

    // The call that is recorded next is the caller of the function with this frame; what it calls in turn is not recorded.
    int depth_ = 0;

    uint32_t text(const char* t)
    {
        auto [at, is_new] = texts_.try_emplace(t, texts_.size());
        if (is_new) define_text(t);
        return at->second;
    }

    // The line that called, and its callers up to the kernel's entry. Library frames are left out.
    TILESYNC_INLINE uint32_t site()
    {
        constexpr int deepest = 12;
        uint64_t stack[deepest];
        int n = 0;
        uint64_t hash = 0;
        auto* frame = static_cast<void**>(__builtin_frame_address(0));
        while (n < deepest) {
            auto* caller = static_cast<void**>(frame[0]);
            uint64_t address = reinterpret_cast<uint64_t>(frame[1]);
            if (!address || caller <= frame || caller >= top_) break;
            stack[n++] = address - 1;
            hash = (hash ^ address) * 0x9E3779B97F4A7C15ull;
            frame = caller;
        }
        if (n > 1 && entered_) --n; // The launch itself.
        if (hash == last_hash_) return last_site_;
        last_site_ = find_site(hash, stack, n);
        last_hash_ = hash;
        return last_site_;
    }

    uint32_t operand(Tag tag, const uint64_t* numbers, int n) { return define(operands_, tag, numbers, n); }
    uint32_t fifo(const uint64_t* numbers, int n) { return define(fifos_, Tag::Fifo, numbers, n); }
    uint32_t next_tile_type() { return tile_types_++; }
    uint32_t next_global_type() { return global_types_++; }
    std::map<std::vector<int64_t>, uint32_t> global_shapes;

    Bytes out;

    void ended_record()
    {
        if (out.size() > 60'000) flush();
    }
    void flush() { Recorder::get().chunk(number_, out); }

    // A block of a launch starts; `launch` 0: nobody said which.
    void begin(uint64_t launch, uint64_t block, uint64_t sub, uint64_t subs, uint64_t blocks)
    {
        finish();
        in_block_ = true;
        block_ = block, sub_ = sub, blocks_ = blocks;
        top_ = reinterpret_cast<void**>(~uintptr_t(0));
        entered_ = false;
        ++block_count_;
        out.tag(Tag::Begin);
        for (uint64_t n : {launch, block, sub, subs}) out.number(n);
    }
    void entered_at(void* frame)
    {
        top_ = static_cast<void**>(frame);
        entered_ = true;
    }
    void finish()
    {
        if (!in_block_) return;
        in_block_ = false;
        blocks_ = 0;
        out.tag(Tag::Finish);
        flush();
    }
    bool in_block() const { return in_block_; }
    uint64_t blocks() const { return blocks_; }
    uint64_t block_count() const { return block_count_; }
    bool is_block(uint64_t block, uint64_t sub) const { return block_ == block && sub_ == sub; }

private:
    Stream() : on_(Recorder::get().on())
    {
        if (on_) number_ = Recorder::get().join(this);
    }
    ~Stream()
    {
        if (!on_) return;
        finish();
        flush();
        Recorder::get().leave(number_);
        on_ = false;
    }

    // Numbers by hash; two operands with one hash of 64 bits are taken for the same.
    class Numbers {
    public:
        template <class New>
        uint32_t find(uint64_t hash, New&& define)
        {
            if (2 * count_ >= slots_.size()) grow();
            hash |= 1;
            size_t mask = slots_.size() - 1, at = (hash >> 20) & mask;
            for (; slots_[at].hash; at = (at + 1) & mask)
                if (slots_[at].hash == hash) return slots_[at].number;
            define(count_);
            slots_[at] = {hash, count_};
            return count_++;
        }

    private:
        struct Slot {
            uint64_t hash = 0;
            uint32_t number = 0;
        };
        void grow()
        {
            std::vector<Slot> old(slots_.empty() ? 1024 : 2 * slots_.size());
            old.swap(slots_);
            for (const Slot& s : old) {
                if (!s.hash) continue;
                size_t mask = slots_.size() - 1, at = (s.hash >> 20) & mask;
                while (slots_[at].hash) at = (at + 1) & mask;
                slots_[at] = s;
            }
        }
        std::vector<Slot> slots_;
        uint32_t count_ = 0;
    };

    uint32_t define(Numbers& known, Tag tag, const uint64_t* numbers, int n)
    {
        uint64_t hash = static_cast<uint64_t>(tag);
        for (int i = 0; i < n; ++i) hash = (hash ^ numbers[i]) * 0x9E3779B97F4A7C15ull, hash ^= hash >> 29;
        return known.find(hash, [&](uint32_t) {
            out.tag(tag);
            for (int i = 0; i < n; ++i) out.number(numbers[i]);
        });
    }

    void define_text(std::string_view t)
    {
        out.tag(Tag::Text);
        out.number(t.size());
        out.raw(t.data(), t.size());
    }

    static bool is_library(std::string_view file)
    {
        for (const char* part : {"/pto/common/", "/pto/cpu/", "/pto/comm/", "/pto/npu/", "/pto/pto-inst.hpp", "/tilesync/", "/c++/"})
            if (file.find(part) != file.npos) return true;
        return false;
    }

    TILESYNC_NOINLINE uint32_t find_site(uint64_t hash, const uint64_t* stack, int n)
    {
        return 1 + sites_.find(hash, [&](uint32_t) {
            std::vector<std::pair<uint32_t, uint32_t>> frames;
            for (int i = 0; i < n; ++i) {
                SourceLine line = Recorder::get().line(stack[i]);
                if (line.file && !is_library(line.file)) frames.push_back({text(file_text(line.file)), line.line});
            }
            out.tag(Tag::Site);
            out.number(frames.size());
            for (auto [file, line] : frames) out.number(file), out.number(line);
        });
    }
    // A pointer that stays: texts are found by their content, files are kept. As compilers do, it leaves out the directory that this runs in.
    const char* file_text(const char* file)
    {
        static const std::string here = [] {
            char* path = getcwd(nullptr, 0);
            std::string text = path ? path : "";
            std::free(path);
            return text + "/";
        }();
        std::string_view name(file);
        if (name.starts_with(here)) name.remove_prefix(here.size());
        return files_.try_emplace(std::string(name), true).first->first.c_str();
    }

    bool on_, in_block_ = false, entered_ = false;
    uint64_t number_ = 0, block_ = 0, sub_ = 0, blocks_ = 0, block_count_ = 0;
    void** top_ = reinterpret_cast<void**>(~uintptr_t(0));
    uint64_t last_hash_ = 0;
    uint32_t last_site_ = 0, tile_types_ = 0, global_types_ = 0;
    Numbers operands_, sites_, fifos_;
    std::unordered_map<std::string_view, uint32_t> texts_;
    std::map<std::string, bool> files_;
};

inline void Recorder::flush_all()
{
    std::unique_lock lock(lock_, std::try_to_lock);
    for (auto& [number, stream] : streams_) stream->flush();
}

inline void Recorder::finish()
{
    flush_all();
    for (auto& [number, stream] : streams_) stream->finish();
    Bytes b;
    event(b, Tag::End, {});
    std::fflush(file_);
}

} // namespace tilesync
