// One recorded call, and the block that it belongs to.
#pragma once
#include "stream.hpp"

inline uint32_t get_block_idx();
inline uint32_t get_subblockid();
inline uint32_t get_subblockdim();

namespace tilesync {

inline thread_local bool launched = false; // Whether launch() runs this block.

// The line of a call, in a block. Where no launch says so, a block starts with the first record under its index.
TILESYNC_INLINE uint64_t site_in_block(Stream& s)
{
    uint64_t site = s.site();
    if (launched) return site;
    uint64_t block = get_block_idx(), sub = get_subblockid();
    if (!s.in_block() || !s.is_block(block, sub)) s.begin_without_launch(block, sub, get_subblockdim());
    return site;
}

// While it lives, nothing else is recorded on this thread.
class Quiet {
public:
    TILESYNC_INLINE explicit Quiet(Stream& s) : s_(s) { ++s_.depth_; }
    TILESYNC_INLINE ~Quiet() { --s_.depth_; }
    Quiet(const Quiet&) = delete;

private:
    Stream& s_;
};

// A record with a name and a site alone, or with a pipe and an id besides.
TILESYNC_INLINE void note(Tag tag, const char* name, std::initializer_list<uint64_t> numbers = {})
{
    Stream& s = Stream::here();
    if (!s.records()) return;
    uint64_t site = site_in_block(s), text = s.text(name);
    s.out.tag(tag);
    s.out.number(text);
    for (uint64_t n : numbers) s.out.number(n);
    s.out.number(site);
    s.ended_record();
}

// An op: its name, its line, its flags, and its operands, each with its role.
TILESYNC_INLINE void record_op(Stream& s, const char* name, uint64_t site, uint64_t flags, const uint64_t* operands, size_t n)
{
    uint64_t text = s.text(name);
    s.out.tag(Tag::Op);
    s.out.number(text);
    s.out.number(site);
    s.out.number(flags);
    s.out.number(n);
    for (size_t i = 0; i < n; ++i) s.out.number(operands[i]);
    s.ended_record();
}
TILESYNC_INLINE void record_op(Stream& s, const char* name, uint64_t site, uint64_t flags, std::initializer_list<uint64_t> operands)
{
    record_op(s, name, site, flags, operands.begin(), operands.size());
}

} // namespace tilesync
