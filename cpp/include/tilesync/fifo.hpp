// FIFOs between the cores of a cluster: what `TALLOC`, `TPUSH`, `TPOP` and `TFREE` do with a `TPipe` on the device. Where the slots are in
// global memory, a push of a tile is a store into the slot, a pop a load from it. a5's may be on the consumer's chip: a push writes there, and
// a pop says where it has. What is not known here goes to the functions of hooks.hpp.
#pragma once
#include <pto/common/fifo.hpp>

#include "operand.hpp"

#undef TPipe
namespace pto {
template <uint8_t Flag, uint8_t Dir, uint32_t Bytes, uint32_t Slots, uint32_t Local = 2, bool NoSplit = false, bool UnitFlag = false>
struct TPipe;
} // namespace pto

namespace tilesync {

// What the type of a FIFO says. `known`: what moves through it is recorded, where nothing is computed. `judged`: what its steps say to the
// other cores is recorded, too, which takes one side alone.
template <class Pipe>
struct Ring {
    static constexpr bool known = false;
};
template <uint8_t Flag, uint8_t Dir, uint32_t Bytes, uint32_t Slots, uint32_t Local, bool NoSplit, bool UnitFlag>
struct Ring<pto::TPipe<Flag, Dir, Bytes, Slots, Local, NoSplit, UnitFlag>> {
    static constexpr uint32_t bytes = Bytes, slots = Slots, local = Local, period = Slots <= 2 ? Slots : Slots / 2;
    static constexpr bool split = !NoSplit, unit_flag = UnitFlag, cube = TILESYNC_SIDE == 1, a5 = TILESYNC_CHIP == 1;
    // 1: to the vector cores, 2: to the cube, 3: both. On a5 these have their slots on the consumer's chip, and 5 to 7 in global memory.
    static constexpr int direction = Dir & 3;
    static constexpr bool both = direction == 3, on_chip = a5 && !(Dir & 4);
    static constexpr bool known = !computes && direction != 0 && (a5 || !(Dir & 4));
    static constexpr bool judged = known && TILESYNC_SIDE != 0;

    // Whether what this side pushes (or pops) goes from the cube to the vector cores; and whether it is at that end at all.
    static constexpr bool from_cube(bool pushes) { return both ? pushes == cube : direction == 1; }
    static constexpr bool is_here(bool pushes) { return !TILESYNC_SIDE || pushes == (from_cube(pushes) == cube); }
    static constexpr uint32_t ready(bool from_cube) { return Flag + (both && !from_cube ? 2 : 0); }
    // On a2a3 the two directions of one pipe follow each other in memory.
    static constexpr size_t start(bool from_cube) { return !a5 && both && !from_cube ? size_t(Slots) * Bytes : 0; }
};

template <class Pipe>
using RingOf = Ring<std::remove_cvref_t<Pipe>>;

// One step of a FIFO of a2a3.
TILESYNC_NOINLINE inline void step(Step which, uint32_t fifo, uint32_t message)
{
    Stream& s = Stream::here();
    if (!s.records()) return;
    uint64_t site = site_in_block(s);
    s.out.tag(Tag::Step);
    for (uint64_t n : {uint64_t(which), uint64_t(fifo), uint64_t(message), site}) s.out.number(n);
    s.ended_record();
}

// What a5's library says to the other side: its flags, one by one. It gives slots back before any is used, and counts otherwise than a2a3's.
template <class R, bool Pushes, bool Split>
struct FlagsOfA5 {
    static constexpr bool from_cube = R::from_cube(Pushes);
    static constexpr int ready = R::ready(from_cube), free = ready + 1;
    static constexpr pipe_t producer = from_cube ? PIPE_FIX : PIPE_MTE3;
    static constexpr pipe_t consumer = !R::on_chip ? PIPE_MTE2 : from_cube ? PIPE_V : PIPE_MTE1;
    static constexpr pipe_t frees = from_cube ? consumer : PIPE_MTE1;

