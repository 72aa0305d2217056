//! Type parameters and lifetimes of the statements' code.

use std::collections::BTreeMap;

use quote::format_ident;
use syn::{
    GenericArgument, Generics, Ident, ItemStruct, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

/// What stands for each type parameter: `impl StringSql`.
pub(super) struct Bounds(BTreeMap<String, Type>);

impl Bounds {
    pub(super) fn of(generics: &Generics) -> Self {
        let mut found = Self(BTreeMap::new());
        for generic in generics.type_params() {
            let bounds = &generic.bounds;
            let mut ty: Type = parse_quote!(impl #bounds);
            // A bound names only parameters before its own.
            visit_mut::visit_type_mut(&mut found, &mut ty);
            found.0.insert(generic.ident.to_string(), ty);
        }
        found
    }
}

impl VisitMut for Bounds {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if path.path.get_ident().is_some_and(|name| self.0.contains_key(&name.to_string())) => {
                let name = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
                *ty = self.0[&name].clone();
            }
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}

/// Leaves the struct one type parameter for each field that needs one, without its bounds, which the methods have. Returns
/// what these write for the parameters.
pub(super) fn without_bounds(item: &mut ItemStruct) -> Vec<GenericArgument> {
    let mut bounds = Bounds::of(&item.generics);
    let mut used = UsedNames { known: bounds.0.keys().cloned().collect(), used: Vec::new() };
    item.fields.iter_mut().for_each(|field| used.visit_type_mut(&mut field.ty));
    let lifetimes = item.generics.lifetimes().map(|generic| {
        let lifetime = &generic.lifetime;
        parse_quote!(#lifetime)
    });
    let mut arguments: Vec<GenericArgument> = lifetimes.collect();
    let mut renamed = BTreeMap::new();
    for (index, name) in used.used.iter().enumerate() {
        let mut ty: Type = syn::parse_str(name).expect("an identifier is a type");
        bounds.visit_type_mut(&mut ty);
        arguments.push(GenericArgument::Type(ty));
        renamed.insert(name.clone(), syn::parse_str(&format!("T{}", index + 1)).expect("it is a type"));
    }
    let mut renamed = Bounds(renamed);
    item.fields.iter_mut().for_each(|field| renamed.visit_type_mut(&mut field.ty));
    let lifetimes = item.generics.lifetimes();
    let names = (1..=used.used.len()).map(|index| format_ident!("T{index}"));
    item.generics = parse_quote!(<#(#lifetimes,)* #(#names),*>);
    arguments
}

/// Finds type parameters in types, in their order.
struct UsedNames {
    known: Vec<String>,
    used: Vec<String>,
}

impl VisitMut for UsedNames {
    fn visit_ident_mut(&mut self, name: &mut Ident) {
        let name = name.to_string();
        if self.known.contains(&name) && !self.used.contains(&name) {
            self.used.push(name);
        }
    }
}

/// The same without lifetimes that the body of a function does not need.
pub(super) fn without_lifetime(mut ty: Type) -> Type {
    Elided.visit_type_mut(&mut ty);
    ty
}

struct Elided;

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
        *lifetime = parse_quote!('_);
    }
}

/// Lifetimes become that of the row.
pub(super) struct OfRow;

impl VisitMut for OfRow {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime.get_or_insert_with(|| parse_quote!('r));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
        if lifetime.ident == "_" || lifetime.ident == "a" {
            *lifetime = parse_quote!('r);
        }
    }
}
