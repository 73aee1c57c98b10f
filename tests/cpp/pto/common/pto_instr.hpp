#pragma once
#include "pto/common/event.hpp"
#include "pto/common/pipe.hpp"
#include <pto/cpu/NPUMemoryModel.hpp>

namespace pto {

template <class T, class A>
PTO_INTERNAL void TASSIGN_IMPL(T& tile, A address)
{
    if constexpr (is_tile_data_v<T> || is_conv_tile_v<T>) tile.assignData(NPUMemoryModel::Instance().ResolveAssignedAddress<T>(address));
    else tile.SetAddr(address);
}
template <class D, class G>
PTO_INTERNAL void TLOAD_IMPL(D& d, G& g)
{
    for (int r = 0; r < d.GetValidRow(); ++r)
        for (int c = 0; c < d.GetValidCol(); ++c) d.data()[r * D::Cols + c] = g.data()[r * g.GetStride(3) + c];
}
template <class D, class G, AtomicType atomic>
PTO_INTERNAL void TSTORE_IMPL(G& g, D& d)
{
    for (int r = 0; r < d.GetValidRow(); ++r)
        for (int c = 0; c < d.GetValidCol(); ++c) g.data()[r * g.GetStride(3) + c] = d.data()[r * D::Cols + c];
}
template <class D, class A, class B>
PTO_INTERNAL void TADD_IMPL(D& d, A& a, B& b)
{
    for (int i = 0; i < D::Numel; ++i) d.data()[i] = a.data()[i] + b.data()[i];
}
template <Coalesce by, ScatterAtomicOp atomic, class G, class S, class I>
PTO_INTERNAL void MSCATTER_IMPL(G&, S&, I&) {}
template <class D, class S>
PTO_INTERNAL void TEXP_IMPL(D&, S&) {}
template <class D, class S>
PTO_INTERNAL void TMOV_IMPL(D&, S&) {}
template <class D, class A, class B>
PTO_INTERNAL void TMATMUL_IMPL(D&, A&, B&) {}
template <class D, class A, class B>
PTO_INTERNAL void TMATMUL_ACC_IMPL(D&, D&, A&, B&) {}
template <AccPhase P, class D, class A, class B>
PTO_INTERNAL void TMATMUL_IMPL(D&, A&, B&) {}
template <class D, class S>
PTO_INTERNAL void TEXTRACT_IMPL(D&, S&, int, int) {}
template <class D, class S>
PTO_INTERNAL void TRESHAPE_IMPL(D& d, S& s)
{
    d.data() = s.data();
}
template <class D, class S>
PTO_INTERNAL void TNEW_IMPL(D&, S&) {}
template <class D, class S>
PTO_INTERNAL void TCVT_IMPL(D&, S&, RoundMode, bool) {}
template <class D, class S>
PTO_INTERNAL void TCVT_IMPL(D&, S&, RoundMode, SaturationMode, bool) {}
template <class D, class G, AtomicType, ReluPreMode, class... Scale>
PTO_INTERNAL void TSTORE_IMPL(G&, D&, Scale&&...) {}
template <class D, class G, class F, AtomicType, ReluPreMode>
PTO_INTERNAL void TSTORE_IMPL(G&, D&, F&) {}
template <class D, class S, class F>
PTO_INTERNAL void TMOV_IMPL(D&, S&, F&&) {}
template <class D, class S, MaskPattern>
PTO_INTERNAL void TGATHER_IMPL(D&, S&) {}
template <class D, class S, SetFmatrixMode>
PTO_INTERNAL void TIMG2COL_IMPL(D&, S&, uint16_t, uint16_t) {}
template <QuantType, class D, class S, class F>
PTO_INTERNAL void TQUANT_IMPL(D&, S&, F&) {}
template <class D, class T, class A, class B, bool exhausted>
PTO_INTERNAL void TMRGSORT_IMPL(D&, MrgSortExecutedNumList&, T&, A&, B&) {}

// The ops that emitted kernels call besides: they compute nothing.
#define PTO_MORE_OPS(OP)                                                                                                     \
    OP(TSUB) OP(TMUL) OP(TDIV) OP(TMAX) OP(TMIN) OP(TNEG) OP(TABS) OP(TRSQRT) OP(TRECIP) OP(TADDS) OP(TSUBS) OP(TMULS) OP(TDIVS) \
    OP(TMAXS) OP(TMINS) OP(TEXPANDS) OP(TROWSUM) OP(TROWMAX) OP(TROWMIN) OP(TROWEXPANDSUB) OP(TROWEXPANDMUL)                 \
    OP(TROWEXPANDDIV) OP(TROWEXPANDEXPDIF) OP(TCOLEXPAND) OP(TCOLEXPANDADD) OP(TCOLEXPANDMUL) OP(TCOLSUM) OP(TMULADDDST) OP(TMATMUL_BIAS) OP(TMATMUL_MX) OP(TSORT32) OP(TMRGSORT)
#define PTO_BODY(NAME)          \
    template <class... A>       \
    PTO_INTERNAL void NAME##_IMPL(A&&...) {}
PTO_MORE_OPS(PTO_BODY)

} // namespace pto

