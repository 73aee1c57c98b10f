// One thread's records: what its blocks issue, with tables of what repeats.
#pragma once
#include <unordered_map>

#include "recorder.hpp"

namespace tilesync {

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
        last_entry_ = n < deepest ? entries_[last_site_ - 1] : 0;
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

    // A block that nobody launched starts.
    void begin_without_launch(uint64_t block, uint64_t sub, uint64_t subs)
    {
        if (in_block_ && entry_ != last_entry_) unit_ends();
        entry_ = last_entry_;
        begin(Recorder::get().unit(block, sub), block, sub, subs, 0);
    }
    // The host synchronises, or makes a core anew: what was called without a launch ends.
    void unit_ends()
    {
        finish();
        Recorder::get().unit_ends();
    }
    // A block of a launch starts.
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
    // Whether the last site still belongs to the block. In another function of the host it does not: each test of a program is one.
    bool is_block(uint64_t block, uint64_t sub) const { return block_ == block && sub_ == sub && (entry_ == last_entry_ || !last_entry_); }

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
            uint64_t outermost = 0;
            for (int i = 0; i < n; ++i) {
                SourceLine line = Recorder::get().line(stack[i]);
                if (!line.file || is_library(line.file)) continue;
                frames.push_back({text(file_text(line.file)), line.line});
                outermost = stack[i];
            }
            entries_.push_back(Recorder::get().function(outermost));
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
    uint64_t last_hash_ = 0, last_entry_ = 0, entry_ = 0;
    std::vector<uint64_t> entries_; // By site: the outermost function that is the program's own.
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
