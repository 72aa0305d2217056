//! Adapts how cornucopia's code reads and writes values: types of the client crate and of the module `types`, and JSON of
//! the project's types.

use std::collections::BTreeMap;

use quote::{ToTokens, format_ident};
use syn::{
    Attribute, Expr, File, Ident, Item, Type, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};
use tokio_postgres::Column;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    queries::{Module, Query, names::camel_case},
    query_check::Prepared,
    settings::Settings,
    statement_code::{self, CLIENT},
    types::{CLIENT_TYPES, GENERATED_TYPES, JsonColumns},
};

/// What the types of all queries are.
pub(crate) struct Values<'p, 'm> {
    pub(crate) settings: &'p Settings,
    pub(crate) prepared: &'p [Prepared<'m>],
    pub(crate) json: &'p JsonColumns,
    /// The types that cannot be copied although cornucopia was told so.
    pub(crate) not_copied: Vec<String>,
}

impl<'m> Values<'_, 'm> {
    /// Adapts the code of one module.
    pub(crate) fn adapt(&self, module: &Module, file: &mut File) -> Result<(), Diagnostics> {
        self.json_of_rows(module, file)?;
        for item in &mut file.items {
            if let Item::Struct(item) = item {
                let fields = spaceless(&item.fields);
                // A path ends before `>`, `,` or the end of a field.
                if self.not_copied.iter().any(|path| contains_path(&fields, path)) || fields.contains("pg::Json<") {
                    item.attrs.iter_mut().for_each(|attribute| remove_derive(attribute, "Copy"));
                }
            }
        }
        WithoutDomains.visit_file_mut(file);
        let client = syn::parse_str(&self.settings.client).map_err(|error| {
            Diagnostic::new("codegen.toml", format!("`{}` is not a Rust path: {error}", self.settings.client))
        })?;
        statement_code::rewrite(module, self, &client, &mut file.items);
        WithFullPaths.visit_file_mut(file);
        Ok(())
    }

    fn queries<'v>(&'v self, module: &Module) -> impl Iterator<Item = (&'v Query, &'v [Column])> {
        self.of_module(module).map(|prepared| (prepared.query, prepared.statement.columns()))
    }

    /// The queries of a module, in the order of its file.
    pub(crate) fn of_module<'v>(&'v self, module: &Module) -> impl Iterator<Item = &'v Prepared<'m>> {
        let name = module.name.clone();
        self.prepared.iter().filter(move |prepared| prepared.module.name == name && !prepared.query.is_batch)
    }

    /// The batch form of a query.
    pub(crate) fn batch_of<'v>(&'v self, prepared: &Prepared<'_>) -> Option<&'v Prepared<'m>> {
        let name = prepared.query.name.offset;
        self.prepared
            .iter()
            .find(|it| it.query.is_batch && it.module.name == prepared.module.name && it.query.name.offset == name)
    }

    /// Puts the project's types for JSON into the structs of rows.
    fn json_of_rows(&self, module: &Module, file: &mut File) -> Result<(), Diagnostics> {
        let mut rows: BTreeMap<String, (&Query, BTreeMap<String, Option<&String>>)> = BTreeMap::new();
        for (query, columns) in self.queries(module) {
            let Some(row) = row_name(query, columns) else { continue };
            let own: BTreeMap<String, Option<&String>> = columns
                .iter()
                .map(|column| {
                    let own = self.json.of_column(&module.name, &query.name.text, column.name());
                    (column.name().to_owned(), own)
                })
                .collect();
            if let Some((first, other)) = rows.get(&row) {
                if let Some((column, _)) =
                    own.iter().find(|(column, own)| other.get(*column).is_some_and(|it| it != *own))
                {
                    let message = format!(
                        "the row type `{row}` is shared by `{}` and `{}`, but [types.json] gives their `{column}` different types",
                        first.name.text, query.name.text
                    );
                    return Err(Diagnostic::error("json-column", &module.path, message)
                        .at(&module.text, query.name.offset)
                        .help(format!(
                            "name both columns in codegen.toml: \"{0}.{1}.{column}\" and \"{0}.{2}.{column}\", or give one query another row type",
                            module.name, first.name.text, query.name.text
                        ))
                        .into());
                }
            } else {
                rows.insert(row, (query, own));
            }
        }
        for item in &mut file.items {
            let Item::Struct(item) = item else { continue };
            let name = item.ident.to_string();
            let row = rows.get(&name).or_else(|| rows.get(name.strip_suffix("Borrowed")?));
            let Some((_, own)) = row else { continue };
            for field in &mut item.fields {
                let Some(name) = &field.ident else { continue };
                let own = own.iter().find(|(column, _)| is_field(name, column)).and_then(|(_, own)| *own);
                if let Some(own) = own.and_then(|own| syn::parse_str(own).ok()) {
                    WithJson { own }.visit_type_mut(&mut field.ty);
                }
            }
        }
        Ok(())
    }
}

