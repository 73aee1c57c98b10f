#pragma once
#include <cstddef>
#include <type_traits>

namespace pto {

// Five numbers, of which those that are -1 are given when it runs.
template <int64_t... N>
struct Numbers {
    int64_t of[5] = {N...};
    template <class... Given>
    explicit Numbers(Given... given)
    {
        const int64_t numbers[] = {0, static_cast<int64_t>(given)...};
        int next = 0;
        for (int64_t& number : of)
            if (number < 0) number = numbers[++next];
    }
};
template <int64_t... N>
struct Shape : Numbers<N...> {
    using Numbers<N...>::Numbers;
};
template <int64_t... N>
struct Stride : Numbers<N...> {
    using Numbers<N...>::Numbers;
};

template <class T, class Shape_, class Stride_, Layout L = Layout::ND>
struct GlobalTensor {
    using RawDType = T;
    using DType = T;
    using Shape = Shape_;
    using Stride = Stride_;
    static constexpr Layout layout = L;
    explicit GlobalTensor(T* data, Shape_ shape = Shape_(), Stride_ stride = Stride_()) : data_(data), shape_(shape), stride_(stride) {}
    T* data() { return data_; }
    int64_t GetShape(int d) const { return shape_.of[d]; }
    int64_t GetStride(int d) const { return stride_.of[d]; }
    void SetAddr(T* data) { data_ = data; }

private:
    T* data_;
    Shape_ shape_;
    Stride_ stride_;
};

template <TileType Space, class T, int R, int C, BLayout B = BLayout::RowMajor, int VR = R, int VC = C, SLayout S = SLayout::NoneBox, int F = 512>
class Tile {
public:
    using DType = T;
    using TileDType = T*;
    static constexpr TileType Loc = Space;
    static constexpr int Rows = R, Cols = C, Numel = R * C, SFractalSize = F;
    static constexpr BLayout BFractal = B;
    static constexpr SLayout SFractal = S;
    static constexpr size_t GetSizeInBytes() { return R * C * sizeof(T); }

    Tile() = default;
    Tile(int rows, int cols) : rows_(rows), cols_(cols) {}
    int GetValidRow() const { return rows_; }
    int GetValidCol() const { return cols_; }
    void SetValidRow(int rows)
    {
        static_assert(VR == -1);
        rows_ = rows;
    }
    void SetValidCol(int cols)
    {
        static_assert(VC == -1);
        cols_ = cols;
    }
    void SetValidShape(int rows, int cols)
    {
        SetValidRow(rows);
        SetValidCol(cols);
    }
    T*& data() { return data_; }
    void assignData(T* data) { data_ = data; }
    __tf__ AICORE void SetValue(const uint32_t offset, const T value)
    {
        T* at = (T*)__cce_get_tile_ptr(data_);
        at[offset] = value;
    }
    __tf__ AICORE T GetValue(const uint32_t offset)
    {
        T* at = (T*)__cce_get_tile_ptr(data_);
        return at[offset];
    }

private:
    int rows_ = VR, cols_ = VC;
    T* data_ = nullptr;
};

struct TileConfig {
    static constexpr int fractalMxSize = 32;
};
#if TILESYNC_CHIP == 1
template <class T, int R, int C, int VR = R, int VC = C>
using TileLeft = Tile<TileType::Left, T, R, C, BLayout::ColMajor, VR, VC, SLayout::RowMajor>;
#else
template <class T, int R, int C, int VR = R, int VC = C>
using TileLeft = Tile<TileType::Left, T, R, C, BLayout::RowMajor, VR, VC, SLayout::RowMajor>;
#endif
template <class T, int R, int C, int VR = R, int VC = C>
using TileRight = Tile<TileType::Right, T, R, C, BLayout::RowMajor, VR, VC, SLayout::ColMajor>;
template <class T, int R, int C, int VR = R, int VC = C>
using TileAcc = Tile<TileType::Acc, T, R, C, BLayout::ColMajor, VR, VC, SLayout::RowMajor, 1024>;

template <class T, int R, int C, int VR = R, int VC = C>
using TileLeftScale = Tile<TileType::ScaleLeft, T, R, C, BLayout::RowMajor, VR, VC, SLayout::RowMajor, TileConfig::fractalMxSize>;
template <class T, int R, int C, int VR = R, int VC = C>
using TileRightScale = Tile<TileType::ScaleRight, T, R, C, BLayout::ColMajor, VR, VC, SLayout::ColMajor, TileConfig::fractalMxSize>;

template <int... N>
struct ConvTileShape {
    static constexpr int totalDimCount = sizeof...(N);
    static constexpr int64_t staticShape[] = {N...};
};

// An image, or filters.
template <TileType Space, class T, int Count, Layout L, class Shape_>
class ConvTile {
public:
    using DType = T;
    using TileDType = T*;
    static constexpr TileType Loc = Space;
    static constexpr int bufferSize = Count, totalDimCount = Shape_::totalDimCount;
    static constexpr Layout layout = L;
    static constexpr const int64_t* staticShape = Shape_::staticShape;
    T*& data() { return data_; }
    void assignData(T* data) { data_ = data; }
    void SetFmapH(uint16_t) {}
    void SetFmapW(uint16_t) {}
    void SetFilterH(uint16_t) {}
    void SetFilterW(uint16_t) {}
    void SetPadList(uint8_t, uint8_t) {}
    void SetChannelSize(uint16_t) {}

private:
    T* data_ = nullptr;
};

template <class T>
inline constexpr bool is_tile_data_v = requires { T::Loc; T::Rows; };
template <class T>
inline constexpr bool is_conv_tile_v = requires { T::bufferSize; };
template <class T>
inline constexpr bool is_global_data_v = requires { typename T::RawDType; };

} // namespace pto
