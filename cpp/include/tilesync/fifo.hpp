// FIFOs between the cores of a cluster: what `TALLOC`, `TPUSH`, `TPOP` and `TFREE` do with a `TPipe` on the device, where the slots are in
// global memory: a push of a tile is a store into the slot, a pop a load from it. What is not known here goes to the functions of hooks.hpp.
#pragma once
#include <pto/common/fifo.hpp>

#include "operand.hpp"

namespace tilesync {

// What the type of a FIFO says. `known`: its slots are in global memory. `judged`: what its steps say to other cores is recorded, which takes
// one side alone, and a2a3.
template <class Pipe>
struct Ring {
    static constexpr bool known = false;
};
template <uint8_t Flag, uint8_t Dir, uint32_t Bytes, uint32_t Slots, uint32_t Local, bool NoSplit, bool UnitFlag>
struct Ring<pto::TPipe<Flag, Dir, Bytes, Slots, Local, NoSplit, UnitFlag>> {
    static constexpr uint32_t bytes = Bytes, slots = Slots, local = Local;
    static constexpr bool split = !NoSplit, unit_flag = UnitFlag, cube = TILESYNC_SIDE == 1;
    static constexpr int first = TILESYNC_CHIP == 1 ? 5 : 1; // Of the directions: to the vector cores, to the cube, both.
    static constexpr bool both = Dir == first + 2;
    static constexpr bool known = !computes && (both ? TILESYNC_SIDE != 0 : Dir == first || Dir == first + 1);
    static constexpr bool judged = known && TILESYNC_CHIP == 0 && TILESYNC_SIDE;

