//! `#[derive(Buffers)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Error, GenericParam, Ident, Lifetime, Path, Result, Type, parse_quote};

use crate::brand::{Struct, is_branded, standing_at, unbranded};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut plan = Struct::of(
        input,
        "buffers",
        "a plan is a struct with named fields, at least one: \
         `struct Ub<'k> { x: VecTile<'k, f32, 64, 64> }`",
        "a plan has one lifetime, the brand of the kernel that owns its tiles: \
         `struct NAME<'k>`, and `'k` in each field: `VecTile<'k, f32, 64, 64>`",
    )?;
    let wrong = plan.take_wrong_fields(wrong_field);
    let errors = wrong.iter().map(Error::to_compile_error);
    if plan.names.is_empty() {
        return Ok(quote!(#(#errors)*));
    }
    let (checks, buffers) = (checks(&plan), buffers(&plan, &wrong));
    let retire = retire(&plan, input);
    Ok(quote!(#(#errors)* #checks #buffers #retire))
}

fn wrong_field(ty: &Type, brand: &Lifetime) -> Option<String> {
    let segments = match ty {
        Type::Reference(_) => {
            return Some(format!(
                "a plan owns its tiles: `VecTile<{brand}, ..>`, and not a reference to one"
            ));
        }
        Type::Path(path) => Some(&path.path.segments),
        _ => None,
    };
    let last = segments.and_then(|segments| segments.last()).map(|last| last.ident.to_string());
    match last.as_deref() {
        Some("Option") => Some(
            "a plan has its tiles for sure, and a kernel gives all of them back; one that a loop may not have yet is a `Turn` in the kernel"
                .to_owned(),
        ),
        Some("Vec" | "Box" | "VecDeque") => Some(format!(
            "the type of a plan says how many tiles there are: `[VecTile<{brand}, ..>; 4]`"
        )),
        // Where a tile lacks its lifetime, the compiler says so.
        _ if segments.is_some_and(|segments| segments.iter().any(|part| !part.arguments.is_empty())) => None,
        _ => (!is_branded(ty, brand)).then(|| {
            format!(
                "a field of a plan is a tile, or an array of tiles, with the plan's lifetime: `VecTile<{brand}, ..>`; \
                 numbers and tensors are arguments of the kernel"
            )
        }),
    }
}

/// A constant for each field, at its type: what does not fit is said there.
///
/// A plan with parameters is checked where it is launched.
fn checks(plan: &Struct<'_>) -> TokenStream {
    if !plan.others.is_empty() {
        return TokenStream::new();
    }
    let (krate, tiles) = (&plan.krate, names_of_tiles(plan));
    let types: Vec<_> = plan.types.iter().map(|ty| unbranded(ty, plan.brand)).collect();
    let first = &types[0];
    let checks = plan.types.iter().enumerate().map(|(index, ty)| {
        let check = quote! {
            #krate::tile::plan::Usage::check_field(
                &[#(<#types as #krate::tile::PlanPart<'static>>::USAGE),*],
                #index,
                <<#first as #krate::tile::PlanPart<'static>>::Chip as #krate::chip::Chip>::ID,
                &[#(#tiles),*],
            )
        };
        let check = standing_at(ty, check);
        quote!(const _: () = #check;)
    });
    quote!(#(#checks)*)
}

fn buffers(plan: &Struct<'_>, wrong: &[Error]) -> TokenStream {
    let Struct { name, krate, brand, names, types, others, .. } = plan;
    let (impl_generics, ty_generics, where_clause) = plan.generics.split_for_impl();
    let other_brand = plan.other_brand();
    let tiles = names_of_tiles(plan);
    let locals: Vec<_> = (0..names.len()).map(|index| format_ident!("__field{index}")).collect();
    let parts = nested(types);
    let pattern = nested(&locals);
    let assembled = plan.assembled(wrong, &locals);
    quote! {
        impl #impl_generics #krate::tile::plan::Branded for #name #ty_generics #where_clause {
            type Brand = #krate::tile::plan::Brand<#brand>;
        }

        impl #impl_generics #krate::tile::Buffers<#brand> for #name #ty_generics #where_clause {
            type At<#other_brand> = #name<#other_brand #(, #others)*>;
            type Parts = #parts;
            const NAMES: &'static [&'static str] = &[#(#tiles),*];

            fn assemble(#pattern: Self::Parts) -> Self {
                #assembled
            }
        }
    }
}

/// The names of the tiles and arrays: of the fields, and of each element of one that is a pair.
fn names_of_tiles(plan: &Struct<'_>) -> Vec<String> {
    fn add(name: String, ty: &Type, names: &mut Vec<String>) {
        match ty {
            Type::Tuple(pair) => {
                for (index, ty) in pair.elems.iter().enumerate() {
                    add(format!("{name}.{index}"), ty, names);
                }
            }
            _ => names.push(name),
        }
    }
    let mut names = Vec::new();
    for (field, ty) in plan.names.iter().zip(&plan.types) {
        add(field.unraw().to_string(), ty, &mut names);
    }
    names
}

/// The struct of tokens, and the function that takes it.
fn retire(plan: &Struct<'_>, input: &DeriveInput) -> TokenStream {
    let Struct { name, krate, brand, names, types, .. } = plan;
    let (impl_generics, ty_generics, where_clause) = plan.generics.split_for_impl();
    let vis = &input.vis;
    let tokens = format_ident!("{name}Tokens");
    let params: Vec<_> = names.iter().map(|field| plan.param(field)).collect();
    let retired = retired(krate, names);
    let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
    let mut both = plan.generics.clone();
    both.params.extend(params.iter().map(|param| -> GenericParam { parse_quote!(#param) }));
    let (both_generics, ..) = both.split_for_impl();
    let struct_doc = format!(
        "The tokens that own the tiles of a [`{name}`] in the end, for [`{name}::retire`]."
    );
    let field_docs = names.iter().map(|field| format!("What owns `{field}` now."));
    let retire_doc = format!(
        "Takes the tiles of a `{name}` back, each as the token that owns it now, by the name of its field."
    );
    quote! {
        #[doc = #struct_doc]
        #[derive(Debug)]
        #[must_use = "the plan is retired with it"]
        #vis struct #tokens<#(#params),*> {
            #(#[doc = #field_docs] #vis #names: #params,)*
        }

        impl #both_generics #krate::event::TokensOf<#name #ty_generics> for #tokens<#(#params),*>
        where
            #(#params: #krate::event::RetiresAs<#brand, #types>,)*
            #(#predicates,)*
        {
            #[track_caller]
            fn retire(self) -> #krate::Retired<#name #ty_generics> {
                #krate::Retired::plan(#retired)
            }
        }

        impl #impl_generics #name #ty_generics #where_clause {
            #[doc = #retire_doc]
            #[track_caller]
            #vis fn retire<#(#params),*>(tokens: #tokens<#(#params),*>) -> #krate::Retired<Self>
            where
                #tokens<#(#params),*>: #krate::event::TokensOf<Self>,
            {
                #krate::event::TokensOf::retire(tokens)
            }
        }
    }
}

/// `a, b, c` in pairs of pairs, as `((a, b), c)`: cut in the middle, since the compiler's work grows fast with the depth.
pub(crate) fn nested(items: &[impl ToTokens]) -> TokenStream {
    match items {
        [] => TokenStream::new(),
        [last] => quote!(#last),
        _ => {
            let (first, rest) = items.split_at(items.len().div_ceil(2));
            let (first, rest) = (nested(first), nested(rest));
            quote!((#first, #rest))
        }
    }
}

/// The fields retired and put together, as `nested` pairs them.
fn retired(krate: &Path, names: &[&Ident]) -> TokenStream {
    let fields = names.iter().map(|name| quote!(#krate::Retired::field(self.#name)));
    retired_with(&fields.collect::<Vec<_>>())
}

/// What is retired put together, as `nested` pairs it.
pub(crate) fn retired_with(fields: &[TokenStream]) -> TokenStream {
    match fields {
        [] => TokenStream::new(),
        [last] => last.clone(),
        _ => {
            let (first, rest) = fields.split_at(fields.len().div_ceil(2));
            let (first, rest) = (retired_with(first), retired_with(rest));
            quote!(#first.and(#rest))
        }
    }
}