    // The cube has a flag for each vector core.
    static void set(pipe_t pipe, int id)
    {
        set_intra_block(pipe, id);
        if (R::cube && Split) set_intra_block(pipe, id + 16);
    }
    static void wait(pipe_t pipe, int id)
    {
        wait_intra_block(pipe, id);
        if (R::cube && Split) wait_intra_block(pipe, id + 16);
    }
    static void step(Step which, uint32_t message)
    {
        if (which == Step::Push) set(producer, ready);
        // The library's vector cores wait for the other flag where a pipe through global memory goes both ways.
        if (which == Step::Pop) wait(consumer, R::both && !R::on_chip && !R::cube ? free : ready);
        if (which == Step::Alloc && message >= R::slots && message % R::period == 0) wait(producer, free);
        if (which == Step::Free && (message + 1) % R::period == 0) set(frees, free);
    }
};

// One end of a FIFO. `Pushes`: that of the producer.
template <bool Pushes, class Pipe>
struct End {
    using R = RingOf<Pipe>;
    static constexpr bool from_cube = R::from_cube(Pushes), here = R::is_here(Pushes);
    Pipe& pipe;

    auto& cursor()
    {
        if constexpr (Pushes) return pipe.prod;
        else return pipe.cons;
    }
    uint32_t index() { return static_cast<uint32_t>(cursor().tileIndex); }
    void next() { ++cursor().tileIndex; }
    template <bool Split>
    TILESYNC_INLINE void step(Step which, uint32_t message)
    {
        if constexpr (!R::judged) {
            constexpr const char* names[] = {"TALLOC", "TPUSH", "TPOP", "TFREE"};
            note(Tag::Cross, names[int(which)], {0, 0});
        } else if constexpr (R::a5) {
            FlagsOfA5<R, Pushes, Split>::step(which, message);
        } else if (Stream::here().records()) {
            uint64_t numbers[] = {R::ready(from_cube), from_cube, R::slots, R::bytes, R::split};
            ::tilesync::step(which, Stream::here().fifo(numbers, 5), message);
        }
    }
    // A FIFO is made: a5's consumer gives slots back.
    void made()
    {
        if constexpr (R::judged && R::a5 && here) {
            if constexpr (R::on_chip) shares(first(), R::slots * R::bytes);
            for (uint32_t i = 0; i < R::period; ++i) FlagsOfA5<R, Pushes, R::split>::step(Step::Free, R::period - 1);
        }
    }
    // It goes away: the producer takes the credits that are left.
    void gone()
    {
        if constexpr (R::judged && R::a5 && here) {
            for (uint32_t i = 0; i < R::period; ++i) FlagsOfA5<R, Pushes, R::split>::step(Step::Alloc, R::slots * R::period);
        } else if constexpr (R::judged && here) {
            if (index()) step<false>(Step::Drain, index());
        }
    }
    // Where the slots on the consumer's chip begin.
    uint32_t first() { return from_cube ? pipe.fifo.C2V_CONSUMER_BUF : pipe.fifo.V2C_CONSUMER_BUF; }
    static constexpr pto::TileType space = from_cube ? pto::TileType::Vec : pto::TileType::Mat;
    void shares(uint64_t first, uint64_t bytes)
    {
        Stream& s = Stream::here();
        if (!s.records()) return;
        site_in_block(s);
        s.out.tag(Tag::Shared);
        for (uint64_t n : {uint64_t(space), first, bytes}) s.out.number(n);
        s.ended_record();
    }
    size_t in_slots() { return size_t(index() % R::slots) * R::bytes + cursor().entryOffset; }
    char* slot() { return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(pipe.fifo.GM_SLOT_BUFFER) + R::start(from_cube) + in_slots()); }

