//! `#[op(..)]`: an op of tilesync that is called like no other.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

/// Hands the function below it to the library's own `op!`, with its name and the name of the constant of its row.
pub(crate) fn op(declaration: &TokenStream, function: &TokenStream) -> TokenStream {
    let mut tokens = function.clone().into_iter();
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "fn");
    let Some(TokenTree::Ident(name)) = tokens.find(is_fn).and_then(|_| tokens.next()) else {
        return quote!(compile_error!("`#[op(..)]` stands above a function"););
    };
    let row = format_ident!("{}", name.to_string().to_uppercase());
    quote!(crate::isa::declare::op! { #row #name [#declaration] #function })
}