/// Puts the project's type for any JSON.
pub(crate) fn put_json(own: &str, ty: &mut Type) {
    if let Ok(own) = syn::parse_str(own) {
        WithJson { own }.visit_type_mut(ty);
    }
}

/// The struct of the rows; a single column without a row type has none.
pub(crate) fn row_name(query: &Query, columns: &[Column]) -> Option<String> {
    match &query.row_type {
        Some(row_type) => Some(row_type.text.clone()),
        None => (columns.len() > 1).then(|| camel_case(&query.name.text)),
    }
}

/// Whether cornucopia writes the column as this field.
fn is_field(field: &Ident, column: &str) -> bool {
    let written: String = column.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    field == &written || *field == format!("r#{written}")
}

/// Code without spaces and without the comma at the end of a list, for comparisons.
pub(crate) fn spaceless(code: &impl ToTokens) -> String {
    code.to_token_stream().to_string().replace(' ', "")
}

/// Whether a type of the fields is `path`, or has it as an argument.
fn contains_path(fields: &str, path: &str) -> bool {
    let path = path.replace(' ', "");
    fields.match_indices(&path).any(|(at, _)| {
        let before = fields[..at].chars().next_back();
        let after = fields[at + path.len()..].chars().next();
        matches!(before, Some('<' | ':' | ',' | '(')) && matches!(after, Some('>' | ',' | '}' | ')') | None)
    })
}

/// Puts `Json<own>` for any JSON.
struct WithJson {
    own: Type,
}

impl VisitMut for WithJson {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if spaceless(ty) == format!("{CLIENT_TYPES}::serde_json::Value") {
            let own = &self.own;
            let client = format_ident!("{CLIENT_TYPES}");
            *ty = parse_quote!(#client::Json<#own>);
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}

/// Takes away what cornucopia puts around parameters of a domain: the client crate knows domains.
struct WithoutDomains;

impl VisitMut for WithoutDomains {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::Reference(reference) = expression
            && let Expr::Call(call) = reference.expr.as_ref()
            && ["crate::Domain", "crate::DomainArray"].contains(&spaceless(&call.func).as_str())
            && let Some(value) = call.args.first()
        {
            *expression = value.clone();
        }
    }
}

/// Completes the paths of types.
struct WithFullPaths;

impl VisitMut for WithFullPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.len() < 2 {
            return;
        }
        let rest = path.segments.iter().skip(1);
        if path.segments[0].ident == CLIENT_TYPES {
            let client = format_ident!("{CLIENT}");
            *path = parse_quote!(#client::types::#(#rest)::*);
        } else if path.segments[0].ident == GENERATED_TYPES {
            let types = format_ident!("{GENERATED_TYPES}");
            *path = parse_quote!(super::#types::#(#rest)::*);
        }
    }
}

/// Takes a trait out of `#[derive(…)]`.
pub(crate) fn remove_derive(attribute: &mut Attribute, name: &str) {
    if !attribute.path().is_ident("derive") {
        return;
    }
    let Ok(traits) = attribute.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated) else {
        return;
    };
    let kept: Vec<syn::Path> = traits.into_iter().filter(|path| !path.is_ident(name)).collect();
    *attribute = parse_quote!(#[derive(#(#kept),*)]);
}
