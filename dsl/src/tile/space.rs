//! On-chip memory spaces: as a value ([`Space`]) and as types.

use crate::sealed::Sealed;

/// An on-chip memory of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Space {
    /// The unified buffer (UB), where the vector pipe works.
    Vec,
    /// L1, between global memory and the matrix pipe's inputs.
    Mat,
    /// L0A, the left operand of the matrix pipe.
    Left,
    /// L0B, the right operand of the matrix pipe.
    Right,
    /// L0C, the accumulator.
    Acc,
    /// The bias table.
    Bias,
    /// The fixpipe buffer with quantisation scales.
    Scaling,
    /// Beside L0A, the scales of the left operand of an MX product. On a5.
    ScaleLeft,
    /// Beside L0B, the scales of the right operand of an MX product. On a5.
    ScaleRight,
}

impl Space {
    /// How many spaces there are.
    pub const COUNT: usize = 9;

    /// Every space, in the order of [`Space::index`].
    pub const ALL: [Space; Self::COUNT] = [
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

    /// A dense index, below [`Space::COUNT`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name of the space, as in `Vec`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Space::Vec => "Vec",
            Space::Mat => "Mat",
            Space::Left => "Left",
            Space::Right => "Right",
            Space::Acc => "Acc",
            Space::Bias => "Bias",
            Space::Scaling => "Scaling",
            Space::ScaleLeft => "ScaleLeft",
            Space::ScaleRight => "ScaleRight",
        }
    }
}

impl std::fmt::Display for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A memory space as a type.
pub trait SpaceType: Sealed + 'static {
    /// The space as a value.
    const SPACE: Space;
}

macro_rules! space_types {
    ($($name:ident = $space:ident;)*) => {$(
        #[doc = concat!("[`Space::", stringify!($space), "`] as a type: [`", stringify!($space), "`] is short for it.")]
        #[derive(Debug)]
        pub enum $name {}
        impl Sealed for $name {}
        impl SpaceType for $name {
            const SPACE: Space = Space::$space;
        }

        #[doc = concat!("[`Space::", stringify!($space), "`] as a type.")]
        pub type $space = $name;
    )*};
}

// A message shows a type without its path if nothing else has its name, as `Vec` and the values of `Space` have.
space_types! {
    VecSpace = Vec;
    MatSpace = Mat;
    LeftSpace = Left;
    RightSpace = Right;
    AccSpace = Acc;
    BiasSpace = Bias;
    ScalingSpace = Scaling;
    ScaleLeftSpace = ScaleLeft;
    ScaleRightSpace = ScaleRight;
}
