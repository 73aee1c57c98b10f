//! `#[kernel]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, GenericParam, ItemFn, Lifetime, PatType, Result, ReturnType, Type};

use crate::buffers::unbranded;

pub(crate) fn expand(attr: &TokenStream, function: &ItemFn) -> Result<TokenStream> {
    if !attr.is_empty() {
        return Err(Error::new_spanned(attr, "`#[kernel]` takes no arguments"));
    }
    let signature = &function.sig;
    let name = &signature.ident;
    let brand = brand(function)?;
    let mut params = params(function)?;

    let wants_core = params.first().is_some_and(|param| is_core(&param.ty));
    let core_type = wants_core.then(|| params.remove(0).ty.clone());
    let Some((plan, args)) = params.split_first() else {
        let message = "a kernel takes its plan first (after `Core<'k>`, if it wants it): \
                       `fn name<'k>(ub: Ub<'k>, ..) -> Retired<Ub<'k>>`";
        return Err(Error::new_spanned(&signature.inputs, message));
    };
    let ReturnType::Type(_, returned) = &signature.output else {
        let message = "a kernel returns its plan, retired: `-> Retired<Ub<'k>>`; \
                       that is how no tile is lost and no flag stays raised";
        return Err(Error::new_spanned(name, message));
    };

    let vis = &function.vis;
    let docs: Vec<_> = function.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect();
    let attrs: Vec<_> = function.attrs.iter().filter(|attr| !attr.path().is_ident("doc")).collect();
    let consts: Vec<_> = signature
        .generics
        .params
        .iter()
        .filter(|param| matches!(param, GenericParam::Const(_)))
        .collect();
    let const_names: Vec<_> = signature.generics.const_params().map(|param| &param.ident).collect();

    let plan_type = &plan.ty;
    let plan_family = unbranded(plan_type, brand);
    let arg_types: Vec<_> = args.iter().map(|arg| &arg.ty).collect();
    let arg_families: Vec<_> = arg_types.iter().map(|ty| unbranded(ty, brand)).collect();
    let arg_names: Vec<_> =
        (0..args.len()).map(|index| quote::format_ident!("arg{index}")).collect();
    let core_param = core_type.map_or_else(
        || quote!(::tilesync::Core<#brand, ::tilesync::exec::PlanChip<#plan_family>>),
        |ty| quote!(#ty),
    );
    let core_arg = wants_core.then(|| quote!(core,));

    let mut body = function.clone();
    body.vis = syn::Visibility::Inherited;
    body.attrs = attrs.iter().map(|attr| (*attr).clone()).collect();

    Ok(quote! {
        #(#docs)*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        #vis struct #name<#(#consts),*>;

        #[allow(clippy::needless_pass_by_value)]
        impl<#(#consts),*> ::tilesync::Kernel for #name<#(#const_names),*> {
            type Plan = #plan_family;
            type Args = (#(#arg_families,)*);

            #[inline]
            fn run<#brand>(
                &self,
                core: #core_param,
                plan: #plan_type,
                (#(#arg_names,)*): (#(#arg_types,)*),
            ) -> #returned {
                #[inline(always)]
                #body

                let _ = core;
                #name::<#(#const_names),*>(#core_arg plan, #(#arg_names),*)
            }
        }
    })
}

fn brand(function: &ItemFn) -> Result<&Lifetime> {
    let generics = &function.sig.generics;
    if let Some(param) = generics.type_params().next() {
        let message = "a kernel has no type parameters; const parameters are fine";
        return Err(Error::new_spanned(param, message));
    }
    let mut lifetimes = generics.lifetimes();
    match (lifetimes.next(), lifetimes.next()) {
        (Some(brand), None) => Ok(&brand.lifetime),
        _ => {
            let name = &function.sig.ident;
            let message = format!(
                "a kernel has one lifetime, the brand of its tiles: `fn {name}<'k>(ub: Ub<'k>, ..)`"
            );
            Err(Error::new_spanned(name, message))
        }
    }
}

fn params(function: &ItemFn) -> Result<Vec<&PatType>> {
    function
        .sig
        .inputs
        .iter()
        .map(|arg| match arg {
            FnArg::Typed(param) => Ok(param),
            FnArg::Receiver(receiver) => {
                Err(Error::new_spanned(receiver, "a kernel is a free function"))
            }
        })
        .collect()
}

fn is_core(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Core"))
}
