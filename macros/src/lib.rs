//! The sugar of tilesync: `#[kernel]` and `#[derive(Buffers)]`.
//!
//! Neither is needed for soundness: both write what can be written by hand, and explain better what is wrong.

mod args;
mod brand;
mod buffers;
mod cluster;
mod declared_at;
mod fifos;
mod kernel;
mod op;
mod phases;
mod signature;

use proc_macro::TokenStream;

/// Makes a struct of tiles a plan: implements `Buffers` for it and gives it a `retire` function.
///
/// The struct has one lifetime, the brand of the kernel invocation, and named fields that are tiles or arrays of tiles. The
/// tiles are placed in the order of the fields. A plan without type or const parameters is checked against its chip's
/// capacity and alignment in `cargo check`, any other one when it is launched (at build time, too).
///
/// For a plan `Ub` the derive also makes a struct `UbTokens` with the same fields; `Ub::retire(UbTokens { .. })` takes it, each field
/// with the token that owns its tile in the end, and returns the retired plan. A plan `P` and its `PTokens` are as visible as each other.
///
/// Where the library has another name in `Cargo.toml`, say so: `#[buffers(crate = other_name)]`.
#[proc_macro_derive(Buffers, attributes(buffers))]
pub fn buffers(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    buffers::derive(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct of arguments an argument of a kernel: implements `ArgStruct` for it.
///
/// The struct has one lifetime, the brand, and at most sixteen named fields, each an argument: tensors, numbers, arrays and tuples of
/// them, or other such structs. The host passes a tuple of the fields, in their order.
///
/// Where the library has another name in `Cargo.toml`, say so: `#[args(crate = other_name)]`.
#[proc_macro_derive(Args, attributes(args))]
pub fn args(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    args::derive(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a function a kernel: a struct of its name that implements `Kernel`.
///
/// The function has one lifetime parameter, the brand; its parameters are, in this order, `Core<'k>` if it wants it, the plan, and
/// the arguments; it returns the retired plan.
///
/// Type and const parameters may follow the brand. With const parameters the kernel is launched as `&name::<64>`, with type
/// parameters as `&name::<f32>()`, since a struct with type parameters is no value by its name.
///
/// A kernel that has settings of its own, or that stands beside other items of a type, is an `impl` block with one function, which
/// takes `&self` if it wants it; the type is the kernel then:
///
/// ```ignore
/// struct Scale(f32);
///
/// #[kernel]
/// impl Scale {
///     fn run<'k>(&self, ub: Ub<'k>, x: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> { .. }
/// }
/// ```
///
/// Where the library has another name in `Cargo.toml`, say so: `#[kernel(crate = other_name)]`.
#[proc_macro_attribute]
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(item as syn::Item);
    kernel::expand(attr.into(), item).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct of FIFOs those of a cluster: implements `Fifos` for it and gives it a `retire` function.
///
/// The struct has one lifetime, the brand, and a type parameter for the role, which stands first; its named fields are `C2V` and `V2C`,
/// which pass both on. Each takes two cross-core flags, and `cargo check` says which one is too many.
///
/// For a struct `Links` the derive also makes a struct `LinksTokens` with the same fields; `Links::retire(LinksTokens { .. })` takes it,
/// each field with the retired end that `Next::End` gave.
///
/// Where the library has another name in `Cargo.toml`, say so: `#[fifos(crate = other_name)]`.
#[proc_macro_derive(Fifos, attributes(fifos))]
pub fn fifos(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    fifos::derive(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a type a kernel of several cores: implements `Cluster` for it.
///
/// It stands above an `impl` block with three functions:
///
/// * `fn schedule(&self, block: usize) -> Vec<Step>`, the steps of a block;
/// * `fn cube<'k>(l1: L1<'k>, links: Links<'k, OnCube>, ..) -> Retired<(L1<'k>, Links<'k, OnCube>)>`, the cube side;
/// * `fn vector<'k>(ub: Ub<'k>, links: Links<'k, OnVector>, ..) -> Retired<(Ub<'k>, Links<'k, OnVector>)>`, the vector side, which runs on
///   each vector core.
///
/// Both sides take `&self` and `Core<'k>` before the plan, if they want them, and their arguments behind the FIFOs.
///
/// The vector cores share a block by rows; `#[cluster(split = ByCols)]` and `#[cluster(split = OneVector)]` say otherwise. Where the library
/// has another name in `Cargo.toml`, say so: `#[cluster(crate = other_name)]`.
#[proc_macro_attribute]
pub fn cluster(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(item as syn::Item);
    cluster::expand(attr.into(), &item).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a type a kernel in phases, between which all of its blocks meet: implements `Phased` for it, and `Phase<N>` for each phase.
///
/// It stands above an `impl` block with a function for each phase, two to eight, in their order. Each is written as a kernel is: `&self` and
/// `Core<'k>` if it wants them, its own plan, its arguments; it returns its plan, retired.
///
/// Arguments of one name are one argument, which each phase sees as it says: `GlobalOut<'k, f32>` in the phase that stores to it,
/// `GlobalIn<'k, f32>` in a later one, which sees all of it. The host passes each once, in the order in which they are named first.
///
/// Where the library has another name in `Cargo.toml`, say so: `#[phases(crate = other_name)]`.
#[proc_macro_attribute]
pub fn phases(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(item as syn::Item);
    phases::expand(attr.into(), &item).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// For the tables of ops in tilesync itself: messages about a function's bounds point at its line in the table.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn declared_at(name: TokenStream, function: TokenStream) -> TokenStream {
    declared_at::declared_at(&name.into(), function.into()).into()
}

/// For an op of tilesync itself that is called like no other: its docs, its element types and its row of the table.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn op(declaration: TokenStream, function: TokenStream) -> TokenStream {
    op::op(&declaration.into(), &function.into()).into()
}
