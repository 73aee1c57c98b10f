//! `#[derive(Buffers)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Data, DeriveInput, Error, Fields, GenericParam, Lifetime, Result, Type};

/// Replaces one lifetime by another.
pub(crate) struct Rebrand<'a> {
    pub(crate) from: &'a Lifetime,
    pub(crate) to: Lifetime,
}

impl VisitMut for Rebrand<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime == self.from {
            *lifetime = self.to.clone();
        }
    }
}

/// `ty` with the lifetime `from` replaced by `'static`.
pub(crate) fn unbranded(ty: &Type, from: &Lifetime) -> Type {
    let mut ty = ty.clone();
    let to = Lifetime::new("'static", proc_macro2::Span::call_site());
    Rebrand { from, to }.visit_type_mut(&mut ty);
    ty
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let plan = &input.ident;
    let fields = named_fields(input)?;
    let brand = brand(input)?;

    let names: Vec<_> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let parts = nested(&types.iter().map(|ty| quote!(#ty)).collect::<Vec<_>>());
    let pattern = nested(&names.iter().map(|name| quote!(#name)).collect::<Vec<_>>());
    let tokens: Vec<_> = (0..names.len()).map(|index| format_ident!("T{index}")).collect();
    let retired = retired(&names);

    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let others: Vec<_> = other_params(input).collect();
    let other_brand = Lifetime::new("'__j", brand.span());
    let vis = &input.vis;
    let retire_doc = format!(
        "Takes the tiles of a `{plan}` back, each as the token that owns it now, in the order of the fields."
    );
    let check = if others.is_empty() {
        quote! {
            const _: () = <<#plan<'static> as ::tilesync::tile::Buffers<'static>>::Parts
                as ::tilesync::tile::TileSet<'static>>::USAGE.check(
                    <::tilesync::exec::PlanChip<#plan<'static>> as ::tilesync::chip::Chip>::ID,
                    <#plan<'static> as ::tilesync::tile::Buffers<'static>>::NAMES,
                );
        }
    } else {
        TokenStream::new()
    };

    Ok(quote! {
        impl #impl_generics ::tilesync::tile::plan::Branded for #plan #ty_generics #where_clause {
            type Brand = ::tilesync::tile::plan::Brand<#brand>;
        }

        impl #impl_generics ::tilesync::tile::Buffers<#brand> for #plan #ty_generics #where_clause {
            type At<#other_brand> = #plan<#other_brand #(, #others)*>;
            type Parts = #parts;
            const NAMES: &'static [&'static str] = &[#(stringify!(#names)),*];

            fn assemble(#pattern: Self::Parts) -> Self {
                #plan { #(#names),* }
            }
        }

        impl #impl_generics #plan #ty_generics #where_clause {
            #[doc = #retire_doc]
            #[track_caller]
            #[allow(clippy::too_many_arguments)]
            #vis fn retire<#(#tokens),*>(#(#names: #tokens),*) -> ::tilesync::Retired<Self>
            where
                #(#tokens: ::tilesync::event::Retire<#brand, Tile: ::tilesync::event::IsField<#types>>,)*
            {
                ::tilesync::Retired::plan(#retired)
            }
        }

        #check
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&syn::Field>> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => fields.named.iter().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if fields.is_empty() {
        let message = "a plan is a struct with named fields, at least one: \
                       `struct Ub<'k> { x: VecTile<'k, f32, 64, 64> }`";
        return Err(Error::new_spanned(&input.ident, message));
    }
    Ok(fields)
}

fn brand(input: &DeriveInput) -> Result<&Lifetime> {
    let mut lifetimes = input.generics.lifetimes();
    match (lifetimes.next(), lifetimes.next()) {
        (Some(brand), None) => Ok(&brand.lifetime),
        _ => {
            let plan = &input.ident;
            let message = format!(
                "a plan has one lifetime, the brand of the kernel that owns its tiles: \
                 `struct {plan}<'k>`, and `'k` in each field: `VecTile<'k, f32, 64, 64>`"
            );
            Err(Error::new_spanned(plan, message))
        }
    }
}

/// The type and const parameters, as arguments.
fn other_params(input: &DeriveInput) -> impl Iterator<Item = &syn::Ident> {
    input.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    })
}

/// `a, b, c` in pairs of pairs, as `((a, b), c)`: cut in the middle, since the compiler's work grows fast with the depth.
fn nested(items: &[TokenStream]) -> TokenStream {
    match items {
        [] => TokenStream::new(),
        [last] => last.clone(),
        _ => {
            let (first, rest) = items.split_at(items.len().div_ceil(2));
            let (first, rest) = (nested(first), nested(rest));
            quote!((#first, #rest))
        }
    }
}

/// The fields retired and put together, as `nested` pairs them.
fn retired(names: &[&syn::Ident]) -> TokenStream {
    match names {
        [] => TokenStream::new(),
        [last] => quote!(::tilesync::Retired::field(#last)),
        _ => {
            let (first, rest) = names.split_at(names.len().div_ceil(2));
            let (first, rest) = (retired(first), retired(rest));
            quote!(#first.and(#rest))
        }
    }
}
