// What an intrinsic is given: tiles, tensors in global memory, and the rest (scalars, modes), which is not recorded.
#pragma once
#include <type_traits>
#include <typeinfo>

#include "stream.hpp"

namespace tilesync {

template <class T>
const char* dtype_name()
{
    using D = std::remove_cv_t<std::remove_reference_t<T>>;
    if constexpr (std::is_same_v<D, float>) return "f32";
    else if constexpr (std::is_same_v<D, double>) return "f64";
    else if constexpr (std::is_same_v<D, half>) return "f16";
    else if constexpr (std::is_same_v<D, bfloat16_t>) return "bf16";
    else if constexpr (std::is_same_v<D, bool>) return "u8";
    else if constexpr (std::is_integral_v<D>) {
        constexpr bool sign = std::is_signed_v<D>;
        switch (sizeof(D)) {
            case 1: return sign ? "i8" : "u8";
            case 2: return sign ? "i16" : "u16";
            case 4: return sign ? "i32" : "u32";
            default: return sign ? "i64" : "u64";
        }
    } else if constexpr (std::is_same_v<D, float8_e4m3_t>) return "f8e4m3";
    else if constexpr (std::is_same_v<D, float8_e5m2_t>) return "f8e5m2";
    else if constexpr (std::is_same_v<D, float8_e8m0_t>) return "f8e8m0";
    else if constexpr (std::is_same_v<D, hifloat8_t>) return "hif8";
    else if constexpr (std::is_same_v<D, float4_e2m1x2_t>) return "f4e2m1x2";
    else if constexpr (std::is_same_v<D, float4_e1m2x2_t>) return "f4e1m2x2";
    else if constexpr (std::is_same_v<D, pto::int4b_t>) return "i4x2";
    else return typeid(D).name(); // The reader goes by the bits.
}

// A byte has two elements of four bits.
template <class T>
constexpr unsigned bits_of()
{
    using D = std::remove_cv_t<std::remove_reference_t<T>>;
    constexpr bool packed = std::is_same_v<D, float4_e2m1x2_t> || std::is_same_v<D, float4_e1m2x2_t> || std::is_same_v<D, pto::int4b_t>;
    return packed ? 4 : 8 * sizeof(D);
}

template <class T>
concept is_tile = pto::is_tile_data_v<std::remove_cvref_t<T>>;
template <class T>
concept is_conv_tile = pto::is_conv_tile_v<std::remove_cvref_t<T>> && !is_tile<T>;
template <class T>
concept is_global = pto::is_global_data_v<std::remove_cvref_t<T>>;
template <class T>
concept is_memory = is_tile<T> || is_conv_tile<T> || is_global<T>;

// Rows and columns of an image, or of filters, in whole blocks of 32 bytes, and the layouts that say how those follow each other; no rows:
// they are set when it runs, or lie in another way.
struct Blocks {
    uint64_t rows = 0, cols = 0;
    int outer = 0, inner = 0;
};
constexpr int of_images = 2; // Pixels of a block of channels follow each other.
template <class T>
constexpr Blocks blocks()
{
    constexpr auto dims = T::totalDimCount;
    const auto& n = T::staticShape;
    for (int d = 0; d < dims; ++d)
        if (n[d] <= 0) return {};
    if (T::layout == pto::Layout::NC1HWC0 && dims == 5 && n[0] == 1)
        return {static_cast<uint64_t>(n[2] * n[3]), static_cast<uint64_t>(n[1] * n[4]), of_images, 0};
    auto zn = [](auto rows, auto cols) { return Blocks{static_cast<uint64_t>(rows), static_cast<uint64_t>(cols), 0, int(pto::SLayout::ColMajor)}; };
    if (T::layout == pto::Layout::FRACTAL_Z && dims == 5) return zn(n[0] * n[1] * n[2] * n[4], n[3]);
    if (T::layout == pto::Layout::FRACTAL_Z && dims == 4) return zn(n[0] * n[3], n[1] * n[2]);
    return {};
}

template <class T>
uint32_t declare_tile(Stream& s, uint64_t rows, uint64_t cols)
{
    uint64_t dtype = s.text(dtype_name<std::remove_cv_t<typename T::DType>>());
    s.out.tag(Tag::TileType);
    auto put = [&](auto... n) { (s.out.number(static_cast<uint64_t>(n)), ...); };
    if constexpr (is_tile<T>) {
        put(T::Loc, dtype, 8 * T::GetSizeInBytes() / T::Numel, rows, cols, T::BFractal, T::SFractal, T::SFractalSize);
    } else {
        put(T::Loc, dtype, 8 * sizeof(typename T::DType), rows, cols, blocks<T>().outer, blocks<T>().inner, 0);
    }
    return s.next_tile_type();
}

// Rows and columns of a `ConvTile`: where it is nothing else, one row of all that it holds.
template <class T>
constexpr uint64_t conv_rows() { return blocks<T>().rows ? blocks<T>().rows : 1; }
template <class T>
constexpr uint64_t conv_cols() { return blocks<T>().rows ? blocks<T>().cols : T::bufferSize / sizeof(typename T::DType); }

template <class T>
uint32_t tile_type(Stream& s)
{
    static thread_local uint32_t number = 0; // One more than the number.
    if (number) return number - 1;
    if constexpr (is_tile<T>) number = declare_tile<T>(s, T::Rows, T::Cols) + 1;
    else number = declare_tile<T>(s, conv_rows<T>(), conv_cols<T>()) + 1;
    return number - 1;
}

// What is valid in a compact tile lies as in a tile that is no larger, in whole blocks.
template <class T>
concept is_compact = requires { T::Compact; } && T::Compact == decltype(T::Compact)::Normal && is_tile<T>;
template <class T>
uint32_t tile_type_of(Stream& s, uint64_t rows, uint64_t cols)
{
    static thread_local std::map<std::pair<uint64_t, uint64_t>, uint32_t> numbers;
    auto whole = [](uint64_t size, uint64_t block) { return (size + block - 1) / block * block; };
    std::pair size{whole(rows, T::InnerRows), whole(cols, T::InnerCols)};
    auto known = numbers.find(size);
    if (known == numbers.end()) known = numbers.emplace(size, declare_tile<T>(s, size.first, size.second)).first;
    return known->second;
}

// A region of an allocation; `shape` is five times shape and stride, in elements.
template <class D>
uint32_t region_at(Stream& s, uint64_t allocation, uint64_t offset, std::vector<int64_t> shape, int64_t layout = 0)
{
    shape.push_back(layout);
    shape.push_back(reinterpret_cast<intptr_t>(&region_at<D>)); // Not `typeid`: `_Float16` has none.
    auto [known, is_new] = s.global_shapes.try_emplace(std::move(shape), 0);
    if (is_new) {
        uint64_t dtype = s.text(dtype_name<D>());
        s.out.tag(Tag::GlobalType);
        s.out.number(dtype);
        s.out.number(bits_of<D>());
        s.out.number(static_cast<uint64_t>(layout));
        for (size_t i = 0; i < 10; ++i) s.out.number(static_cast<uint64_t>(known->first[i]));
        known->second = s.next_global_type();
    }
    uint64_t numbers[] = {known->second, allocation, offset};
    return s.operand(Tag::Global, numbers, 3);
}

// A region of global memory.
template <class D>
uint32_t region(Stream& s, const void* data, int64_t layout, std::vector<int64_t> shape)
{
    auto [allocation, offset] = Recorder::get().find(data);
    return region_at<D>(s, allocation, offset, std::move(shape), layout);
}

template <class T>
uint32_t operand(Stream& s, T& t)
{
    using A = std::remove_cvref_t<T>;
    if constexpr (is_tile<A> || is_conv_tile<A>) {
        auto address = reinterpret_cast<uintptr_t>(t.data());
        uint64_t at = Memory::here().place(address);
        uint64_t rows = 1, cols = 1, type;
        if constexpr (is_tile<A>) rows = t.GetValidRow(), cols = t.GetValidCol();
        else rows = conv_rows<A>(), cols = conv_cols<A>();
        if constexpr (is_compact<A>) type = tile_type_of<A>(s, rows, cols);
        else type = tile_type<A>(s);
        uint64_t numbers[] = {type, at, rows, cols};
        return s.operand(Tag::Tile, numbers, 4);
    } else {
        using D = std::remove_cv_t<typename A::RawDType>;
        std::vector<int64_t> shape;
        for (int d = 0; d < 5; ++d) shape.push_back(t.GetShape(d)), shape.push_back(t.GetStride(d));
        return region<D>(s, (const void*)t.data(), static_cast<int64_t>(A::layout), std::move(shape));
    }
}

} // namespace tilesync
