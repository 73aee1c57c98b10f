//! `#[cluster]` on an `impl` block with three functions.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{ParseStream, Parser};
use syn::{
    Error, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Path, Result, Token, Type,
    parse_quote,
};

use crate::brand::{standing_at, text, unbranded};
use crate::signature::{Signature, is_known};

/// What `#[cluster(..)]` says.
struct Options {
    krate: Path,
    split: Option<Path>,
}

fn options(input: ParseStream<'_>) -> Result<Options> {
    let mut options = Options { krate: parse_quote!(::tilesync), split: None };
    while !input.is_empty() {
        if input.peek(Token![crate]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            options.krate = input.call(Path::parse_mod_style)?;
        } else {
            let name: Ident = input.parse()?;
            if name != "split" {
                let message = "`#[cluster]` takes `split = ByRows`, `ByCols` or `OneVector`, and \
                               `crate = path`, where the library has another name";
                return Err(Error::new_spanned(name, message));
            }
            input.parse::<Token![=]>()?;
            options.split = Some(input.parse()?);
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(options)
}

pub(crate) fn expand(attr: TokenStream, item: &Item) -> Result<TokenStream> {
    let Options { krate, split } = options.parse2(attr)?;
    let Item::Impl(block) = item else {
        let message =
            "a cluster is an `impl` block with three functions: `schedule`, `cube` and `vector`";
        return Err(Error::new_spanned(item, message));
    };
    let [cube, vector] = ["cube", "vector"].map(|name| function(block, name));
    let (schedule, cube, vector) = (function(block, "schedule")?, cube?, vector?);
    if let Some(other) = block.items.iter().find(|item| !is_role(item)) {
        let message = "the `impl` block of a cluster has three functions, `schedule`, `cube` and `vector`; \
                       others stand in a block of their own";
        return Err(Error::new_spanned(other, message));
    }
    let receiver = matches!(schedule.sig.inputs.first(), Some(FnArg::Receiver(_)));
    if schedule.sig.inputs.len() != 1 + usize::from(receiver) {
        let message = "the schedule of a cluster is made for a block: `fn schedule(&self, block: usize) -> Vec<Step>`";
        return Err(Error::new_spanned(&schedule.sig, message));
    }
    let receiver = receiver.then(|| quote!(self,));
    let cube = Role::of(&krate, &cube.sig, "OnCube")?;
    let vector = Role::of(&krate, &vector.sig, "OnVector")?;
    let split = split.map_or_else(|| quote!(#krate::cluster::ByRows), |split| quote!(#split));
    let (self_ty, generics) = (&block.self_ty, &block.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let fifos = &cube.fifos;
    let ([cube_plan, vector_plan], [cube_args, vector_args], [cube_names, vector_names]) =
        ([&cube.plan, &vector.plan], [&cube.args, &vector.args], [&cube.names, &vector.names]);
    let (cube_run, vector_run) = (cube.run(self_ty), vector.run(self_ty));
    let mut inlined = block.clone();
    for item in &mut inlined.items {
        if let ImplItem::Fn(function) = item {
            function.attrs.push(parse_quote!(#[allow(clippy::needless_pass_by_value)]));
        }
    }
    Ok(quote! {
        #inlined

        #[allow(clippy::needless_pass_by_value)]
        impl #impl_generics #krate::exec::Cluster for #self_ty #where_clause {
            type Split = #split;
            type Fifos = #fifos;
            type CubePlan = #cube_plan;
            type VectorPlan = #vector_plan;
            type CubeArgs = #cube_args;
            type VectorArgs = #vector_args;
            const CUBE_ARGS: &'static [&'static str] = &[#(#cube_names),*];
            const VECTOR_ARGS: &'static [&'static str] = &[#(#vector_names),*];

            fn schedule(&self, __block: usize) -> ::std::vec::Vec<#krate::exec::StepOf<Self>> {
                <#self_ty>::schedule(#receiver __block)
            }

            #cube_run
            #vector_run
        }
    })
}

fn is_role(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(function) if ["schedule", "cube", "vector"].iter().any(|name| function.sig.ident == name))
}

fn function<'a>(block: &'a ItemImpl, name: &str) -> Result<&'a ImplItemFn> {
    let functions = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    functions.into_iter().find(|function| function.sig.ident == name).ok_or_else(|| {
        let what = match name {
            "schedule" => {
                "`fn schedule(&self, block: usize) -> Vec<Step>`, the steps of a block".to_owned()
            }
            "cube" => "`fn cube<'k>(l1: L1<'k>, links: Links<'k, OnCube>, ..) -> Retired<(L1<'k>, Links<'k, OnCube>)>`".to_owned(),
            _ => "`fn vector<'k>(ub: Ub<'k>, links: Links<'k, OnVector>, ..) -> Retired<(Ub<'k>, Links<'k, OnVector>)>`".to_owned(),
        };
        Error::new_spanned(&block.self_ty, format!("this cluster has no function `{name}`: {what}"))
    })
}

/// A side of a cluster.
struct Role {
    plan: Type,
    fifos: Type,
    args: TokenStream,
    names: Vec<String>,
    run: Box<dyn Fn(&Type) -> TokenStream>,
}

impl Role {
    fn of(krate: &Path, sig: &syn::Signature, role: &str) -> Result<Self> {
        let signature = Signature::of(sig)?;
        let family = unbranded(signature.plan, signature.brand);
        let core_type = signature.core_type(krate, &family);
        let Signature { brand, receiver, core, plan, args, names: mut arg_names, returned, .. } =
            signature;
        let Some((fifos, args)) = args.split_first() else {
            let message = format!(
                "a side of a cluster takes its FIFOs behind its plan: `links: Links<{brand}, {role}>`"
            );
            return Err(Error::new_spanned(plan, message));
        };
        let other = if role == "OnCube" { "OnVector" } else { "OnCube" };
        if text(fifos).contains(other) {
            let message = format!(
                "these are the ends of the other side: here they are `{}`",
                text(fifos).replace(other, role)
            );
            return Err(Error::new_spanned(fifos, message));
        }
        arg_names.remove(0);
        let families: Vec<_> = args.iter().map(|arg| unbranded(arg, brand)).collect();
        let suspect = args.iter().find(|arg| !is_known(arg)).copied().cloned();
        let at_suspect = |tokens| match &suspect {
            Some(arg) => standing_at(arg, tokens),
            None => tokens,
        };
        let names: Vec<Ident> =
            (0..args.len()).map(|index| format_ident!("__arg{index}")).collect();
        let core_arg = core.map(|_| quote!(__core,));
        let receiver = receiver.map(|_| quote!(self,));
        let types = at_suspect(quote!((#(#args,)*)));
        let name = &sig.ident;
        let head = quote! {
            fn #name<#brand>(
                &self,
                __core: #core_type,
                __plan: #plan,
                __fifos: #fifos,
                (#(#names,)*): #types,
            ) -> #returned
        };
        let call = quote!(#name(#receiver #core_arg __plan, __fifos, #(#names),*));
        Ok(Role {
            plan: family,
            fifos: unbranded(fifos, brand),
            args: at_suspect(quote!((#(#families,)*))),
            names: arg_names,
            run: Box::new(move |self_ty| {
                quote! {
                    #head {
                        let _ = __core;
                        <#self_ty>::#call
                    }
                }
            }),
        })
    }

    fn run(&self, self_ty: &Type) -> TokenStream {
        (self.run)(self_ty)
    }
}
