//! `#[phases]` on an `impl` block with a function for each phase.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{
    Error, GenericArgument, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Path, PathArguments,
    Result, Type, parse_quote,
};

use crate::brand::{MOST_ARGS, krate, text, unbranded};
use crate::signature::{Signature, is_known};

/// As many phases as the library counts.
const MOST_PHASES: usize = 8;

pub(crate) fn expand(attr: TokenStream, item: &Item) -> Result<TokenStream> {
    let krate = krate.parse2(attr).map_err(|error| {
        let message =
            "`#[phases]` takes nothing but `crate = path`, where the library has another name";
        Error::new(error.span(), message)
    })?;
    let Item::Impl(block) = item else {
        let message = "a kernel in phases is an `impl` block with a function for each phase";
        return Err(Error::new_spanned(item, message));
    };
    let functions = functions(block)?;
    let phases: Result<Vec<_>> = functions.iter().map(|function| Phase::of(function)).collect();
    let phases = phases?;
    let args = Argument::of_all(&phases)?;
    let (self_ty, generics) = (&block.self_ty, &block.generics);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (count, families) = (phases.len(), args.iter().map(|arg| &arg.family));
    let arg_names = args.iter().map(|arg| &arg.name);
    let names = phases.iter().map(|phase| phase.name.to_string());
    let runs = (0..).zip(&phases).map(|(number, phase)| {
        let run = phase.run(&krate, self_ty, &args);
        let number: usize = number;
        quote!(impl #impl_generics #krate::exec::Phase<#number> for #self_ty #where_clause { #run })
    });
    let mut inlined = block.clone();
    for item in &mut inlined.items {
        if let ImplItem::Fn(function) = item {
            function.attrs.push(parse_quote!(#[inline(always)]));
            function.attrs.push(parse_quote!(#[allow(clippy::needless_pass_by_value)]));
        }
    }
    Ok(quote! {
        #inlined

        impl #impl_generics #krate::exec::Phased for #self_ty #where_clause {
            type Args = (#(#families,)*);
            type Phases = #krate::exec::Phases<#count>;
            const ARGS: &'static [&'static str] = &[#(#arg_names),*];
            const NAMES: &'static [&'static str] = &[#(#names),*];
        }

        #(#[allow(clippy::needless_pass_by_value)] #runs)*
    })
}

fn functions(block: &ItemImpl) -> Result<Vec<&ImplItemFn>> {
    let functions: Result<Vec<_>> = block
        .items
        .iter()
        .map(|item| match item {
            ImplItem::Fn(function) => Ok(function),
            other => {
                let message = "the `impl` block of a kernel in phases has a function for each phase and nothing else; \
                               other items stand in a block of their own";
                Err(Error::new_spanned(other, message))
            }
        })
        .collect();
    let functions = functions?;
    if functions.len() < 2 {
        let message = "a kernel in phases has at least two, a function each; one without phases is a `#[kernel]`";
        return Err(Error::new_spanned(&block.self_ty, message));
    }
    if let Some(function) = functions.get(MOST_PHASES) {
        let message = format!("a kernel has at most {MOST_PHASES} phases");
        return Err(Error::new_spanned(&function.sig.ident, message));
    }
    Ok(functions)
}

/// A function of the block.
struct Phase<'a> {
    name: &'a Ident,
    signature: Signature<'a>,
}

impl<'a> Phase<'a> {
    fn of(function: &'a ImplItemFn) -> Result<Self> {
        let signature = Signature::of(&function.sig)?;
        if let Some(param) = signature.others().params.first() {
            let message = "the parameters of a kernel in phases are those of the `impl` block";
            return Err(Error::new_spanned(param, message));
        }
        let is_of_a_cluster = |ty: &&&Type| {
            let text = text(ty);
            ["OnCube", "OnVector"].iter().any(|role| text.contains(role))
        };
        if let Some(fifos) = signature.args.iter().find(is_of_a_cluster) {
            let message = "a phase runs on one core, and these are FIFOs between the cores of a cluster: give the cluster a launch of its own, \
                           `launch_cluster`, and what comes before it and behind it other ones; each launch sees what the last one stored";
            return Err(Error::new_spanned(fifos, message));
        }
        let unnamed = signature.names.iter().position(String::is_empty);
        if let Some(unnamed) = unnamed {
            let message =
                "an argument of a phase has a name: by it the other phases know the argument";
            return Err(Error::new_spanned(signature.args[unnamed], message));
        }
        Ok(Phase { name: &function.sig.ident, signature })
    }

    /// What it calls an argument, and the type that it has there.
    fn arg(&self, name: &str) -> Option<&'a Type> {
        let at = self.signature.names.iter().position(|other| other == name)?;
        Some(self.signature.args[at])
    }

    /// The items of the impl of `Phase`.
    fn run(&self, krate: &Path, self_ty: &Type, args: &[Argument]) -> TokenStream {
        let Signature { brand, receiver, core, plan, names, returned, .. } = &self.signature;
        let family = unbranded(plan, brand);
        let elsewhere = |arg: &Argument| {
            let family = &arg.family;
            quote!(#krate::global::Elsewhere<#family>)
        };
        let views = args.iter().map(|arg| match self.arg(&arg.name) {
            Some(ty) => {
                let view = unbranded(ty, brand);
                quote!(#view)
            }
            None => elsewhere(arg),
        });
        // If one of them is another argument than elsewhere, the message is to show that one.
        let suspect = args
            .iter()
            .find_map(|arg| self.arg(&arg.name).filter(|ty| element(ty) != element(&arg.family)));
        let at = suspect.map_or_else(Span::call_site, Spanned::span);
        let views = quote_spanned!(at=> (#(#views,)*));
        let types = args.iter().map(|arg| match self.arg(&arg.name) {
            Some(ty) => quote!(#ty),
            None => elsewhere(arg),
        });
        let local = |name: &String| format_ident!("__{}", name.trim_start_matches("r#"));
        let patterns = args.iter().map(|arg| match self.arg(&arg.name) {
            Some(_) => {
                let local = local(&arg.name);
                quote!(#local)
            }
            None => quote!(_),
        });
        let passed = names.iter().map(local);
        let core_type = self.signature.core_type(krate, &family);
        let core_arg = core.map(|_| quote!(__core,));
        let receiver = receiver.map(|_| quote!(self,));
        let name = self.name;
        quote! {
            type Plan = #family;
            type Views = #views;

            #[inline]
            fn run<#brand>(
                &self,
                __core: #core_type,
                __plan: #plan,
                (#(#patterns,)*): (#(#types,)*),
            ) -> #returned {
                let _ = __core;
                <#self_ty>::#name(#receiver #core_arg __plan, #(#passed),*)
            }
        }
    }
}

/// An argument of the kernel: one of several phases, perhaps.
struct Argument {
    name: String,
    /// What the host passes it for.
    family: Type,
}

impl Argument {
    /// All arguments, in the order in which they are named first.
    fn of_all(phases: &[Phase<'_>]) -> Result<Vec<Self>> {
        let mut args: Vec<Argument> = Vec::new();
        for phase in phases {
            for (name, ty) in phase.signature.names.iter().zip(&phase.signature.args) {
                if args.iter().any(|arg| arg.name == *name) {
                    continue;
                }
                if args.len() == MOST_ARGS {
                    let message = format!(
                        "a kernel takes at most {MOST_ARGS} arguments, those of all phases counted; put some of them into a struct with `#[derive(Args)]`"
                    );
                    return Err(Error::new_spanned(ty, message));
                }
                args.push(Argument { name: name.clone(), family: family(name, phases) });
            }
        }
        Ok(args)
    }
}

/// The view that the host passes an argument for: that of the phase that needs most of it.
fn family(name: &str, phases: &[Phase<'_>]) -> Type {
    let views = phases.iter().filter_map(|phase| {
        let ty = phase.arg(name)?;
        Some((needs(ty), unbranded(ty, phase.signature.brand)))
    });
    let most = views.reduce(|most, view| if view.0 > most.0 { view } else { most });
    most.map_or_else(|| parse_quote!(()), |(_, family)| family)
}

/// How much a view needs: to have its part to itself, to store with others, to read.
fn needs(ty: &Type) -> u8 {
    let text = text(ty);
    let has = |names: &[&str]| names.iter().any(|name| text.contains(name));
    if has(&["GlobalOut", "GlobalInOut"]) {
        2
    } else {
        u8::from(has(&["GlobalSum", "GlobalMax", "GlobalMin"]) || !is_known(ty))
    }
}

/// The element type of a tensor, or of parts of one; any other type as it is.
fn element(ty: &Type) -> String {
    let Type::Path(path) = ty else { return text(ty) };
    let Some(last) = path.path.segments.last() else { return text(ty) };
    let PathArguments::AngleBracketed(args) = &last.arguments else { return text(ty) };
    let first = args.args.iter().find_map(|arg| match arg {
        GenericArgument::Type(first) => Some(first),
        _ => None,
    });
    first.map_or_else(|| text(ty), element)
}
