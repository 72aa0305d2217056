//! Adapts how cornucopia's code reads and writes values: types of the client crate and of the module `types`, JSON of the
//! project's types, and reads that are checked.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, format_ident};
use syn::{
    Attribute, Expr, ExprMethodCall, File, Ident, ImplItem, Item, Lit, Type, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};
use tokio_postgres::Column;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    queries::{Module, Query, names::camel_case},
    query_check::Prepared,
    settings::Settings,
    types::{CLIENT_TYPES, GENERATED_TYPES, JsonColumns, RustType},
};

/// What the types of all queries are.
pub(crate) struct Values<'p, 'm> {
    pub(crate) settings: &'p Settings,
    pub(crate) prepared: &'p [Prepared<'m>],
    pub(crate) json: &'p JsonColumns,
    /// The types that cannot be copied although cornucopia was told so.
    pub(crate) not_copied: Vec<String>,
}

impl Values<'_, '_> {
    /// Adapts the code of one module.
    pub(crate) fn adapt(&self, module: &Module, file: &mut File) -> Result<(), Diagnostics> {
        self.json_of_rows(module, file)?;
        self.json_of_single_columns(module, file);
        self.checked_reads(module, file);
        for item in &mut file.items {
            if let Item::Struct(item) = item {
                let fields = spaceless(&item.fields);
                // A path ends before `>`, `,` or the end of a field.
                if self.not_copied.iter().any(|path| contains_path(&fields, path)) || fields.contains("pg::Json<") {
                    item.attrs.iter_mut().for_each(|attribute| remove_derive(attribute, "Copy"));
                }
            }
        }
        self.rename_queries(module, file);
        WithoutDomains.visit_file_mut(file);
        let client = syn::parse_str(&format!("{}::types", self.settings.client)).map_err(|error| {
            Diagnostic::new("codegen.toml", format!("`{}` is not a Rust path: {error}", self.settings.client))
        })?;
        WithFullPaths { client }.visit_file_mut(file);
        Ok(())
    }

    fn queries<'v>(&'v self, module: &Module) -> impl Iterator<Item = (&'v Query, &'v [Column])> {
        let in_module = |prepared: &&Prepared<'_>| prepared.module.name == module.name;
        let prepared: Vec<_> = self.prepared.iter().filter(in_module).collect();
        prepared.into_iter().map(|prepared| (prepared.query, prepared.statement.columns()))
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

    /// A query of one JSON column shares the struct that runs it with others of the module. With a type of the project it
    /// gets a struct of its own.
    fn json_of_single_columns(&self, module: &Module, file: &mut File) {
        for (query, columns) in self.queries(module) {
            let [column] = columns else { continue };
            let own = self.json.of_column(&module.name, &query.name.text, column.name());
            let Some(own) = own.filter(|_| query.row_type.is_none()).and_then(|own| syn::parse_str(own).ok()) else {
                continue;
            };
            let statement = camel_case(&query.name.text);
            let mut with_json = WithJson { own };
            let mut shared = None;
            for item in &mut file.items {
                let Item::Impl(item) = item else { continue };
                if spaceless(&item.self_ty) == format!("{statement}Stmt") {
                    let mut names = QueryNames::default();
                    names.visit_item_impl_mut(item);
                    shared = shared.or(names.found);
                }
            }
            let Some(shared) = shared else { continue };
            let name = format_ident!("{statement}Query");
            let mut renamed = Renamed { from: shared.clone(), to: name };
            for item in &mut file.items {
                if let Item::Impl(item) = item
                    && spaceless(&item.self_ty) == format!("{statement}Stmt")
                {
                    renamed.visit_item_impl_mut(item);
                    // The return types and the impl of `Params` name the type.
                    with_json.visit_item_impl_mut(item);
                }
            }
            let copies: Vec<Item> = file
                .items
                .iter()
                .filter(|item| match item {
                    Item::Struct(item) => item.ident == shared,
                    Item::Impl(item) => spaceless(&item.self_ty).starts_with(&format!("{shared}<")),
                    _ => false,
                })
                .cloned()
                .map(|mut item| {
                    renamed.visit_item_mut(&mut item);
                    with_json.visit_item_mut(&mut item);
                    item
                })
                .collect();
            file.items.extend(copies);
        }
        remove_unused_queries(file);
    }

    /// Reads are checked where the driver would change a value that the Rust type cannot hold.
    fn checked_reads(&self, module: &Module, file: &mut File) {
        for (query, columns) in self.queries(module) {
            let is_checked =
                |column: &Column| RustType::of(column.type_(), &self.settings.types).is_ok_and(|ty| ty.is_checked);
            let checked: BTreeSet<usize> =
                columns.iter().enumerate().filter(|(_, column)| is_checked(column)).map(|(index, _)| index).collect();
            if checked.is_empty() {
                continue;
            }
            let statement = format!("{}Stmt", camel_case(&query.name.text));
            for item in &mut file.items {
                if let Item::Impl(item) = item
                    && item.trait_.is_none()
                    && spaceless(&item.self_ty) == statement
                {
                    let bind = item.items.iter_mut().filter_map(|item| match item {
                        ImplItem::Fn(method) if method.sig.ident == "bind" => Some(method),
                        _ => None,
                    });
                    bind.for_each(|bind| CheckedReads { columns: &checked }.visit_impl_item_fn_mut(bind));
                }
            }
        }
    }

    /// The structs that run queries of one column are named after its type; the modules of the path say nothing there.
    fn rename_queries(&self, module: &Module, file: &mut File) {
        let rows: BTreeSet<String> = self
            .queries(module)
            .filter_map(|(query, columns)| row_name(query, columns))
            .map(|row| row + "Query")
            .collect();
        let mut taken: BTreeSet<String> = file.items.iter().filter_map(struct_name).collect();
        for name in taken.clone() {
            let Some(long) = name.strip_suffix("Query").filter(|_| !rows.contains(&name)) else { continue };
            let short = format!("{}Query", short_name(long));
            if short != name && taken.insert(short.clone()) {
                Renamed { from: format_ident!("{name}"), to: format_ident!("{short}") }.visit_file_mut(file);
            }
        }
    }
}