    // Moves a tile to its part of the slot, or from it.
    template <class D, auto Split, class Tile>
    TILESYNC_INLINE void move(Tile& tile, uint32_t sub, uint8_t flags)
    {
        Stream& s = Stream::here();
        if (!s.records()) return;
        uint64_t site = site_in_block(s);
        uint64_t moved = operand(s, tile);
        if constexpr (!R::judged) {
            // What orders the two sides is not known, nor then what the slots are to each other.
            record_op(s, Pushes ? "TPUSH" : "TPOP", site, flags, {moved << 2 | uint64_t(Pushes ? Role::Read : Role::Write)});
        } else if constexpr (!R::on_chip) {
            size_t rows = tile.GetValidRow(), cols = tile.GetValidCol(), pitch = cols, from = 0;
            constexpr bool vectors = Pushes != from_cube; // At a vector core, which has a part of it.
            constexpr int how = vectors ? int(Split) : 0;
            if constexpr (how == pto::TILE_UP_DOWN) from = sub * rows * cols;
            if constexpr (how == pto::TILE_UP_DOWN_ODD) from = sub * (rows + sub) * cols;
            if constexpr (how == pto::TILE_LEFT_RIGHT) from = sub * cols, pitch = 2 * cols;
            if constexpr (how == pto::TILE_LEFT_RIGHT_ODD) from = sub * (cols + sub), pitch = 2 * cols + 2 * sub - 1;
            uint64_t part = region<D>(s, slot() + from * sizeof(D), 0, {1, 1, 1, 1, 1, 1, int64_t(rows), int64_t(pitch), int64_t(cols), 1});
            uint64_t first = Pushes ? part : moved, second = Pushes ? moved : part;
            record_op(s, Pushes ? "TSTORE" : "TLOAD", site, flags, {first << 2 | uint64_t(Role::Write), second << 2});
        } else if constexpr (Pushes && from_cube) {
            // Into the same place of both vector cores, of each its half; or of the first one all.
            constexpr bool halves = int(Split) != 0;
            constexpr int64_t rows = Tile::Rows / (int(Split) == pto::TILE_UP_DOWN ? 2 : 1), cols = Tile::Cols / (int(Split) == pto::TILE_LEFT_RIGHT ? 2 : 1);
            auto of_core = [&](uint64_t core) {
                uint64_t part = region_at<D>(s, on_chip(core, uint64_t(space)), first() + in_slots(), {1, 1, 1, 1, 1, 1, 1, 1, rows * cols, 1});
                return part << 2 | uint64_t(Role::Write);
            };
            if constexpr (halves) record_op(s, "TPUSH", site, flags, {of_core(1), of_core(2), moved << 2});
            else record_op(s, "TPUSH", site, flags, {of_core(1), moved << 2});
        } else if constexpr (Pushes) {
            // Blocks of columns: 32 bytes wide, and as high as both parts together.
            constexpr int64_t wide = 32 / sizeof(D), high = Tile::Rows * (int(Split) == pto::TILE_UP_DOWN ? 2 : 1);
            int64_t rows = tile.GetValidRow(), blocks = (tile.GetValidCol() + wide - 1) / wide, from = 0;
            if constexpr (int(Split) == pto::TILE_UP_DOWN) from = sub * rows * wide;
            if constexpr (int(Split) == pto::TILE_LEFT_RIGHT) from = sub * blocks * high * wide;
            uint64_t part = region_at<D>(s, on_chip(0, uint64_t(space)), first() + in_slots() + from * sizeof(D),
                                         {1, 1, 1, 1, blocks, high * wide, rows, wide, wide, 1});
            record_op(s, "TPUSH", site, flags, {part << 2 | uint64_t(Role::Write), moved << 2});
        }
    }
    template <auto Split, class Global>
    TILESYNC_INLINE void give(Global& global)
    {
        using D = typename Global::RawDType;
        size_t from = 0;
        if constexpr (Pushes != from_cube && int(Split) != 0) {
            from = get_subblockid() * size_t(global.GetShape(4)) * sizeof(D);
            if constexpr (int(Split) == pto::TILE_UP_DOWN) from *= size_t(global.GetShape(3));
        }
        TASSIGN_IMPL(global, reinterpret_cast<typename Global::DType*>(slot() + from));
        next();
    }
};

