//! Closes the algebra: its traits are implemented, and its inner methods called, in this crate alone.

/// Implemented only here, so that no other crate can add a tile, a token, an op or a chip.
///
/// Never for a type parameter that a user's trait bounds: whatever implements it may pose as any of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made a part of the library",
    label = "a type of one's own",
    note = "the ops, pipes, element types, layouts, chips and tokens are those that the library has"
)]
#[allow(unreachable_pub, reason = "a bound of public traits, kept out of reach on purpose")]
pub trait Sealed {}

/// A parameter of the methods that would break the algebra if a kernel could call them: it cannot make one.
///
/// The name is what a message shows to a kernel that tries.
#[allow(unreachable_pub, missing_debug_implementations, reason = "as for `Sealed`")]
pub struct NotForKernels(());

pub(crate) const INNER: NotForKernels = NotForKernels(());

/// No type that a kernel has. A second impl, for it, keeps the compiler from deciding on the one type of the first before it has
/// seen the other operands, and then finding fault with those.
pub(crate) enum Undecided {}
