//! What cornucopia wrote for the statements.

use syn::{
    Attribute, Expr, ExprClosure, ExprStruct, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, Item, ItemImpl,
    ItemStruct, Member, Pat, Type, parse_quote, visit_mut, visit_mut::VisitMut,
};

use super::generics::Bounds;
use crate::{
    queries::{Query, names::camel_case},
    rust_values::spaceless,
};

/// A struct that runs a query, which a row type may be called, too.
pub(super) fn is_query(item: &ItemStruct) -> bool {
    item.fields.iter().any(|field| field.ident.as_ref().is_some_and(|name| name == "mapper"))
        && item.ident.to_string().ends_with("Query")
        && item.generics.lifetimes().count() > 1
}

pub(super) fn is_params(item: &ItemImpl) -> bool {
    item.trait_.as_ref().is_some_and(|(path, _)| path.segments.last().is_some_and(|last| last.ident == "Params"))
}

/// What cornucopia wrote for a statement.
pub(super) struct Written {
    pub(super) documentation: Vec<Attribute>,
    /// Without `self` and the client.
    pub(super) inputs: Vec<(Ident, Type)>,
    /// What is sent for each parameter.
    pub(super) parameters: Vec<Expr>,
    pub(super) rows: Option<Rows>,
}

/// How the rows of a statement are read.
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) borrowed: Type,
    pub(super) owned: Type,
    pub(super) read: ExprClosure,
    pub(super) own: ExprClosure,
}

impl Written {
    pub(super) fn find(query: &Query, items: &[Item]) -> Option<Self> {
        let statement = format!("{}Stmt", camel_case(&query.name.text));
        let function = items.iter().find_map(|item| match item {
            Item::Fn(function) if same_name(&function.sig.ident, &query.name.text) => Some(function),
            _ => None,
        })?;
        let bind = items.iter().find_map(|item| match item {
            Item::Impl(item) if item.trait_.is_none() && spaceless(&item.self_ty) == statement => {
                item.items.iter().find_map(|item| match item {
                    ImplItem::Fn(method) if method.sig.ident == "bind" => Some(method),
                    _ => None,
                })
            }
            _ => None,
        })?;
        let mut bounds = Bounds::of(&bind.sig.generics);
        let inputs = bind.sig.inputs.iter().skip(2).filter_map(|input| match input {
            FnArg::Typed(input) => match input.pat.as_ref() {
                Pat::Ident(name) => {
                    let mut ty = (*input.ty).clone();
                    bounds.visit_type_mut(&mut ty);
                    Some((name.ident.clone(), ty))
                }
                _ => None,
            },
            FnArg::Receiver(_) => None,
        });
        let inputs = inputs.collect();
        let (parameters, rows) = body(bind, items)?;
        Some(Self { documentation: function.attrs.clone(), inputs, parameters, rows })
    }
}

fn same_name(ident: &Ident, name: &str) -> bool {
    ident == name || *ident == format!("r#{name}")
}

/// The parameters that `bind` sends, and how it has rows read.
fn body(bind: &ImplItemFn, items: &[Item]) -> Option<(Vec<Expr>, Option<Rows>)> {
    let [syn::Stmt::Expr(expression, _), ..] = bind.block.stmts.as_slice() else { return None };
    let Expr::Struct(query) = expression else {
        let mut array = FirstArray(None);
        array.visit_expr_mut(&mut expression.clone());
        return Some((array.0?, None));
    };
    let field = |name: &str| {
        query.fields.iter().find(|field| matches!(&field.member, Member::Named(it) if it == name)).map(|it| &it.expr)
    };
    let closure = |name: &str| match field(name) {
        Some(Expr::Closure(closure)) => Some(closure.clone()),
        _ => None,
    };
    let Some(Expr::Array(parameters)) = field("params") else { return None };
    let name = query.path.get_ident()?;
    let borrowed = items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == *name && is_query(item) => item.fields.iter().find_map(|field| {
            let Type::FnPtr(mapper) = &field.ty else { return None };
            let is_mapper = field.ident.as_ref().is_some_and(|name| name == "mapper");
            mapper.inputs.first().filter(|_| is_mapper).map(|input| input.ty.clone())
        }),
        _ => None,
    })?;
    let syn::ReturnType::Type(_, returned) = &bind.sig.output else { return None };
    let Type::Path(returned) = returned.as_ref() else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &returned.path.segments.last()?.arguments else { return None };
    let mut owned = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    // After the client's type.
    let owned = owned.nth(1)?;
    let rows = Rows { borrowed, owned, read: closure("extractor")?, own: closure("mapper")? };
    Some((parameters.elems.iter().cloned().collect(), Some(rows)))
}

struct FirstArray(Option<Vec<Expr>>);

impl VisitMut for FirstArray {
    fn visit_expr_array_mut(&mut self, array: &mut syn::ExprArray) {
        self.0.get_or_insert_with(|| array.elems.iter().cloned().collect());
    }
}

pub(super) struct FirstStruct(pub(super) Option<ExprStruct>);

impl VisitMut for FirstStruct {
    fn visit_expr_struct_mut(&mut self, found: &mut ExprStruct) {
        self.0.get_or_insert_with(|| found.clone());
    }
}

/// Names each field once in the conversion of a borrowed row.
pub(super) fn shorten_from(item: &mut ItemImpl) {
    let is_from =
        item.trait_.as_ref().is_some_and(|(path, _)| path.segments.last().is_some_and(|it| it.ident == "From"));
    let [ImplItem::Fn(function)] = item.items.as_mut_slice() else { return };
    let Some(FnArg::Typed(input)) = function.sig.inputs.first_mut() else { return };
    let [syn::Stmt::Expr(Expr::Struct(built), None)] = function.block.stmts.as_mut_slice() else { return };
    if !is_from || !matches!(input.pat.as_ref(), Pat::Struct(_)) {
        return;
    }
    *input.pat = parse_quote!(it);
    for field in &mut built.fields {
        if let Member::Named(name) = &field.member {
            OfIt(name.clone()).visit_expr_mut(&mut field.expr);
            field.colon_token.get_or_insert_default();
        }
    }
}

/// `it.name` in the place of `name`.
struct OfIt(Ident);

impl VisitMut for OfIt {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        match expression {
            Expr::Path(path) if path.path.is_ident(&self.0) => {
                let name = &self.0;
                *expression = parse_quote!(it.#name);
            }
            // Its parameter may have the name of the field.
            Expr::Closure(_) => {}
            _ => visit_mut::visit_expr_mut(self, expression),
        }
    }
}
