//! How TIMG2COL unrolls an image, as numbers.

/// The numbers of a [`Geometry`](crate::isa::Geometry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(hidden)]
pub struct Windows {
    /// Lines of the image, and pixels of a line.
    pub image: (u32, u32),
    /// Lines and pixels of the filter.
    pub filter: (u32, u32),
    /// From one window to the next, down and across.
    pub stride: (u32, u32),
    /// From one tap of the filter to the next, down and across.
    pub dilation: (u32, u32),
    /// Pixels around the image: on the left, on the right, above and below.
    pub pad: [u32; 4],
}

/// The bits of what is around the image.
const PAD: u64 = 0xffff_ffff;

impl Windows {
    /// The op's scalar. A corner (`m`, `k`) has 16 bits for each number, as on the device; elements have at most 4 bytes.
    pub(crate) const fn imm((m, k): (u16, u16), pad: u64) -> u64 {
        (m as u64) << 48 | (k as u64) << 32 | pad & PAD
    }

    /// The corner, and the bits of what is around the image.
    #[must_use]
    pub const fn of_imm(imm: u64) -> ((u16, u16), u64) {
        (((imm >> 48) as u16, (imm >> 32) as u16), imm & PAD)
    }
}
