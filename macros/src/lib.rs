//! The sugar of tilesync: `#[kernel]` and `#[derive(Buffers)]`.
//!
//! Neither is needed for soundness: both write what can be written by hand, and explain better what is wrong.

mod buffers;
mod declared_at;
mod kernel;

use proc_macro::TokenStream;

/// Makes a struct of tiles a plan: implements `Buffers` for it and gives it a `retire` function.
///
/// The struct has one lifetime, the brand of the kernel invocation, and named fields that are tiles or arrays of tiles. The
/// tiles are placed in the order of the fields. A plan without type or const parameters is checked against its chip's
/// capacity and alignment in `cargo check`, any other one when it is launched (at build time, too).
///
/// `retire` takes one token for each field, in order, and returns the retired plan.
#[proc_macro_derive(Buffers)]
pub fn buffers(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    buffers::derive(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a function a kernel: a unit struct of its name that implements `Kernel`.
///
/// The function has one lifetime parameter, the brand (const parameters may follow); its parameters are, in this order,
/// `Core<'k>` if it wants it, the plan, and the arguments; it returns the retired plan.
#[proc_macro_attribute]
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(item as syn::ItemFn);
    kernel::expand(&attr.into(), &function).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// For the tables of ops in tilesync itself: messages about a function's bounds point at its line in the table.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn declared_at(name: TokenStream, function: TokenStream) -> TokenStream {
    declared_at::declared_at(&name.into(), function.into()).into()
}
