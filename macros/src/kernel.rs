//! `#[kernel]`: on a function, or on an `impl` block with one function.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::{
    Error, FnArg, Generics, Ident, ImplItem, Item, ItemFn, ItemImpl, Path, Result, parse_quote,
};

use crate::brand::{krate, standing_at, unbranded};
use crate::signature::{Signature, is_known};

pub(crate) fn expand(attr: TokenStream, item: Item) -> Result<TokenStream> {
    let krate = krate.parse2(attr).map_err(|error| {
        let message =
            "`#[kernel]` takes nothing but `crate = path`, where the library has another name";
        Error::new(error.span(), message)
    })?;
    match item {
        Item::Fn(function) => of_function(&krate, &function),
        Item::Impl(block) => of_impl(&krate, &block),
        other => {
            let message = "a kernel is a function, or an `impl` block with one function";
            Err(Error::new_spanned(other, message))
        }
    }
}

/// A kernel from a function: a struct of its name.
fn of_function(krate: &Path, function: &ItemFn) -> Result<TokenStream> {
    if let Some(FnArg::Receiver(receiver)) = function.sig.inputs.first() {
        let message = "for a kernel with a `self`, write `#[kernel]` above its `impl` block";
        return Err(Error::new_spanned(receiver, message));
    }
    let signature = Signature::of(&function.sig)?;
    let (name, vis) = (&function.sig.ident, &function.vis);
    let docs: Vec<_> = function.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect();
    let mut body = function.clone();
    body.vis = syn::Visibility::Inherited;
    body.attrs.retain(|attr| !attr.path().is_ident("doc"));

    let generics = signature.others();
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let types: Vec<_> = generics.type_params().map(|param| &param.ident).collect();
    let declared = if types.is_empty() {
        quote!(#vis struct #name #impl_generics;)
    } else {
        // A struct with type parameters is not a value by its name alone: so a function of that name is.
        quote! {
            #vis struct #name #impl_generics #where_clause {
                __types: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,
            }

            #[doc = "The kernel of this name, as a value."]
            #[allow(non_snake_case)]
            #[must_use]
            #vis const fn #name #impl_generics() -> #name #ty_generics #where_clause {
                #name { __types: ::core::marker::PhantomData }
            }
        }
    };
    let turbofish = ty_generics.as_turbofish();
    let run = Run {
        before: quote!(#[inline(always)] #body),
        callee: quote!(#name #turbofish),
        receiver: None,
    };
    let kernel = run.kernel(krate, &signature, &generics, &quote!(#name #ty_generics));
    Ok(quote! {
        #(#docs)*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        #declared
        #kernel
    })
}

/// A kernel from an `impl` block: the type that the block is for.
fn of_impl(krate: &Path, block: &ItemImpl) -> Result<TokenStream> {
    let [ImplItem::Fn(function)] = block.items.as_slice() else {
        let message = "the `impl` block of a kernel has one function: \
                       `fn run<'k>(&self, ub: Ub<'k>, ..) -> Retired<Ub<'k>>`";
        return Err(Error::new_spanned(&block.self_ty, message));
    };
    let signature = Signature::of(&function.sig)?;
    if let Some(param) = signature.others().params.first() {
        let message = "the parameters of a kernel in an `impl` block are those of the block";
        return Err(Error::new_spanned(param, message));
    }
    let mut inlined = block.clone();
    for item in &mut inlined.items {
        if let ImplItem::Fn(function) = item {
            function.attrs.push(parse_quote!(#[inline(always)]));
            function.attrs.push(parse_quote!(#[allow(clippy::needless_pass_by_value)]));
        }
    }
    let (self_ty, name) = (&block.self_ty, &function.sig.ident);
    let run = Run {
        before: TokenStream::new(),
        callee: quote!(<#self_ty>::#name),
        receiver: signature.receiver.map(|_| quote!(self,)),
    };
    let kernel = run.kernel(krate, &signature, &block.generics, &quote!(#self_ty));
    Ok(quote!(#inlined #kernel))
}

/// What the body of `Kernel::run` does.
struct Run {
    before: TokenStream,
    callee: TokenStream,
    receiver: Option<TokenStream>,
}

impl Run {
    fn kernel(
        &self,
        krate: &Path,
        signature: &Signature<'_>,
        generics: &Generics,
        self_ty: &TokenStream,
    ) -> TokenStream {
        let Run { before, callee, receiver } = self;
        let Signature { brand, core, plan, args, names: arg_names, returned, .. } = signature;
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let family = unbranded(plan, brand);
        let families: Vec<_> = args.iter().map(|arg| unbranded(arg, brand)).collect();
        let names: Vec<Ident> =
            (0..args.len()).map(|index| format_ident!("__arg{index}")).collect();
        let core_type = signature.core_type(krate, &quote!(<Self as #krate::Kernel>::Plan));
        let core_arg = core.map(|_| quote!(__core,));
        // If one of them is no argument, the message is to show that one.
        let suspect = args.iter().find(|arg| !is_known(arg));
        let at_suspect = |tokens| match suspect {
            Some(arg) => standing_at(arg, tokens),
            None => tokens,
        };
        let families = at_suspect(quote!((#(#families,)*)));
        let types = at_suspect(quote!((#(#args,)*)));
        quote! {
            #[allow(clippy::needless_pass_by_value)]
            impl #impl_generics #krate::Kernel for #self_ty #where_clause {
                type Plan = #family;
                type Args = #families;
                const ARGS: &'static [&'static str] = &[#(#arg_names),*];

                #[inline]
                fn run<#brand>(
                    &self,
                    __core: #core_type,
                    __plan: #plan,
                    (#(#names,)*): #types,
                ) -> #returned {
                    #before

                    let _ = __core;
                    #callee(#receiver #core_arg __plan, #(#names),*)
                }
            }
        }
    }
}