    // Whether what this side pushes (or pops) goes from the cube to the vector cores; and whether it is at that end at all.
    static constexpr bool from_cube(bool pushes) { return both ? pushes == cube : Dir == first; }
    static constexpr bool is_here(bool pushes) { return !TILESYNC_SIDE || pushes == (from_cube(pushes) == cube); }
    static constexpr uint32_t ready(bool from_cube) { return Flag + (both && !from_cube ? 2 : 0); }
    // The two directions of one pipe follow each other in memory.
    static constexpr size_t start(bool from_cube) { return both && !from_cube ? size_t(Slots) * Bytes : 0; }
};

template <class Pipe>
using RingOf = Ring<std::remove_cvref_t<Pipe>>;

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
    void next()
    {
        ++cursor().tileIndex;
        if constexpr (Pushes && R::judged) {
            pipe.fifo.produced[from_cube].fifo = number() + 1;
            pipe.fifo.produced[from_cube].messages = index();
        }
    }
    uint32_t number()
    {
        uint64_t numbers[] = {R::ready(from_cube), from_cube, R::slots, R::bytes, R::split};
        return Stream::here().fifo(numbers, 5);
    }
    TILESYNC_INLINE void step(Step which, uint32_t message)
    {
        if constexpr (R::judged) {
            if (Stream::here().records()) ::tilesync::step(which, number(), message);
        } else {
            constexpr const char* names[] = {"TALLOC", "TPUSH", "TPOP", "TFREE"};
            constexpr const char* of_a5[] = {"TALLOC of a5", "TPUSH of a5", "TPOP of a5", "TFREE of a5"};
            if constexpr (TILESYNC_SIDE) note(Tag::Unknown, of_a5[int(which)]);
            else note(Tag::Cross, names[int(which)], {0, 0});
        }
    }
    char* slot()
    {
        size_t at = R::start(from_cube) + size_t(index() % R::slots) * R::bytes + cursor().entryOffset;
        return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(pipe.fifo.GM_SLOT_BUFFER) + at);
    }
    // Moves a tile to its part of the slot, or from it.
    template <class D, auto Split, class Tile>
    TILESYNC_INLINE void move(Tile& tile, uint32_t sub, uint8_t flags)
    {
        Stream& s = Stream::here();
        if (!s.records()) return;
        in_some_block(s);
        size_t rows = tile.GetValidRow(), cols = tile.GetValidCol(), pitch = cols, from = 0;
        constexpr bool vectors = Pushes != from_cube; // At a vector core, which has a part of it.
        constexpr int how = vectors ? int(Split) : 0;
        if constexpr (how == pto::TILE_UP_DOWN) from = sub * rows * cols;
        if constexpr (how == pto::TILE_UP_DOWN_ODD) from = sub * (rows + sub) * cols;
        if constexpr (how == pto::TILE_LEFT_RIGHT) from = sub * cols, pitch = 2 * cols;
        if constexpr (how == pto::TILE_LEFT_RIGHT_ODD) from = sub * (cols + sub), pitch = 2 * cols + 2 * sub - 1;
        auto part = region<D>(s, slot() + from * sizeof(D), 0, {1, 1, 1, 1, 1, 1, int64_t(rows), int64_t(pitch), int64_t(cols), 1});
        uint64_t moved = operand(s, tile), site = s.site(), text = s.text(Pushes ? "TSTORE" : "TLOAD");
        uint64_t first = Pushes ? uint64_t(part) : moved, second = Pushes ? moved : uint64_t(part);
        s.out.tag(Tag::Op);
        for (uint64_t n : {text, site, uint64_t(flags), uint64_t(2), first << 2 | uint64_t(Role::Write), second << 2}) s.out.number(n);
        s.ended_record();
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
        if (pipe.prod.getAllocateStatus()) end.step(Step::Alloc, end.index());
        end.template give<Split>(global);
    }
}
template <class Pipe, class X, auto Split, class D, uint8_t Flags>
TILESYNC_INLINE void push(Pipe& pipe, X& x, uint32_t sub)
{
    End<true, Pipe> end{pipe};
    if constexpr (!end.here) return;
    else if constexpr (is_global<X>) end.step(Step::Push, end.index() - 1);
    else {
        if (pipe.prod.getAllocateStatus()) end.step(Step::Alloc, end.index());
        constexpr uint8_t flags = Flags | (RingOf<Pipe>::unit_flag && end.from_cube ? phase_final : 0);
        end.template move<D, Split>(x, sub, flags);
        if (pipe.prod.getRecordStatus()) end.step(Step::Push, end.index());
        end.next();
    }
}
template <class Pipe, class X, auto Split>
TILESYNC_INLINE void pop(Pipe& pipe, X& x, uint32_t sub)
{
    End<false, Pipe> end{pipe};
    if constexpr (!end.here) return;
    else if constexpr (is_global<X>) {
        end.step(Step::Pop, end.index());
        end.template give<Split>(x);
    } else {
        if (pipe.cons.getWaitStatus()) end.step(Step::Pop, end.index());
        uintptr_t first = end.from_cube ? pipe.fifo.C2V_CONSUMER_BUF : pipe.fifo.V2C_CONSUMER_BUF;
        TASSIGN_IMPL(x, first + uintptr_t(end.index() % RingOf<Pipe>::local) * RingOf<Pipe>::bytes);
        end.template move<typename X::DType, Split>(x, sub, 0);
        if (pipe.cons.getFreeStatus()) end.step(Step::Free, end.index());
        end.next();
    }
}
// A tile that was popped has given its slot back by itself.
template <class Pipe>
TILESYNC_INLINE void free_slot(Pipe& pipe)
{
    End<false, Pipe> end{pipe};
    if constexpr (end.here)
        if (pipe.cons.getFreeStatus()) end.step(Step::Free, end.index() - 1);
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
    if constexpr (::tilesync::RingOf<Pipe>::known) ::tilesync::free_slot(pipe);
    else TFREE_TILESYNC<T0, T1, Split>(pipe, global);
}
template <class T0, auto... V, class Pipe>
TILESYNC_INLINE void TFREE_OF_FIFO(Pipe& pipe)
{
    if constexpr (!::tilesync::RingOf<Pipe>::known) TFREE_TILESYNC<T0, V...>(pipe);
}
} // namespace pto
