//! Operands as the trace describes them, and as a program has them.

use crate::tile::{DtypeId, LayoutId, Space, TileType};

/// An operand of the trace.
#[derive(Clone, Debug)]
pub(super) enum Described {
    /// A tile; `addr` is missing where nobody assigned one.
    Tile { ty: TileType, addr: Option<u32>, rows: u32, cols: u32 },
    /// An element of a tile, by its number in memory.
    Element { ty: TileType, addr: Option<u32>, number: u32 },
    /// A tile in a memory that programs do not have.
    Elsewhere,
    /// A region of an allocation (0: of memory that nobody allocated).
    Global { allocation: u64, offset: u64, shape: Shape },
}

/// The five dimensions of a tensor in global memory: counts, and strides in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) dims: [(u64, u64); 5],
    /// Bytes of an element.
    pub(super) element: u64,
    /// PTO's number for the layout.
    pub(super) layout: u64,
}

impl Shape {
    /// Of elements of so many bits, with strides in elements. Two of four bits are one byte.
    pub(super) fn of(bits: u64, layout: u64, dims: [(u64, u64); 5]) -> Self {
        let element = bits.div_ceil(8);
        let dims = dims.map(|(count, stride)| match (bits, stride) {
            (4, 1) => (count.div_ceil(2), 1),
            (4, _) => (count, stride.div_ceil(2)),
            _ => (count, stride.saturating_mul(element)),
        });
        Shape { dims, element, layout }
    }

    /// What of it an op moves that moves a tile of so many valid rows and columns.
    pub(super) fn moved(mut self, (rows, cols): (u32, u32)) -> Self {
        let (rows, cols) = (u64::from(rows), u64::from(cols));
        let all = self.dims.iter().fold(1, |all: u64, (count, _)| all.saturating_mul(*count));
        let [one, two, high, low, last] = &mut self.dims;
        // Rows and columns, row after row or column after column.
        if self.layout < 2 {
            if one.0 == 1 && two.0 == 1 && high.0 == 1 {
                low.0 = low.0.min(rows);
                last.0 = last.0.min(cols);
            }
        } else if all > rows * cols
            && high.0.saturating_mul(low.0) > rows
            && high.1 == low.0.saturating_mul(low.1)
        {
            // Blocks of columns: two dimensions are rows that follow each other.
            (*high, low.0) = ((1, 0), rows);
        }
        self
    }

    /// Its runs; nothing if it is larger than any memory.
    pub(super) fn runs(&self) -> Option<Runs> {
        Runs::of(self.dims, self.element)
    }
}

/// Runs of bytes at equal distances: `(count, pitch)` twice, the outer first, of `width` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Runs {
    outer: (u64, u64),
    inner: (u64, u64),
    width: u64,
}

/// More boxes than this are one: what lies between them counts as theirs.
const MOST_BOXES: u64 = 32;

impl Runs {
    /// Of a tensor with these shapes and strides, in bytes; nothing if it is empty, or if a number is out of all bounds.
    fn of(dims: [(u64, u64); 5], element: u64) -> Option<Self> {
        if dims.iter().any(|&(count, _)| count == 0) {
            return Some(Runs { outer: (0, 0), inner: (0, 0), width: 0 });
        }
        let end = dims.iter().try_fold(element, |end: u64, &(count, stride)| {
            end.checked_add((count - 1).checked_mul(stride)?)
        });
        let end = end.filter(|&end| end < 1 << 48)?;
        let mut dims: Vec<_> = dims.into_iter().filter(|&(count, _)| count > 1).collect();
        dims.sort_unstable_by_key(|&(_, stride)| stride);
        let mut width = element;
        let mut levels: Vec<(u64, u64)> = Vec::new();
        for (count, stride) in dims {
            match levels.last_mut() {
                None if stride <= width => width += (count - 1) * stride,
                Some(last) if stride == last.0 * last.1 => last.0 *= count,
                _ => levels.push((count, stride)),
            }
        }
        let whole = Runs { outer: (1, 0), inner: (1, 0), width: end };
        Some(match *levels.as_slice() {
            [] => Runs { outer: (1, 0), inner: (1, 0), width },
            [inner] => Runs { outer: (1, 0), inner, width },
            [inner, outer] if outer.0 <= MOST_BOXES => Runs { outer, inner, width },
            [outer, inner] if outer.0 <= MOST_BOXES => Runs { outer, inner, width },
            _ => whole,
        })
    }

    /// The boxes: `(start, runs, pitch, width)`; nothing where they do not fit 32 bits.
    pub(super) fn boxes(self, from: u64) -> impl Iterator<Item = (u32, u32, u32, u32)> {
        (0..self.outer.0).filter_map(move |number| {
            let start = u32::try_from(from.checked_add(number * self.outer.1)?).ok()?;
            let (runs, pitch) = self.inner;
            let small = |number: u64| u32::try_from(number).ok();
            Some((start, small(runs)?, small(pitch)?, small(self.width)?))
        })
    }
}

/// The space with PTO's number for it.
pub(super) fn space(number: u64) -> Option<Space> {
    const SPACES: [Space; 9] = [
        Space::Vec,
        Space::Mat,
        Space::Left,
        Space::Right,
        Space::Acc,
        Space::Bias,
        Space::Scaling,
        Space::ScaleLeft,
        Space::ScaleRight,
    ];
    SPACES.get(usize::try_from(number).ok()?).copied()
}

/// The element type of this name, or, where programs have none of it, one of as many bits; and how many of C++'s elements it is.
pub(super) fn dtype(name: &str, bits: u64) -> Option<(DtypeId, u64)> {
    const NAMED: [DtypeId; 18] = [
        DtypeId::F32,
        DtypeId::F16,
        DtypeId::Bf16,
        DtypeId::I8,
        DtypeId::I16,
        DtypeId::I32,
        DtypeId::I64,
        DtypeId::U8,
        DtypeId::U16,
        DtypeId::U32,
        DtypeId::U64,
        DtypeId::F8E4M3,
        DtypeId::F8E5M2,
        DtypeId::HiF8,
        DtypeId::F8E8M0,
        DtypeId::F4E2M1x2,
        DtypeId::F4E1M2x2,
        DtypeId::I4x2,
    ];
    let known = NAMED.into_iter().find(|known| known.name() == name);
    let by_bits = match bits {
        4 | 8 => DtypeId::U8,
        16 => DtypeId::U16,
        32 => DtypeId::U32,
        64 => DtypeId::U64,
        _ => return None,
    };
    let halves = if bits == 4 { 2 } else { 1 };
    let known = known.filter(|known| known.size() as u64 * 8 == bits * halves);
    Some((known.unwrap_or(by_bits), halves))
}

/// The layout of a tile: how blocks follow each other (0 row after row, 2 as those of an image), how elements do inside (0: no blocks), bytes
/// of a block.
pub(super) fn layout(outer: u64, inner: u64, fractal: u64) -> LayoutId {
    match (outer, inner, fractal) {
        (0, 0, _) => LayoutId::Nd,
        (2, 0, _) => LayoutId::Nc1hwc0,
        (_, 0, _) => LayoutId::Dn,
        (1, 1, 1024) => LayoutId::NzAcc,
        (0, 1, 32) => LayoutId::MxZz,
        (1, 2, 32) => LayoutId::MxNn,
        (0, 1, _) => LayoutId::Zz,
        (0, _, _) => LayoutId::Zn,
        _ => LayoutId::Nz,
    }
}
