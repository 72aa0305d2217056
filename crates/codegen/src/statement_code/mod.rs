//! The code of the statements. From cornucopia's code come the parameters and how rows are read; what is the same for every
//! statement is in the client crate.

mod cornucopia_code;
mod generics;

use std::collections::BTreeMap;

use barqnet_db_client::type_name;
use barqnet_db_sql::Place;
use quote::{format_ident, quote};
use syn::{
    Expr, ExprMethodCall, GenericArgument, Ident, ImplItem, ImplItemFn, Item, Lit, LitInt, Type, parse_quote,
    visit_mut::{self, VisitMut},
};
use tokio_postgres::Column;

use self::{
    cornucopia_code::{FirstStruct, Rows, Written, is_params, is_query, shorten_from},
    generics::{OfRow, without_bounds, without_lifetime},
};
use crate::{
    queries::{Mark, Module, Query, copy_in, names::camel_case},
    query_check::Prepared,
    rust_values::{Values, put_json, row_name, spaceless},
    types::RustType,
};

/// What generated code calls the client crate.
pub(crate) const CLIENT: &str = "db";

/// The types of a statement's parameters and columns are data, as its SQL is.
pub(crate) fn with_types_in_one_line(code: &str) -> String {
    let mut text = String::new();
    let mut is_in_list = false;
    for line in code.lines() {
        let item = line.trim();
        if is_in_list {
            is_in_list = item != "],";
            if is_in_list {
                text.push_str(item);
                text.push(' ');
            } else {
                text.truncate(text.trim_end_matches([',', ' ']).len());
                text.push_str("],\n");
            }
        } else {
            is_in_list = matches!(item, "parameters: &[" | "columns: &[");
            text.push_str(line);
            text.push_str(if is_in_list { "" } else { "\n" });
        }
    }
    text
}

