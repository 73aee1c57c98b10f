//! `#[derive(Args)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{DeriveInput, Error, Generics, Lifetime, Result};

use crate::brand::{MOST_ARGS, Struct, unbranded};
use crate::signature::no_argument;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut args = Struct::of(
        input,
        "args",
        "arguments are a struct with named fields, at least one: `struct Tensors<'k> { x: GlobalIn<'k, f32> }`",
        "arguments have one lifetime, the brand of the kernel that takes them: `struct NAME<'k>`, \
         and `'k` in each tensor: `GlobalIn<'k, f32>`",
    )?;
    let wrong = args.take_wrong_fields(no_argument);
    let errors = wrong.iter().map(Error::to_compile_error);
    let Struct { name, krate, brand, names, types, others, generics } = &args;
    if let Some(field) = names.get(MOST_ARGS) {
        let message = format!(
            "a struct of arguments has at most {MOST_ARGS} fields; a field may be such a struct"
        );
        return Err(Error::new_spanned(field, message));
    }
    let families: Vec<_> = types.iter().map(|ty| unbranded(ty, brand)).collect();
    let locals: Vec<_> = (0..names.len()).map(|index| format_ident!("__field{index}")).collect();
    let assembled = args.assembled(&wrong, &locals);
    let fields = names.iter().map(|name| name.unraw().to_string());
    let generics = without(generics, brand);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    Ok(quote! {
        #(#errors)*

        impl #impl_generics #krate::global::ArgStruct for #name<'static #(, #others)*> #where_clause {
            type Fields = (#(#families,)*);
            type At<#brand> = #name<#brand #(, #others)*>;
            const FIELDS: &'static [&'static str] = &[#(#fields),*];

            fn assemble<#brand>(
                (#(#locals,)*): <Self::Fields as #krate::global::Arg>::At<#brand>,
            ) -> #name<#brand #(, #others)*> {
                #assembled
            }
        }
    })
}

/// `generics` without the lifetime `brand`.
fn without(generics: &Generics, brand: &Lifetime) -> Generics {
    let mut generics = generics.clone();
    let others = generics.params.into_iter();
    let others = others.filter(
        |param| !matches!(param, syn::GenericParam::Lifetime(param) if param.lifetime == *brand),
    );
    generics.params = others.collect();
    generics
}