/// The name without the modules of the client's and the generated types.
fn short_name(long: &str) -> String {
    let mut short = long.to_owned();
    for (outer, inner) in
        [("Vecpg", "Vec"), ("Vectypes", "Vec"), ("Optionpg", "Option"), ("Optiontypes", "Option"), ("Rangepg", "Range")]
    {
        short = short.replace(outer, inner);
    }
    let short = short.strip_prefix("Pg").or_else(|| short.strip_prefix("Types")).unwrap_or(&short);
    let modules = [
        ("UuidUuid", "Uuid"),
        ("RustdecimalDecimal", "Decimal"),
        ("SerdejsonValue", "Json"),
        ("CidrIpCidr", "Network"),
    ];
    modules.iter().fold(short.to_owned(), |short, (from, to)| short.replace(from, to))
}

fn struct_name(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// The struct of the rows; a single column without a row type has none.
fn row_name(query: &Query, columns: &[Column]) -> Option<String> {
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
fn spaceless(code: &impl ToTokens) -> String {
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

/// Structs that run queries and that no query names now, with their methods.
fn remove_unused_queries(file: &mut File) {
    let mut names = QueryNames::default();
    for item in &mut file.items {
        if let Item::Impl(item) = item
            && spaceless(&item.self_ty).ends_with("Stmt")
        {
            names.visit_item_impl_mut(item);
        }
    }
    file.items.retain(|item| match item {
        Item::Struct(item) => !is_query(&item.ident) || names.all.contains(&item.ident.to_string()),
        Item::Impl(item) => {
            let ty = spaceless(&item.self_ty);
            let name = ty.split('<').next().unwrap_or_default();
            item.trait_.is_some() || !name.ends_with("Query") || names.all.contains(name)
        }
        _ => true,
    });
}

fn is_query(name: &Ident) -> bool {
    name.to_string().ends_with("Query")
}

/// Finds the structs that run queries.
#[derive(Default)]
struct QueryNames {
    found: Option<Ident>,
    all: BTreeSet<String>,
}

impl VisitMut for QueryNames {
    fn visit_ident_mut(&mut self, name: &mut Ident) {
        if is_query(name) {
            self.all.insert(name.to_string());
            self.found.get_or_insert_with(|| name.clone());
        }
    }
}

struct Renamed {
    from: Ident,
    to: Ident,
}

impl VisitMut for Renamed {
    fn visit_ident_mut(&mut self, name: &mut Ident) {
        if *name == self.from {
            *name = self.to.clone();
        }
    }
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

/// Replaces `row.try_get(…)` of some columns.
struct CheckedReads<'c> {
    columns: &'c BTreeSet<usize>,
}

impl VisitMut for CheckedReads<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        if call.method == "try_get"
            && let Some(Expr::Lit(literal)) = call.args.first()
            && let Lit::Int(column) = &literal.lit
            && column.base10_parse().is_ok_and(|column| self.columns.contains(&column))
        {
            call.method = format_ident!("try_get_lossless");
        }
        visit_mut::visit_expr_method_call_mut(self, call);
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
struct WithFullPaths {
    client: syn::Path,
}

impl VisitMut for WithFullPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.len() < 2 {
            return;
        }
        let rest = path.segments.iter().skip(1);
        if path.segments[0].ident == CLIENT_TYPES {
            let client = &self.client;
            *path = parse_quote!(#client::#(#rest)::*);
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