template <class Pipe, class Global, auto Split>
TILESYNC_INLINE void alloc_slot(Pipe& pipe, Global& global)
{
    End<true, Pipe> end{pipe};
    if constexpr (end.here) {
        if (pipe.prod.getAllocateStatus()) end.template step<Split != 0>(Step::Alloc, end.index());
        end.template give<Split>(global);
    }
}
template <class Pipe, class X, auto Split, class D, uint8_t Flags>
TILESYNC_INLINE void push(Pipe& pipe, X& x, uint32_t sub)
{
    End<true, Pipe> end{pipe};
    if constexpr (!end.here) return;
    else if constexpr (is_global<X>) end.template step<Split != 0>(Step::Push, end.index() - 1);
    else {
        if (pipe.prod.getAllocateStatus()) end.template step<Split != 0>(Step::Alloc, end.index());
        constexpr uint8_t flags = Flags | (RingOf<Pipe>::unit_flag && end.from_cube ? phase_final : 0);
        end.template move<D, Split>(x, sub, flags);
        if (pipe.prod.getRecordStatus()) end.template step<Split != 0>(Step::Push, end.index());
        end.next();
    }
}
template <class Pipe, class X, auto Split>
TILESYNC_INLINE void pop(Pipe& pipe, X& x, uint32_t sub)
{
    using R = RingOf<Pipe>;
    End<false, Pipe> end{pipe};
    if constexpr (!end.here) return;
    else if constexpr (is_global<X>) {
        end.template step<Split != 0>(Step::Pop, end.index());
        end.template give<Split>(x);
    } else {
        if (pipe.cons.getWaitStatus()) end.template step<Split != 0>(Step::Pop, end.index());
        constexpr size_t pitch = R::a5 ? X::Rows * X::Cols * sizeof(typename X::DType) : R::bytes;
        uintptr_t first = X::Loc == pto::TileType::Vec ? pipe.fifo.C2V_CONSUMER_BUF : pipe.fifo.V2C_CONSUMER_BUF;
        TASSIGN_IMPL(x, first + (R::on_chip ? end.in_slots() : end.index() % R::local * pitch));
        end.template move<typename X::DType, Split>(x, sub, 0);
        if (!R::on_chip && pipe.cons.getFreeStatus()) end.template step<Split != 0>(Step::Free, end.index());
        end.next();
    }
}
// On a2a3 a tile that was popped has given its slot back by itself.
template <class Pipe, auto Split>
TILESYNC_INLINE void free_slot(Pipe& pipe)
{
    End<false, Pipe> end{pipe};
    if constexpr (end.here)
        if (pipe.cons.getFreeStatus()) end.template step<Split != 0>(Step::Free, end.index() - 1);
}

template <class X>
using element = typename std::remove_cvref_t<X>::DType;
template <class... Given>
TILESYNC_INLINE uint32_t sub_block(Given... given)
{
    uint32_t sub = get_subblockid();
    ((sub = static_cast<uint32_t>(given)), ...);
    return sub;
}
template <auto... V>
constexpr int split_of()
{
    int split = 0;
    ((split = int(V)), ...);
    return split;
}

} // namespace tilesync

// What kernels declare.
namespace pto {
template <uint8_t Flag, uint8_t Dir, uint32_t Bytes, uint32_t Slots, uint32_t Local, bool NoSplit, bool UnitFlag>
struct TPipe : LibraryTPipe<Flag, Dir, Bytes, Slots, Local, NoSplit, UnitFlag> {
    TILESYNC_NOINLINE explicit TPipe(void* slots, uint32_t vector, uint32_t cube)
        : LibraryTPipe<Flag, Dir, Bytes, Slots, Local, NoSplit, UnitFlag>(slots, vector, cube)
    {
        if constexpr (::tilesync::RingOf<TPipe>::known) ::tilesync::End<false, TPipe>{*this}.made();
    }
    TPipe(const TPipe&) = default;
    TILESYNC_NOINLINE ~TPipe()
    {
        if constexpr (::tilesync::RingOf<TPipe>::known) ::tilesync::End<true, TPipe>{*this}.gone();
    }
};
} // namespace pto