/// Puts the code of the module's statements into the place of cornucopia's.
pub(crate) fn rewrite(module: &Module, values: &Values<'_, '_>, client: &syn::Path, items: &mut Vec<Item>) {
    let written: BTreeMap<String, Written> = module
        .queries
        .iter()
        .filter_map(|query| Some((query.name.text.clone(), Written::find(query, items)?)))
        .collect();
    items.retain(|item| match item {
        Item::Struct(item) => !(is_statement(module, &item.ident.to_string()) || is_query(item)),
        Item::Impl(item) => {
            let ty = spaceless(&item.self_ty);
            !(is_statement(module, &ty) || ty.contains("Query<") || is_params(item))
        }
        Item::Fn(_) | Item::Use(_) => false,
        _ => true,
    });
    let mut arguments = BTreeMap::new();
    for item in items.iter_mut() {
        match item {
            Item::Impl(item) => shorten_from(item),
            Item::Struct(item) if item.ident.to_string().ends_with("Params") => {
                arguments.insert(item.ident.to_string(), without_bounds(item));
            }
            _ => {}
        }
    }
    let mut shapes: BTreeMap<String, (String, Ident)> = BTreeMap::new();
    let mut code = Vec::new();
    for prepared in values.of_module(module) {
        let Some(written) = written.get(&prepared.query.name.text) else { continue };
        let statement = Statement { module, prepared, written, values, arguments: &arguments };
        statement.write(&mut shapes, &mut code);
    }
    items.append(&mut code);
    let name = format_ident!("{CLIENT}");
    items.insert(0, parse_quote!(use #client as #name;));
}

/// Whether a type of this name is a statement of the module.
pub(crate) fn is_statement(module: &Module, name: &str) -> bool {
    let query = name.strip_suffix("Stmt");
    query.is_some_and(|name| module.queries.iter().any(|query| camel_case(&query.name.text) == name))
}

struct Statement<'s, 'p, 'm> {
    module: &'s Module,
    prepared: &'s Prepared<'m>,
    written: &'s Written,
    values: &'s Values<'p, 'm>,
    /// The generic arguments of the structs of parameters.
    arguments: &'s BTreeMap<String, Vec<GenericArgument>>,
}

impl Statement<'_, '_, '_> {
    /// Adds the items of the statement. `shapes` has the rows that statements before this one read, with their names.
    fn write(&self, shapes: &mut BTreeMap<String, (String, Ident)>, code: &mut Vec<Item>) {
        let Query { name, .. } = self.prepared.query;
        let Written { documentation, rows, .. } = self.written;
        let db = format_ident!("{CLIENT}");
        let camel = camel_case(&name.text);
        let statement = format_ident!("{camel}Stmt");
        let function: Ident = syn::parse_str(&name.text).unwrap_or_else(|_| format_ident!("r#{}", name.text));
        let columns = self.prepared.statement.columns();
        let rows = rows.as_ref().map(|rows| self.rows(rows, columns));
        let same = rows.as_ref().and_then(|rows| self.shape(rows, shapes, &statement));
        let columns: Expr = if let Some(other) = &same {
            parse_quote!(#other::QUERY.columns)
        } else {
            let columns = columns.iter().map(|column| {
                let (name, ty) = (column.name(), type_name(column.type_()));
                quote!((#name, #ty))
            });
            parse_quote!(&[#(#columns),*])
        };
        let about = match rows.as_ref().map(|rows| &rows.owned) {
            Some(Type::Path(path)) if row_name(self.prepared.query, self.prepared.statement.columns()).is_some() => {
                format!(" The statement [`{0}`](fn@{0}); a row is a [`{1}`].", name.text, spaceless(path))
            }
            _ => format!(" The statement [`{0}`](fn@{0}).", name.text),
        };
        let query = self.query(self.prepared, &columns);
        let mut more = self.batch(&camel, rows.as_ref());
        more.extend(self.copy_in(&camel));
        more.extend(rows.as_ref().map_or_else(Vec::new, |rows| self.copy_out(rows)));
        let bind = self.bind(rows.as_ref());
        let params = self.params(&camel, rows.is_some());
        code.push(parse_quote!(#[doc = #about] #[derive(Clone, Copy, Debug)] pub struct #statement;));
        code.push(parse_quote!(#(#documentation)* pub fn #function() -> #statement { #statement }));
        code.push(parse_quote! {
            impl #statement {
                pub const QUERY: &'static #db::Query = &#query;
                #bind
                #params
                #(#more)*
            }
        });
        if let Some(Rows { borrowed, owned, read, .. }) = &rows {
            let read = &read.body;
            let read = same.map_or(quote!(#read), |other| quote!(<#other as #db::Returning>::read(row)));
            code.push(parse_quote! {
                impl #db::Returning for #statement {
                    type Row = #owned;
                    type Borrowed<'r> = #borrowed;
                    fn read(row: &#db::Row) -> Result<Self::Borrowed<'_>, #db::Error> { #read }
                }
            });
        }
    }

    /// The statement as the client crate takes it.
    fn query(&self, prepared: &Prepared<'_>, columns: &Expr) -> Expr {
        let Query { name, flat, .. } = prepared.query;
        let db = format_ident!("{CLIENT}");
        let path = &self.module.path;
        let line = number(Place::new(&self.module.text, name.offset).line);
        let full_name = format!("{}.{}", self.module.name, name.text);
        let sql = flat.with_name(&self.module.name, &name.text);
        let parameters = prepared.statement.params().iter().map(type_name);
        let changes_session = prepared.query.marks.has(Mark::Session);
        parse_quote! {
            #db::Query {
                name: #full_name,
                file: #path,
                line: #line,
                sql: #sql,
                parameters: &[#(#parameters),*],
                columns: #columns,
                changes_session: #changes_session,
            }
        }
    }

    /// What holds the parameters of one run: their struct, or the only one.
    fn row_type(&self, camel: &str) -> Type {
        match self.written.inputs.as_slice() {
            [(_, ty)] => match without_lifetime(ty.clone()) {
                Type::Reference(reference) => *reference.elem,
                other => other,
            },
            _ => without_lifetime(self.params_type(camel)),
        }
    }

    /// A COPY as the client crate takes it.
    fn copy(&self, mark: Mark, sql: &str, columns: &Expr) -> Expr {
        let name = format!("{}.{}.{}", self.module.name, self.prepared.query.name.text, mark.name());
        let sql = format!("/* {name} */ {sql}");
        let path = &self.module.path;
        let line = number(Place::new(&self.module.text, self.prepared.query.name.offset).line);
        let db = format_ident!("{CLIENT}");
        parse_quote! {
            #db::Query {
                name: #name,
                file: #path,
                line: #line,
                sql: #sql,
                parameters: &[],
                columns: #columns,
                changes_session: false,
            }
        }
    }

    /// The items of the mark `copy_in`.
    fn copy_in(&self, camel: &str) -> Vec<ImplItem> {
        let Prepared { query, statement, .. } = self.prepared;
        let Ok(Some(copy)) = copy_in(self.module, query) else { return Vec::new() };
        let Written { inputs, .. } = self.written;
        let position = |name: &String| query.flat.parameters.iter().position(|parameter| parameter.text == *name);
        let order: Vec<usize> = copy.parameters.iter().filter_map(position).collect();
        let types = order.iter().map(|parameter| type_name(&statement.params()[*parameter]));
        let columns = copy.columns.iter().zip(types).map(|(name, ty)| quote!((#name, #ty)));
        let constant = self.copy(Mark::CopyIn, &copy.sql, &parse_quote!(&[#(#columns),*]));
        let db = format_ident!("{CLIENT}");
        let ty = self.row_type(camel);
        let values = order.iter().map(|parameter| -> Expr {
            let name = &inputs[*parameter].0;
            if inputs.len() == 1 { parse_quote!(row) } else { parse_quote!(&row.#name) }
        });
        let order = order.iter().map(|parameter| number(*parameter));
        vec![
            parse_quote! {
                /// The COPY that [`copy_in`](Self::copy_in) runs.
                pub const COPY_IN: &'static #db::Query = &#constant;
            },
            parse_quote! {
                /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server
                /// accepts them.
                pub async fn copy_in<C: #db::GenericClient>(
                    self, client: &C, rows: impl #db::Stream<Item = #ty>
                ) -> Result<u64, #db::Error> {
                    #db::copy_in(client, (Self::QUERY, Self::COPY_IN), [#(#order),*], rows, |row| [#(#values),*]).await
                }
            },
        ]
    }

    /// The items of the mark `copy_out`.
    fn copy_out(&self, Rows { owned, own, .. }: &Rows) -> Vec<ImplItem> {
        let query = self.prepared.query;
        if !query.marks.has(Mark::CopyOut) {
            return Vec::new();
        }
        let sql = format!("COPY ({}) TO STDOUT (FORMAT binary)", query.flat.numbered);
        let constant = self.copy(Mark::CopyOut, &sql, &parse_quote!(Self::QUERY.columns));
        let db = format_ident!("{CLIENT}");
        vec![
            parse_quote! {
                /// The COPY that [`copy_out`](Self::copy_out) runs.
                pub const COPY_OUT: &'static #db::Query = &#constant;
            },
            parse_quote! {
                /// Copies the rows out of the database and streams them.
                pub async fn copy_out<'c, C: #db::GenericClient>(
                    self, client: &'c C
                ) -> Result<impl #db::Stream<Item = Result<#owned, #db::Error>> + use<'c, C>, #db::Error> {
                    #db::copy_out::<C, Self>(client, (Self::QUERY, Self::COPY_OUT), #own).await
                }
            },
        ]
    }

    /// The items of the batch form, if there is one.
    fn batch(&self, camel: &str, rows: Option<&Rows>) -> Vec<ImplItem> {
        let Some(batch) = self.values.batch_of(self.prepared) else { return Vec::new() };
        let Written { inputs, .. } = self.written;
        let db = format_ident!("{CLIENT}");
        let query = self.query(batch, &parse_quote!(Self::QUERY.columns));
        let ty = self.row_type(camel);
        let is_single = inputs.len() == 1;
        let columns: Vec<Expr> = inputs
            .iter()
            .map(
                |(name, _)| {
                    if is_single { parse_quote!(&rows) } else { parse_quote!(&#db::column(rows, |row| &row.#name)) }
                },
            )
            .collect();
        let number = number(columns.len());
        let run: ImplItemFn = match rows {
            None => parse_quote! {
                /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the
                /// number of rows that they changed.
                pub async fn batch<C: #db::GenericClient>(self, client: &C, rows: &[#ty]) -> Result<u64, #db::Error> {
                    let mut changed = 0;
                    for rows in rows.chunks(#db::BATCH_ROWS) {
                        changed += Self::BATCH.execute(client, &[#(#columns),*]).await?;
                    }
                    Ok(changed)
                }
            },
            Some(Rows { owned, own, .. }) => parse_quote! {
                /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns what
                /// they return.
                pub async fn batch<C: #db::GenericClient>(self, client: &C, rows: &[#ty]) -> Result<Vec<#owned>, #db::Error> {
                    let mut returned = Vec::new();
                    for rows in rows.chunks(#db::BATCH_ROWS) {
                        let columns: [&(dyn #db::tokio_postgres::types::ToSql + Sync); #number] = [#(#columns),*];
                        let batch: #db::Bound<'_, '_, C, Self, #number> = #db::Bound::new(Self::BATCH, client, columns, #own);
                        returned.extend(batch.all().await?);
                    }
                    Ok(returned)
                }
            },
        };
        vec![
            parse_quote! {
                /// The statement that [`batch`](Self::batch) runs.
                pub const BATCH: &'static #db::Query = &#query;
            },
            ImplItem::Fn(run),
        ]
    }

    /// The statement before this one, if there is one, that reads the same rows from the same columns.
    fn shape(&self, rows: &Rows, shapes: &mut BTreeMap<String, (String, Ident)>, statement: &Ident) -> Option<Ident> {
        let row = row_name(self.prepared.query, self.prepared.statement.columns())?;
        let columns = self.prepared.statement.columns().iter();
        let columns: Vec<String> = columns.map(|it| format!("{:?} {}", it.name(), type_name(it.type_()))).collect();
        let shape = format!("{} {}", columns.join(", "), spaceless(&rows.read.body));
        if let Some((known, first)) = shapes.get(&row) {
            return (*known == shape).then(|| first.clone());
        }
        shapes.insert(row, (shape, statement.clone()));
        None
    }

    /// Simplifies what reads a row, with checked reads and the project's types of JSON.
    fn rows(&self, rows: &Rows, columns: &[Column]) -> Rows {
        let Values { settings, json, .. } = self.values;
        let Rows { mut borrowed, mut owned, mut read, mut own } = rows.clone();
        let is_checked = |column: &Column| RustType::of(column.type_(), &settings.types).is_ok_and(|it| it.is_checked);
        let checked: Vec<bool> = columns.iter().map(is_checked).collect();
        let mut checked_reads = CheckedReads(&checked);
        checked_reads.visit_expr_closure_mut(&mut read);
        let row = row_name(self.prepared.query, columns);
        if row.is_some() {
            // Only the struct, without the types around it.
            let mut found = FirstStruct(None);
            found.visit_expr_closure_mut(&mut read.clone());
            if let Some(found) = found.0 {
                read.body = parse_quote!(Ok(#found));
            }
            own.body =
                if spaceless(&borrowed) == spaceless(&owned) { parse_quote!(it) } else { parse_quote!(it.into()) };
            if spaceless(&borrowed).ends_with("Borrowed") {
                borrowed = parse_quote!(#borrowed<'r>);
            }
        } else {
            if let [column] = columns
                && let Some(own) = json.of_column(&self.module.name, &self.prepared.query.name.text, column.name())
            {
                for ty in [&mut borrowed, &mut owned] {
                    put_json(own, ty);
                }
            }
            let method = format_ident!("{}", if checked == [true] { "try_get_lossless" } else { "try_get" });
            read.body = parse_quote!(row.#method(0));
        }
        OfRow.visit_type_mut(&mut borrowed);
        Rows { borrowed, owned, read, own }
    }

    fn bind(&self, rows: Option<&Rows>) -> ImplItemFn {
        let Written { inputs, parameters, .. } = self.written;
        let db = format_ident!("{CLIENT}");
        let (names, types): (Vec<_>, Vec<_>) = inputs.iter().cloned().unzip();
        let number = number(parameters.len());
        if let Some(Rows { own, .. }) = rows {
            return if inputs.is_empty() {
                parse_quote! {
                    /// Gives the statement a client.
                    pub fn bind<C: #db::GenericClient>(self, client: &C) -> #db::Bound<'_, 'static, C, Self, 0> {
                        #db::Bound::new(Self::QUERY, client, [], #own)
                    }
                }
            } else {
                parse_quote! {
                    /// Gives the statement its parameters.
                    pub fn bind<'c, 'a, C: #db::GenericClient>(
                        self, client: &'c C, #(#names: #types),*
                    ) -> #db::Bound<'c, 'a, C, Self, #number> {
                        #db::Bound::new(Self::QUERY, client, [#(#parameters),*], #own)
                    }
                }
            };
        }
        let types = types.into_iter().map(without_lifetime);
        parse_quote! {
            /// Runs the statement and returns the number of rows that it changed.
            pub async fn bind<C: #db::GenericClient>(
                self, client: &C, #(#names: #types),*
            ) -> Result<u64, #db::Error> {
                Self::QUERY.execute(client, &[#(#parameters),*]).await
            }
        }
    }

    /// The struct of the parameters.
    fn params_type(&self, camel: &str) -> Type {
        let name = format_ident!("{camel}Params");
        match self.arguments.get(&name.to_string()).map_or(&[][..], Vec::as_slice) {
            [] => parse_quote!(#name),
            arguments => parse_quote!(#name<#(#arguments),*>),
        }
    }

    /// The method that takes the parameters by name, where there are several.
    fn params(&self, camel: &str, has_rows: bool) -> Option<ImplItemFn> {
        let Written { inputs, parameters, .. } = self.written;
        let db = format_ident!("{CLIENT}");
        let name = format_ident!("{camel}Params");
        self.arguments.get(&name.to_string())?;
        let ty = self.params_type(camel);
        let names = inputs.iter().map(|(name, _)| name);
        let number = number(parameters.len());
        Some(if has_rows {
            parse_quote! {
                /// Gives the statement its parameters by name.
                pub fn params<'c, 'a, C: #db::GenericClient>(
                    self, client: &'c C, params: &'a #ty
                ) -> #db::Bound<'c, 'a, C, Self, #number> {
                    self.bind(client, #(&params.#names),*)
                }
            }
        } else {
            let ty = without_lifetime(ty);
            parse_quote! {
                /// Runs the statement with its parameters by name.
                pub async fn params<C: #db::GenericClient>(
                    self, client: &C, params: &#ty
                ) -> Result<u64, #db::Error> {
                    self.bind(client, #(&params.#names),*).await
                }
            }
        })
    }
}

/// A number without the suffix of its type.
fn number(number: usize) -> LitInt {
    syn::parse_str(&number.to_string()).expect("digits are a number")
}

/// Replaces `row.try_get(…)` of the columns that are checked.
struct CheckedReads<'c>(&'c [bool]);

impl VisitMut for CheckedReads<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        if call.method == "try_get"
            && let Some(Expr::Lit(literal)) = call.args.first()
            && let Lit::Int(column) = &literal.lit
            && column.base10_parse::<usize>().is_ok_and(|column| self.0.get(column) == Some(&true))
        {
            call.method = format_ident!("try_get_lossless");
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }
}
