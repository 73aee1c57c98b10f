//! `#[declared_at(name)]`: for the tables of ops in tilesync.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

/// Moves a function's signature, as far as messages point at it, to where its name stands: to its line in a table of ops.
///
/// Without it a message about a bound shows the table's macro and all of the table. Only locations change, not hygiene.
pub(crate) fn declared_at(name: &TokenStream, function: TokenStream) -> TokenStream {
    let Some(name) = name.clone().into_iter().next() else { return function };
    let mut tokens: Vec<_> = function.into_iter().collect();
    let body = tokens.pop();
    tokens.into_iter().map(|token| moved(token, name.span())).chain(body).collect()
}

fn moved(token: TokenTree, to: Span) -> TokenTree {
    let span = token.span().located_at(to);
    let mut token = match token {
        TokenTree::Group(group) => {
            let inner = group.stream().into_iter().map(|token| moved(token, to)).collect();
            TokenTree::Group(Group::new(group.delimiter(), inner))
        }
        other => other,
    };
    token.set_span(span);
    token
}