// What the library calls. The tile or the tensor comes second, or first where there is no split.
namespace pto {
template <class T0, class T1, auto... V, class A, class B, class... Sub>
TILESYNC_INLINE void TPUSH_OF_FIFO(A& a, B& b, Sub... sub)
{
    constexpr int split = ::tilesync::split_of<V...>();
    if constexpr (::tilesync::RingOf<A>::known) ::tilesync::push<A, B, split, ::tilesync::element<B>, 0>(a, b, ::tilesync::sub_block(sub...));
    else if constexpr (::tilesync::RingOf<B>::known) ::tilesync::push<B, A, split, ::tilesync::element<A>, 0>(b, a, ::tilesync::sub_block(sub...));
    else TPUSH_TILESYNC<T0, T1, V...>(a, b, sub...);
}
#if __has_include(<pto/common/fixpipe.hpp>)
template <class T0, class T1, class Config, class A, class B>
TILESYNC_INLINE void TPUSH_OF_FIFO(A& pipe, B& tile)
{
    using D = FixpipeConsDType_t<Config::QuantPre, ::tilesync::element<B>>;
    constexpr uint8_t flags = ::tilesync::flags_of(Config::Phase) | ::tilesync::flags_of(Config::AtomicT);
    if constexpr (::tilesync::RingOf<A>::known) ::tilesync::push<A, B, 0, D, flags>(pipe, tile, get_subblockid());
    else TPUSH_TILESYNC<T0, T1, Config>(pipe, tile);
}
#endif
template <class T0, class T1, auto... V, class A, class B, class... Sub>
TILESYNC_INLINE void TPOP_OF_FIFO(A& a, B& b, Sub... sub)
{
    constexpr int split = ::tilesync::split_of<V...>();
    if constexpr (::tilesync::RingOf<A>::known) ::tilesync::pop<A, B, split>(a, b, ::tilesync::sub_block(sub...));
    else if constexpr (::tilesync::RingOf<B>::known) ::tilesync::pop<B, A, split>(b, a, ::tilesync::sub_block(sub...));
    else if constexpr (sizeof...(V)) TPOP_TILESYNC<T0, T1, V...>(a, b, sub...);
    else TPOP_TILESYNC<T1, T0, TileSplitAxis::TILE_NO_SPLIT>(b, a);
}
template <class T0, class T1, auto Split, class Pipe, class Global>
TILESYNC_INLINE void TALLOC_OF_FIFO(Pipe& pipe, Global& global)
{
    if constexpr (::tilesync::RingOf<Pipe>::known) ::tilesync::alloc_slot<Pipe, Global, int(Split)>(pipe, global);
    else TALLOC_TILESYNC<T0, T1, Split>(pipe, global);
}
template <class T0, class T1, auto Split, class Pipe, class Global>
TILESYNC_INLINE void TFREE_OF_FIFO(Pipe& pipe, Global& global)
{
    if constexpr (::tilesync::RingOf<Pipe>::known) ::tilesync::free_slot<Pipe, int(Split)>(pipe);
    else TFREE_TILESYNC<T0, T1, Split>(pipe, global);
}
template <class T0, auto... V, class Pipe>
TILESYNC_INLINE void TFREE_OF_FIFO(Pipe& pipe)
{
    using R = ::tilesync::RingOf<Pipe>;
    if constexpr (!R::known) TFREE_TILESYNC<T0, V...>(pipe);
    else if constexpr (R::a5) ::tilesync::free_slot<Pipe, ::tilesync::split_of<V...>()>(pipe);
}
} // namespace pto