#include "pto/cpu/trace.hpp"

namespace pto {

template <class T, class A>
PTO_INST void TASSIGN(T& t, A address)
{
    TASSIGN_IMPL(t, address);
}
template <Op op>
PTO_INST void TSYNC()
{
    TSYNC_IMPL<op>();
}
template <class... Events>
PTO_INST void TSYNC(Events&... events)
{
    (events.Wait(), ...);
}
template <SyncCoreType cores = SyncCoreType::AIVOnly>
PTO_INST void SYNCALL()
{
    SYNCALL_IMPL<cores>();
}

// One that the tracing header does not know.
template <class D, class S>
PTO_INST RecordEvent TNEW(D& d, S& s)
{
    cpu_sim::PtoInstrTraceScope scope("TNEW", 1, d, s);
    TNEW_IMPL(d, s);
    return {};
}
template <class D, class G, class... Events>
PTO_INST RecordEvent TLOAD(D& d, G& g, Events&... events)
{
    TSYNC(events...);
    TLOAD_IMPL(d, g);
    return {};
}
template <class D, class G, AtomicType atomic = AtomicType::AtomicNone, class... Events>
PTO_INST RecordEvent TSTORE(G& g, D& d, Events&... events)
{
    TSYNC(events...);
    TSTORE_IMPL<D, G, atomic>(g, d);
    return {};
}
template <Coalesce by, ScatterAtomicOp atomic = ScatterAtomicOp::None, class G, class S, class I>
PTO_INST RecordEvent MSCATTER(G& g, S& s, I& indices)
{
    MSCATTER_IMPL<by, atomic>(g, s, indices);
    return {};
}
template <class D, class G, AtomicType atomic, ReluPreMode relu>
PTO_INST RecordEvent TSTORE(G& g, D& d)
{
    TSTORE_IMPL<D, G, atomic, relu>(g, d);
    return {};
}
template <class D, class G, AtomicType atomic = AtomicType::AtomicNone, ReluPreMode relu = ReluPreMode::NoRelu>
PTO_INST RecordEvent TSTORE(G& g, D& d, uint64_t scale)
{
    TSTORE_IMPL<D, G, atomic, relu>(g, d, scale);
    return {};
}
template <class D, class G, class F, AtomicType atomic = AtomicType::AtomicNone, ReluPreMode relu = ReluPreMode::NoRelu>
PTO_INST RecordEvent TSTORE_FP(G& g, D& d, F& scales)
{
    TSTORE_IMPL<D, G, F, atomic, relu>(g, d, scales);
    return {};
}
template <class D, class S>
PTO_INST RecordEvent TMOV(D& d, S& s, uint64_t scale)
{
    TMOV_IMPL(d, s, scale);
    return {};
}
template <class D, class S>
PTO_INST RecordEvent TCVT(D& d, S& s, RoundMode mode, SaturationMode saturation)
{
    TCVT_IMPL(d, s, mode, saturation, true);
    return {};
}
template <class D, class A, class B, class... Events>
PTO_INST RecordEvent TADD(D& d, A& a, B& b, Events&... events)
{
    TSYNC(events...);
    TADD_IMPL(d, a, b);
    return {};
}
template <class D, class S, class... Events>
PTO_INST RecordEvent TEXP(D& d, S& s, Events&... events)
{
    TSYNC(events...);
    TEXP_IMPL(d, s);
    return {};
}
template <class D, class S, class... Events>
PTO_INST RecordEvent TMOV(D& d, S& s, Events&... events)
{
    TSYNC(events...);
    TMOV_IMPL(d, s);
    return {};
}
template <class D, class A, class B, class... Events>
PTO_INST RecordEvent TMATMUL(D& d, A& a, B& b, Events&... events)
{
    TSYNC(events...);
    TMATMUL_IMPL(d, a, b);
    return {};
}
template <AccPhase P, class D, class A, class B, class... Events>
PTO_INST RecordEvent TMATMUL(D& d, A& a, B& b, Events&... events)
{
    TSYNC(events...);
    TMATMUL_IMPL<P>(d, a, b);
    return {};
}
template <class D, class A, class B, class... Events>
PTO_INST RecordEvent TMATMUL_ACC(D& d, D& from, A& a, B& b, Events&... events)
{
    TSYNC(events...);
    TMATMUL_ACC_IMPL(d, from, a, b);
    return {};
}
template <class D, class S, class... Events>
PTO_INST RecordEvent TEXTRACT(D& d, S& s, int row, int col, Events&... events)
{
    TSYNC(events...);
    TEXTRACT_IMPL(d, s, row, col);
    return {};
}
template <class D, class S, class... Events>
PTO_INST RecordEvent TCVT(D& d, S& s, RoundMode mode, Events&... events)
{
    TSYNC(events...);
    TCVT_IMPL(d, s, mode, true);
    return {};
}
template <class D, class S>
PTO_INST RecordEvent TRESHAPE(D& d, S& s)
{
    TRESHAPE_IMPL(d, s);
    return {};
}
template <class D, class S, MaskPattern pattern>
PTO_INST RecordEvent TGATHER(D& d, S& s)
{
    TGATHER_IMPL<D, S, pattern>(d, s);
    return {};
}
template <class D, class S, SetFmatrixMode mode>
PTO_INST RecordEvent TIMG2COL(D& d, S& s, uint16_t row, uint16_t col)
{
    TIMG2COL_IMPL<D, S, mode>(d, s, row, col);
    return {};
}
template <QuantType type, class D, class S, class F>
PTO_INST RecordEvent TQUANT(D& d, S& s, F& scale)
{
    TQUANT_IMPL<type, D, S, F>(d, s, scale);
    return {};
}
template <class D, class T, class A, class B, bool exhausted>
PTO_INST RecordEvent TMRGSORT(D& d, MrgSortExecutedNumList& counts, T& tmp, A& a, B& b)
{
    TMRGSORT_IMPL<D, T, A, B, exhausted>(d, counts, tmp, a, b);
    return {};
}

template <class Pipe, class Global, TileSplitAxis Split>
PTO_INST RecordEvent TALLOC(Pipe& pipe, Global& slot)
{
    TALLOC_IMPL<Pipe, Global, Split>(pipe, slot);
    return {};
}
template <class Pipe, class X, TileSplitAxis Split>
PTO_INST RecordEvent TPUSH(Pipe& pipe, X& x)
{
    TPUSH_IMPL<Pipe, X, Split>(pipe, x);
    return {};
}
template <class Pipe, class X, TileSplitAxis Split>
PTO_INST RecordEvent TPOP(Pipe& pipe, X& x)
{
    TPOP_IMPL<Pipe, X, Split>(pipe, x);
    return {};
}
template <class Pipe, class Global, TileSplitAxis Split>
PTO_INST RecordEvent TFREE(Pipe& pipe, Global& slot)
{
    TFREE_IMPL<Pipe, Global, Split>(pipe, slot);
    return {};
}

template <class Pipe, TileSplitAxis Split>
PTO_INST RecordEvent TFREE(Pipe& pipe)
{
    TFREE_IMPL<Pipe, Split>(pipe);
    return {};
}

#define PTO_CALL(NAME)                    \
    template <class... A>                 \
    PTO_INST RecordEvent NAME(A&&... a)   \
    {                                     \
        NAME##_IMPL(a...);                \
        return {};                        \
    }
PTO_MORE_OPS(PTO_CALL)

} // namespace pto
