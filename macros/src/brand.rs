//! What the macros have in common: the brand, and where the library is.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Lifetime, Path,
    Result, Token, Type, parse_quote,
};

/// `ty` with the lifetime `from` replaced by `'static`.
pub(crate) fn unbranded(ty: &Type, from: &Lifetime) -> Type {
    struct Rebrand<'a>(&'a Lifetime);

    impl VisitMut for Rebrand<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime == self.0 {
                *lifetime = Lifetime::new("'static", lifetime.span());
            }
        }
    }

    let mut ty = ty.clone();
    Rebrand(from).visit_type_mut(&mut ty);
    ty
}

/// Whether `ty` names the lifetime `brand`.
pub(crate) fn is_branded(ty: &Type, brand: &Lifetime) -> bool {
    text(&unbranded(ty, brand)) != text(ty)
}

/// `ty` as it is written, without most of the spaces between the tokens.
pub(crate) fn text(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(" < ", "<").replace(" >", ">").replace(" ,", ",")
}

/// The path in `crate = path`; that of the library, where there is none.
pub(crate) fn krate(input: ParseStream<'_>) -> Result<Path> {
    if input.is_empty() {
        return Ok(parse_quote!(::tilesync));
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    input.call(Path::parse_mod_style)
}

/// As many arguments as a kernel takes, and a struct of arguments has.
pub(crate) const MOST_ARGS: usize = 16;

/// A struct that a derive is for.
pub(crate) struct Struct<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) krate: Path,
    pub(crate) generics: &'a Generics,
    pub(crate) brand: &'a Lifetime,
    /// The type and const parameters, as arguments.
    pub(crate) others: Vec<&'a Ident>,
    pub(crate) names: Vec<&'a Ident>,
    pub(crate) types: Vec<&'a Type>,
}

impl<'a> Struct<'a> {
    /// With `helper` as the attribute that may name the library, and what is said where there are no named fields or not one
    /// lifetime (for `NAME`, the struct's name).
    pub(crate) fn of(
        input: &'a DeriveInput,
        helper: &str,
        no_fields: &str,
        no_brand: &str,
    ) -> Result<Self> {
        let name = &input.ident;
        let fields: Vec<_> = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => fields.named.iter().collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if fields.is_empty() {
            return Err(Error::new_spanned(name, no_fields));
        }
        let mut lifetimes = input.generics.lifetimes();
        let (Some(brand), None) = (lifetimes.next(), lifetimes.next()) else {
            return Err(Error::new_spanned(name, no_brand.replace("NAME", &name.to_string())));
        };
        Ok(Struct {
            name,
            krate: helper_krate(&input.attrs, helper)?,
            generics: &input.generics,
            brand: &brand.lifetime,
            others: input.generics.params.iter().filter_map(other).collect(),
            names: fields.iter().filter_map(|field| field.ident.as_ref()).collect(),
            types: fields.iter().map(|field| &field.ty).collect(),
        })
    }

    /// What `wrong` says of the fields, and the struct without those of which it says something.
    ///
    /// With a wrong field it does not compile. What is derived is for the others nonetheless, lest the kernel has errors of its own.
    pub(crate) fn take_wrong_fields(
        &mut self,
        wrong: impl Fn(&Type, &Lifetime) -> Option<String>,
    ) -> Vec<Error> {
        let fields: Vec<_> = self.names.drain(..).zip(self.types.drain(..)).collect();
        let mut errors = Vec::new();
        for (name, ty) in fields {
            if let Some(message) = wrong(ty, self.brand) {
                errors.push(Error::new_spanned(ty, message));
            } else {
                self.names.push(name);
                self.types.push(ty);
            }
        }
        errors
    }

    /// The struct of the fields in `locals`, where none was wrong.
    pub(crate) fn assembled(&self, wrong: &[Error], locals: &[Ident]) -> TokenStream {
        let Struct { name, names, .. } = self;
        if wrong.is_empty() {
            quote!(#name { #(#names: #locals),* })
        } else {
            quote!(::core::unreachable!("a struct with a wrong field does not compile"))
        }
    }

    /// A lifetime that the struct does not name.
    pub(crate) fn other_brand(&self) -> Lifetime {
        Lifetime::new("'__other", Span::call_site())
    }

    /// A type parameter for what has to do with `field`, that shadows none of the struct's.
    pub(crate) fn param(&self, field: &Ident) -> Ident {
        let words = field.unraw().to_string();
        let words = words.split('_').map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        });
        let mut param = format_ident!("{}Token", words.collect::<String>());
        while self.others.contains(&&param) {
            param = format_ident!("{param}_");
        }
        param
    }
}

/// The name of a type or const parameter.
fn other(param: &GenericParam) -> Option<&Ident> {
    match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    }
}

/// The library's path in `#[helper(crate = path)]`.
fn helper_krate(attrs: &[Attribute], helper: &str) -> Result<Path> {
    match attrs.iter().find(|attr| attr.path().is_ident(helper)) {
        Some(attr) => attr.parse_args_with(krate),
        None => krate.parse2(TokenStream::new()),
    }
}

/// `tokens`, as if they stood where `place` does: so that a message shows all of `place`.
pub(crate) fn standing_at(place: &impl ToTokens, tokens: TokenStream) -> TokenStream {
    let mut place = place.to_token_stream().into_iter();
    let Some(first) = place.next() else { return tokens };
    let (start, end) = (first.span(), place.last().map_or(first.span(), |last| last.span()));
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    if let Some((last, others)) = tokens.split_last_mut() {
        for token in others {
            token.set_span(start.resolved_at(token.span()));
        }
        last.set_span(end.resolved_at(last.span()));
    }
    tokens.into_iter().collect()
}
