//! What the signature of a kernel says, and what is wrong with it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{
    Error, FnArg, GenericArgument, GenericParam, Generics, Lifetime, Pat, PatType, Path,
    PathArguments, PathSegment, Receiver, Result, ReturnType, Type,
};

use crate::brand::{MOST_ARGS, is_branded, standing_at, text};

/// The parts of a kernel's signature.
pub(crate) struct Signature<'a> {
    generics: &'a Generics,
    pub(crate) brand: &'a Lifetime,
    pub(crate) receiver: Option<&'a Receiver>,
    pub(crate) core: Option<&'a Type>,
    pub(crate) plan: &'a Type,
    pub(crate) args: Vec<&'a Type>,
    /// The arguments' names; empty where a pattern takes one apart.
    pub(crate) names: Vec<String>,
    pub(crate) returned: &'a Type,
}

impl<'a> Signature<'a> {
    /// The type of the core in the function that the library calls: as it is named, or that of the chip of `plan`.
    pub(crate) fn core_type(&self, krate: &Path, plan: &impl ToTokens) -> TokenStream {
        let brand = self.brand;
        self.core.map_or_else(
            || {
                let core = quote!(#krate::Core<#brand, #krate::exec::PlanChip<#plan>>);
                standing_at(self.plan, core)
            },
            ToTokens::to_token_stream,
        )
    }

    pub(crate) fn of(signature: &'a syn::Signature) -> Result<Self> {
        let name = &signature.ident;
        if let Some(token) = &signature.asyncness {
            return Err(Error::new_spanned(
                token,
                "a kernel is not `async`: it issues its ops in order, and the events wait",
            ));
        }
        let mut lifetimes = signature.generics.lifetimes();
        let (Some(brand), None) = (lifetimes.next(), lifetimes.next()) else {
            let message = format!(
                "a kernel has one lifetime, the brand of its tiles: `fn {name}<'k>(ub: Ub<'k>, ..)`"
            );
            return Err(Error::new_spanned(name, message));
        };
        let brand = &brand.lifetime;
        let ReturnType::Type(_, returned) = &signature.output else {
            let message = "a kernel returns its plan, retired: `-> Retired<Ub<'k>>`; \
                           that is how no tile is lost and no flag stays raised";
            return Err(Error::new_spanned(name, message));
        };
        let retired = retired(returned);

        let mut receiver = None;
        let mut params = Vec::new();
        for input in &signature.inputs {
            match input {
                FnArg::Typed(param) => params.push(param),
                FnArg::Receiver(this) => receiver = Some(this),
            }
        }
        let mut params = params.into_iter().peekable();
        // A plan may have the name `Core`, too.
        let core = params
            .next_if(|param| is(&param.ty, "Core") && retired.map(text) != Some(text(&param.ty)));
        let Some(plan) = params.next() else {
            let message = "a kernel takes its plan first (after `Core<'k>`, if it wants it): \
                           `fn name<'k>(ub: Ub<'k>, ..) -> Retired<Ub<'k>>`";
            return Err(Error::new_spanned(name, message));
        };
        let params: Vec<&PatType> = params.collect();
        check_plan(plan, &params, returned, brand)?;
        if let Some(param) = params.get(MOST_ARGS) {
            let message = format!(
                "a kernel takes at most {MOST_ARGS} arguments; put some of them into a struct with `#[derive(Args)]`"
            );
            return Err(Error::new_spanned(param, message));
        }
        for param in &params {
            check_arg(param, brand)?;
        }
        Ok(Signature {
            generics: &signature.generics,
            brand,
            receiver,
            core: core.map(|param| &*param.ty),
            plan: &plan.ty,
            args: params.iter().map(|param| &*param.ty).collect(),
            names: params.iter().map(|param| name_of(&param.pat)).collect(),
            returned,
        })
    }

    /// The parameters but the brand.
    pub(crate) fn others(&self) -> Generics {
        let mut generics = self.generics.clone();
        let others = generics.params.into_iter();
        let others = others.filter(|param| !matches!(param, GenericParam::Lifetime(_)));
        generics.params = others.collect::<Punctuated<_, _>>();
        if generics.params.is_empty() {
            (generics.lt_token, generics.gt_token) = (None, None);
        }
        generics
    }
}

fn name_of(pat: &Pat) -> String {
    match pat {
        Pat::Ident(name) => name.ident.to_string(),
        _ => String::new(),
    }
}

fn check_plan(plan: &PatType, args: &[&PatType], returned: &Type, brand: &Lifetime) -> Result<()> {
    let ty = &*plan.ty;
    if text(returned) == text(ty) {
        let message = format!(
            "a kernel returns its plan retired, `Retired<{}>`: that is how no tile is lost and no flag stays raised",
            text(ty)
        );
        return Err(Error::new_spanned(returned, message));
    }
    if let Some(retired) = retired(returned)
        && text(retired) != text(ty)
        && args.iter().any(|arg| text(&arg.ty) == text(retired))
    {
        let message = format!(
            "a kernel takes its plan first, `{}`, and its arguments after it",
            text(retired)
        );
        return Err(Error::new_spanned(plan, message));
    }
    if let Type::Reference(reference) = ty {
        let message = format!(
            "a kernel owns its plan, and gives all of it back: `{}`, by value",
            text(&reference.elem)
        );
        return Err(Error::new_spanned(ty, message));
    }
    if !is_branded(ty, brand) {
        let message = format!("the plan of a kernel has its brand: `{}<{brand}>`", text(ty));
        return Err(Error::new_spanned(ty, message));
    }
    Ok(())
}

fn check_arg(param: &PatType, brand: &Lifetime) -> Result<()> {
    let ty = &*param.ty;
    if let Type::Reference(_) = ty {
        let message = format!(
            "a kernel takes tensors and numbers by value: `GlobalIn<{brand}, f32>`, `GlobalOut<{brand}, f32>`, `usize`"
        );
        return Err(Error::new_spanned(ty, message));
    }
    if is(ty, "Core") {
        let message =
            format!("`Core<{brand}>` is the first parameter of a kernel, before its plan");
        return Err(Error::new_spanned(param, message));
    }
    if is(ty, "GlobalTensor") || is(ty, "GlobalTensorMut") {
        let message = format!(
            "this is the host's side of a tensor; a kernel takes `GlobalIn<{brand}, ..>` or `GlobalOut<{brand}, ..>`"
        );
        return Err(Error::new_spanned(ty, message));
    }
    if let Some(message) = no_argument(ty, brand) {
        return Err(Error::new_spanned(ty, message));
    }
    match last(ty) {
        Some(last) if is_tensor(last) && !is_branded(ty, brand) => {
            let message =
                format!("a tensor of a kernel has its brand: `{}<{brand}, ..>`", last.ident);
            Err(Error::new_spanned(ty, message))
        }
        _ => Ok(()),
    }
}

/// What to write in place of a type of this name, if it has not the brand of a kernel's own types.
pub(crate) fn no_argument(ty: &Type, brand: &Lifetime) -> Option<String> {
    let name = last(ty)?.ident.to_string();
    if is_branded(ty, brand) {
        return None;
    }
    Some(match name.as_str() {
        "Vec" | "Box" | "Arc" | "DeviceBuffer" | "DeviceTensor" => format!(
            "a kernel takes a tensor, `GlobalIn<{brand}, f32>` say; the host makes it of its memory: `GlobalTensor::new(&data, &shape)?.whole()`"
        ),
        "f64" | "i128" | "u128" | "isize" | "char" => format!(
            "`{name}` is no element type, and no argument: a kernel takes f32, f16, bf16, i8 to i64, u8 to u64, `usize` and `bool`"
        ),
        "Option" | "String" => {
            "a kernel takes tensors, numbers and `bool`; what the host knows better is a field of a kernel in an `impl` block, which takes `&self`"
                .to_owned()
        }
        "Event" | "Stream" | "Device" => format!(
            "`{name}` is the host's: it orders launches, `stream.wait(&event)`, and no kernel takes it; a kernel orders its pipes by the events that its ops make"
        ),
        _ => return None,
    })
}

/// Whether `ty` is an argument of a kernel for sure, if the names in it mean what they mean in tilesync.
pub(crate) fn is_known(ty: &Type) -> bool {
    const NUMBERS: [&str; 13] = [
        "f32", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "bool",
    ];
    match ty {
        Type::Array(array) => is_known(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_known),
        _ => last(ty).is_some_and(|last| {
            is_tensor(last) || NUMBERS.iter().any(|number| last.ident == number)
        }),
    }
}

fn is_tensor(segment: &PathSegment) -> bool {
    ["GlobalIn", "GlobalOut", "GlobalInOut", "GlobalSum", "GlobalMax", "GlobalMin"]
        .iter()
        .any(|name| segment.ident == name)
}

/// `P` of `Retired<P>`.
fn retired(ty: &Type) -> Option<&Type> {
    match &last(ty).filter(|last| last.ident == "Retired")?.arguments {
        PathArguments::AngleBracketed(args) => match args.args.first()? {
            GenericArgument::Type(plan) => Some(plan),
            _ => None,
        },
        _ => None,
    }
}

fn is(ty: &Type, name: &str) -> bool {
    last(ty).is_some_and(|last| last.ident == name)
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}
