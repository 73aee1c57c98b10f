#pragma once
#include <cstddef>
#include <type_traits>

namespace pto {

template <int64_t... N>
struct Shape {
    static constexpr int64_t of[5] = {N...};
};
template <int64_t... N>
struct Stride {
    static constexpr int64_t of[5] = {N...};
};

template <class T, class Shape_, class Stride_, Layout L = Layout::ND>
struct GlobalTensor {
    using RawDType = T;
    using DType = T;
    static constexpr Layout layout = L;
    explicit GlobalTensor(T* data) : data_(data) {}
    T* data() { return data_; }
    int64_t GetShape(int d) const { return Shape_::of[d]; }
    int64_t GetStride(int d) const { return Stride_::of[d]; }
    void SetAddr(T* data) { data_ = data; }

private:
    T* data_;
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

template <class T>
inline constexpr bool is_tile_data_v = requires { T::Loc; T::Rows; };
template <class T>
inline constexpr bool is_conv_tile_v = false;
template <class T>
inline constexpr bool is_global_data_v = requires { typename T::RawDType; };

} // namespace pto
