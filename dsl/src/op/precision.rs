//! How exactly an op computes: as it does if nothing is said, or in its high precision.

/// How exactly an op computes: [`Usual`] or [`High`].
pub trait Precision: crate::sealed::Sealed + 'static {
    /// Whether it is [`High`].
    const HIGH: bool;
}

/// As the op computes if nothing is said.
#[derive(Debug)]
pub enum Usual {}

/// In the op's high precision.
#[derive(Debug)]
pub enum High {}

impl crate::sealed::Sealed for Usual {}
impl crate::sealed::Sealed for High {}

impl Precision for Usual {
    const HIGH: bool = false;
}

impl Precision for High {
    const HIGH: bool = true;
}
