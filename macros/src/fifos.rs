//! `#[derive(Fifos)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Error, Ident, Lifetime, Result, Type, parse_quote};

use crate::brand::{Struct, is_branded, standing_at};
use crate::buffers::{nested, retired_with};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut links = Struct::of(
        input,
        "fifos",
        "FIFOs are a struct with named fields, at least one: \
         `struct Links<'k, R> { sums: C2V<'k, R, usize, f32, 64, 64, 4> }`",
        "FIFOs have one lifetime, the brand of the invocation that owns their ends: \
         `struct NAME<'k, R>`, and `'k` in each field: `C2V<'k, R, usize, f32, 64, 64, 4>`",
    )?;
    let role = input.generics.type_params().next().map(|param| param.ident.clone());
    let Some(role) = role else {
        let message = format!(
            "FIFOs have a parameter for the role, which each field passes on: `struct {name}<'k, R>`, `C2V<'k, R, ..>`; \
             the cube side gets `{name}<'k, OnCube>`, the vector side `{name}<'k, OnVector>`",
            name = input.ident
        );
        return Err(Error::new_spanned(&input.ident, message));
    };
    let wrong = links.take_wrong_fields(wrong_field);
    let errors = wrong.iter().map(Error::to_compile_error);
    if links.names.is_empty() {
        return Ok(quote!(#(#errors)*));
    }
    let (checks, fifos) = (checks(&links), fifos(&links, &role, &wrong));
    let retire = retire(&links, &role, input);
    Ok(quote!(#(#errors)* #checks #fifos #retire))
}

fn wrong_field(ty: &Type, brand: &Lifetime) -> Option<String> {
    (!is_branded(ty, brand)).then(|| {
        format!("a field is a FIFO with the brand and the role of the struct: `C2V<{brand}, R, ..>` or `V2C<{brand}, R, ..>`, on a5 also `A2V` or `V2M`")
    })
}

/// A constant for each field, at its type: what breaks a rule is said there. FIFOs with more parameters are checked where they are launched.
fn checks(links: &Struct<'_>) -> TokenStream {
    if links.others.len() != 1 {
        return TokenStream::new();
    }
    let Struct { name, krate, names, types, .. } = links;
    let fields: Vec<_> = names.iter().map(|name| name.unraw().to_string()).collect();
    let checks = types.iter().enumerate().map(|(index, ty)| {
        let check = quote! {
            <<#name<'static, #krate::cluster::OnCube> as #krate::cluster::Fifos<'static>>::Parts
                as #krate::cluster::FifoPart<'static>>::USES.check_field(#index, &[#(#fields),*])
        };
        let check = standing_at(ty, check);
        quote!(const _: () = #check;)
    });
    quote!(#(#checks)*)
}

fn fifos(links: &Struct<'_>, role: &Ident, wrong: &[Error]) -> TokenStream {
    let Struct { name, krate, brand, names, types, others, .. } = links;
    let generics = with_role(links, role);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let other_brand = links.other_brand();
    let other_role = format_ident!("__Role");
    let here: Vec<_> =
        others.iter().map(|other| if *other == role { &other_role } else { *other }).collect();
    let fields: Vec<_> = names.iter().map(|name| name.unraw().to_string()).collect();
    let locals: Vec<_> = (0..names.len()).map(|index| format_ident!("__field{index}")).collect();
    let (parts, pattern) = (nested(types), nested(&locals));
    let assembled = links.assembled(wrong, &locals);
    let first = types[0];
    quote! {
        impl #impl_generics #krate::tile::plan::Branded for #name #ty_generics #where_clause {
            type Brand = #krate::tile::plan::Brand<#brand>;
        }

        impl #impl_generics #krate::cluster::Fifos<#brand> for #name #ty_generics #where_clause {
            type Role = #role;
            type Step = <#first as #krate::cluster::FifoPart<#brand>>::Of;
            type At<#other_brand, #other_role: #krate::cluster::Role> = #name<#other_brand #(, #here)*>;
            type Parts = #parts;
            const NAMES: &'static [&'static str] = &[#(#fields),*];

            fn assemble(#pattern: Self::Parts) -> Self {
                #assembled
            }
        }
    }
}

/// The struct of retired ends, and the function that takes it.
fn retire(links: &Struct<'_>, role: &Ident, input: &DeriveInput) -> TokenStream {
    let Struct { name, krate, names, types, .. } = links;
    let generics = with_role(links, role);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let vis = &input.vis;
    let tokens = format_ident!("{name}Tokens");
    let params: Vec<_> = names.iter().map(|field| links.param(field)).collect();
    let fields: Vec<_> = names
        .iter()
        .zip(types)
        .map(|(name, ty)| quote!(#krate::cluster::Walked::<#ty>::walked(tokens.#name)))
        .collect();
    let retired = retired_with(&fields);
    let struct_doc =
        format!("The retired ends of the FIFOs of a [`{name}`], for [`{name}::retire`].");
    let field_docs =
        names.iter().map(|field| format!("The end of `{field}`, as `Next::End` gave it."));
    let retire_doc =
        format!("Takes the ends of a `{name}` back, each retired, by the name of its field.");
    quote! {
        #[doc = #struct_doc]
        #[derive(Debug)]
        #[must_use = "the FIFOs are retired with it"]
        #vis struct #tokens<#(#params),*> {
            #(#[doc = #field_docs] #vis #names: #params,)*
        }

        impl #impl_generics #name #ty_generics #where_clause {
            #[doc = #retire_doc]
            #vis fn retire<#(#params),*>(tokens: #tokens<#(#params),*>) -> #krate::Retired<Self>
            where
                #(#params: #krate::cluster::Walked<#types>,)*
            {
                #krate::Retired::fifos(#retired)
            }
        }
    }
}

/// The parameters, with the bound of the role.
fn with_role(links: &Struct<'_>, role: &Ident) -> syn::Generics {
    let krate = &links.krate;
    let mut generics = links.generics.clone();
    for param in generics.type_params_mut().filter(|param| param.ident == *role) {
        param.bounds.push(parse_quote!(#krate::cluster::Role));
    }
    generics
}
