//! The code of a statement: its text, and the functions that give it parameters and run it. What is the same for every
//! statement is in the client crate.

use barqnet_db_client::type_name;
use barqnet_db_sql::Place;

use super::{
    CLIENT as DB, layout,
    parameters::{self, Parameter},
    row::{Context, Rows, Structs},
    variants::Several,
};
use crate::{
    queries::{
        CopyIn, Mark, Module, Query, attributes, copy_in,
        names::{camel_case, identifier},
    },
    query_check::Prepared,
};

pub(super) struct Statement<'s, 'm> {
    module: &'s Module,
    prepared: &'s Prepared<'m>,
    /// Its batch form.
    batch: Option<&'s Prepared<'m>>,
    /// Its variants, if it is several statements.
    several: Option<Several<'s, 'm>>,
    parameters: Vec<Parameter>,
    rows: Option<Rows>,
    structs: &'s Structs<'s, 'm>,
    /// Why it needs a full client; `None` if it only reads.
    writes: Option<&'s str>,
}

impl<'s, 'm> Statement<'s, 'm> {
    pub(super) fn new(
        prepared: &'s Prepared<'m>,
        (batch, variants): (Option<&'s Prepared<'m>>, Vec<&'s Prepared<'m>>),
        structs: &'s Structs<'s, 'm>,
        context: Context<'s>,
    ) -> Self {
        let parameters = Parameter::all(prepared, &context.settings.types);
        let writes = context.facts.reading.refuses(context.module, prepared.query);
        let several = Several::of(prepared, variants, context);
        let rows = Rows::of(prepared, context);
        Self { module: context.module, prepared, batch, several, parameters, rows, structs, writes }
    }

    fn query(&self) -> &Query {
        self.prepared.query
    }

    /// The items of the statement.
    pub(super) fn code(&self) -> String {
        let name = &self.query().name.text;
        let ty = type_of(self.query());
        let row =
            self.rows.as_ref().and_then(Rows::name).map_or_else(String::new, |row| format!("; a row is a [`{row}`]"));
        // That a statement which looks like a reading one is none, is said.
        let reason =
            self.writes.filter(|it| it.starts_with("calls") || it.starts_with("locks") || it.starts_with("is marked"));
        let reason = reason.map_or_else(String::new, |it| format!(" It needs a full client, because it {it}."));
        let about = format!("The statement [`{name}`](fn@{name}){row}.{reason}");
        let head = &self.module.text[self.query().annotation.end..self.query().sql.start];
        let documentation = head.lines().filter_map(|line| line.strip_prefix("---")).map(str::trim);
        let mut code = self.several.as_ref().map(Several::declared).unwrap_or_default();
        code.push_str(&layout::documentation(0, [about.as_str()]));
        code.push_str(&format!("#[derive(Clone, Copy, Debug)]\npub struct {ty};\n"));
        code.push_str(&layout::documentation(0, documentation));
        code.push_str(&attributes(head, "--#"));
        code.push_str(&format!("pub fn {}() -> {ty} {{\n    {ty}\n}}\n", identifier(name)));
        let first = self.first();
        let first = first.as_deref();
        let items = [
            Some(constant("QUERY", &self.text(self.prepared, &self.columns(first)))),
            self.several.as_ref().map(Several::constant),
            Some(self.bind()),
            self.params(),
            self.batch(),
            self.copy_in(),
            self.copy_out(),
        ];
        let items: String = items.into_iter().flatten().collect();
        code.push_str(&format!("impl {ty} {{\n{items}}}\n"));
        code.push_str(&self.returning(first).unwrap_or_default());
        code.push_str(&self.several.as_ref().and_then(Several::paged).unwrap_or_default());
        code
    }

    /// The statement that declares the struct of the rows, if it reads them from the same columns.
    fn first(&self) -> Option<String> {
        let (_, first) = self.structs.get(self.rows.as_ref()?.name()?)?;
        let columns = |it: &Prepared<'_>| -> Vec<(String, String)> {
            it.statement.columns().iter().map(|it| (it.name().to_owned(), type_name(it.type_()))).collect()
        };
        let is_other = first.query.name != self.query().name;
        (is_other && columns(first) == columns(self.prepared)).then(|| type_of(first.query))
    }

    /// The columns of the result, as an expression; those of `first` if there is one.
    fn columns(&self, first: Option<&str>) -> String {
        if let Some(first) = first {
            return format!("{first}::QUERY.columns");
        }
        let columns = self.prepared.statement.columns().iter();
        list_of(columns.map(|it| format!("({:?}, {:?})", it.name(), type_name(it.type_()))))
    }

    /// The statement as the client crate takes it.
    fn text(&self, prepared: &Prepared<'_>, columns: &str) -> String {
        let query = prepared.query;
        let name = format!("{}.{}", self.module.name, query.name.text);
        let sql = query.flat.with_name(&self.module.name, &query.name.text);
        let parameters = list_of(prepared.statement.params().iter().map(|ty| format!("{:?}", type_name(ty))));
        self.fields(&name, &sql, &parameters, columns, query.marks.has(Mark::Session))
    }

    /// A COPY as the client crate takes it.
    fn copy(&self, mark: Mark, sql: &str, columns: &str) -> String {
        let name = format!("{}.{}.{}", self.module.name, self.query().name.text, mark.name());
        self.fields(&name, &format!("/* {name} */ {sql}"), "&[]", columns, false)
    }

    fn fields(&self, name: &str, sql: &str, parameters: &str, columns: &str, changes_session: bool) -> String {
        let path = &self.module.path;
        let line = Place::new(&self.module.text, self.query().name.offset).line;
        format!(
            "        name: {name:?},
        file: {path:?},
        line: {line},
        sql: {sql:?},
        parameters: {parameters},
        columns: {columns},
        changes_session: {changes_session},
"
        )
    }

    /// The trait of what it can run on.
    fn client(&self) -> &'static str {
        if self.writes.is_some() { "GenericClient" } else { "ReadClient" }
    }

    fn names(&self, prefix: &str) -> Vec<String> {
        self.parameters.iter().map(|it| format!("{prefix}{}", it.name)).collect()
    }

    /// The parameters of the SQL.
    fn values(&self) -> Vec<String> {
        self.parameters.iter().filter(|it| !it.is_order).map(|it| it.name.clone()).collect()
    }

    /// What `bind` returns.
    fn bound(&self) -> &'static str {
        if self.several.as_ref().is_some_and(Several::has_pages) { "Pages" } else { "Bound" }
    }

    /// `bind`, and what it is given.
    fn bind(&self) -> String {
        let names = self.values();
        let number = names.len();
        let Some(rows) = &self.rows else {
            let parameters = self.parameters.iter().map(|it| format!("{}: &{}", it.name, it.ty("'_")));
            let parameters: Vec<String> =
                ["self".to_owned(), "client: &C".to_owned()].into_iter().chain(parameters).collect();
            let open = format!("pub async fn bind<C: {DB}::GenericClient>(");
            return "    /// Runs the statement and returns the number of rows that it changed.\n".to_owned()
                + &layout::rows(4, &open, &parameters, &format!(") -> Result<u64, {DB}::Error> {{"))
                + "\n"
                + &match &self.several {
                    Some(several) => several.execute(&names),
                    None => layout::list(8, "Self::QUERY.execute(client, &[", &names, "]).await"),
                }
                + "\n    }\n";
        };
        let (own, client) = (rows.own(), self.client());
        let (about, head) = if self.parameters.is_empty() {
            let head = format!(
                "    pub fn bind<C: {DB}::{client}>(self, client: &C) -> {DB}::Bound<'_, 'static, C, Self, 0> {{"
            );
            ("Gives the statement a client.", head)
        } else {
            let parameters = self.parameters.iter().map(|it| format!("{}: &'a {}", it.name, it.ty("'a")));
            let parameters: Vec<String> =
                ["self".to_owned(), "client: &'c C".to_owned()].into_iter().chain(parameters).collect();
            let open = format!("pub fn bind<'c, 'a, C: {DB}::{client}>(");
            let close = format!(") -> {DB}::{}<'c, 'a, C, Self, {number}> {{", self.bound());
            ("Gives the statement its parameters.", layout::rows(4, &open, &parameters, &close))
        };
        if let Some(several) = &self.several {
            return format!("    /// {about}\n{head}\n{}\n    }}\n", several.bind(&names, &own));
        }
        let open = format!("{DB}::Bound::new(Self::QUERY, client, [");
        format!("    /// {about}\n{head}\n{}\n    }}\n", layout::list(8, &open, &names, &format!("], {own})")))
    }

    /// The method that takes the parameters by name, where there are several.
    fn params(&self) -> Option<String> {
        let name = &self.query().name.text;
        let arguments = ["client".to_owned()].into_iter().chain(self.names("&params.")).collect::<Vec<_>>();
        let number = self.values().len();
        Some(if self.rows.is_some() {
            let ty = parameters::struct_type(name, &self.parameters, "'a")?;
            let open = format!("pub fn params<'c, 'a, C: {DB}::{}>(", self.client());
            let parameters = ["self".to_owned(), "client: &'c C".to_owned(), format!("params: &'a {ty}")];
            let close = format!(") -> {DB}::{}<'c, 'a, C, Self, {number}> {{", self.bound());
            "    /// Gives the statement its parameters by name.\n".to_owned()
                + &layout::rows(4, &open, &parameters, &close)
                + "\n"
                + &layout::list(8, "self.bind(", &arguments, ")")
                + "\n    }\n"
        } else {
            let ty = parameters::struct_type(name, &self.parameters, "'_")?;
            let open = format!("pub async fn params<C: {DB}::GenericClient>(");
            let parameters = ["self".to_owned(), "client: &C".to_owned(), format!("params: &{ty}")];
            "    /// Runs the statement with its parameters by name.\n".to_owned()
                + &layout::rows(4, &open, &parameters, &format!(") -> Result<u64, {DB}::Error> {{"))
                + "\n"
                + &layout::list(8, "self.bind(", &arguments, ").await")
                + "\n    }\n"
        })
    }

    /// What holds the parameters of one run: their struct, or the only one.
    fn row_type(&self) -> String {
        let ty = parameters::struct_type(&self.query().name.text, &self.parameters, "'_");
        ty.unwrap_or_else(|| self.parameters.first().map(|it| it.ty("'_")).unwrap_or_default())
    }

    /// The items of the batch form, if there is one.
    fn batch(&self) -> Option<String> {
        let query = self.text(self.batch?, "Self::QUERY.columns");
        let mut code = "    /// The statement that [`batch`](Self::batch) runs.\n".to_owned();
        code.push_str(&constant("BATCH", &query));
        let ty = self.row_type();
        let columns: Vec<String> = match self.parameters.as_slice() {
            [_] => vec!["&rows".to_owned()],
            several => several.iter().map(|it| format!("&{DB}::column(rows, |row| &row.{})", it.name)).collect(),
        };
        let number = columns.len();
        let head = |returned: &str| {
            let open = format!("pub async fn batch<C: {DB}::GenericClient>(");
            let parameters = ["self".to_owned(), "client: &C".to_owned(), format!("rows: &[{ty}]")];
            layout::rows(4, &open, &parameters, &format!(") -> Result<{returned}, {DB}::Error> {{"))
        };
        let about = format!(
            "Runs the statement for all rows, in statements of at most [`BATCH_ROWS`]({DB}::BATCH_ROWS), and returns"
        );
        code.push_str(&match &self.rows {
            None => format!(
                "    /// {about} the number of
    /// rows that they changed.
{}
        let mut changed = 0;
        for rows in rows.chunks({DB}::BATCH_ROWS) {{
{}
        }}
        Ok(changed)
    }}
",
                head("u64"),
                layout::list(12, "changed += Self::BATCH.execute(client, &[", &columns, "]).await?;")
            ),
            Some(rows) => format!(
                "    /// {about} what they return.
{}
        let mut returned = Vec::new();
        for rows in rows.chunks({DB}::BATCH_ROWS) {{
{}
            let batch: {DB}::Bound<'_, '_, C, Self, {number}> = {DB}::Bound::new(Self::BATCH, client, columns, {});
            returned.extend(batch.all().await?);
        }}
        Ok(returned)
    }}
",
                head(&format!("Vec<{}>", rows.owned())),
                layout::list(
                    12,
                    &format!("let columns: [&(dyn {DB}::tokio_postgres::types::ToSql + Sync); {number}] = ["),
                    &columns,
                    "];"
                ),
                rows.own()
            ),
        });
        Some(code)
    }

    /// The items of the mark `copy_in`.
    fn copy_in(&self) -> Option<String> {
        let Ok(Some(CopyIn { columns, sql, parameters })) = copy_in(self.module, self.query()) else { return None };
        let known = &self.query().flat.parameters;
        let order: Vec<usize> =
            parameters.iter().filter_map(|name| known.iter().position(|it| it.text == *name)).collect();
        let types = order.iter().map(|parameter| type_name(&self.prepared.statement.params()[*parameter]));
        let columns = list_of(columns.iter().zip(types).map(|(name, ty)| format!("({name:?}, {ty:?})")));
        let ty = self.row_type();
        let values: Vec<String> = match self.parameters.as_slice() {
            [_] => vec!["row".to_owned()],
            several => order.iter().map(|parameter| format!("&row.{}", several[*parameter].name)).collect(),
        };
        let order: Vec<String> = order.iter().map(ToString::to_string).collect();
        let mut code = "    /// The COPY that [`copy_in`](Self::copy_in) runs.\n".to_owned();
        code.push_str(&constant("COPY_IN", &self.copy(Mark::CopyIn, &sql, &columns)));
        code.push_str("    /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server accepts\n    /// them.\n");
        code.push_str(&layout::rows(
            4,
            &format!("pub async fn copy_in<C: {DB}::GenericClient>("),
            &["self".to_owned(), "client: &C".to_owned(), format!("rows: impl {DB}::Stream<Item = {ty}>")],
            &format!(") -> Result<u64, {DB}::Error> {{\n"),
        ));
        let open = format!("{DB}::copy_in(client, (Self::QUERY, Self::COPY_IN), [{}], rows, |row| [", order.join(", "));
        code.push_str(&layout::list(8, &open, &values, "]).await"));
        Some(code + "\n    }\n")
    }

    /// The items of the mark `copy_out`.
    fn copy_out(&self) -> Option<String> {
        let query = self.query();
        let rows = self.rows.as_ref().filter(|_| query.marks.has(Mark::CopyOut))?;
        let sql = format!("COPY ({}) TO STDOUT (FORMAT binary)", query.flat.numbered);
        let constant = constant("COPY_OUT", &self.copy(Mark::CopyOut, &sql, "Self::QUERY.columns"));
        let (owned, own, client) = (rows.owned(), rows.own(), self.client());
        Some(format!(
            "    /// The COPY that [`copy_out`](Self::copy_out) runs.
{constant}    /// Copies the rows out of the database and streams them.
    pub async fn copy_out<'c, C: {DB}::{client}>(
        self,
        client: &'c C,
    ) -> Result<impl {DB}::Stream<Item = Result<{owned}, {DB}::Error>> + use<'c, C>, {DB}::Error> {{
        {DB}::copy_out::<C, Self>(client, (Self::QUERY, Self::COPY_OUT), {own}).await
    }}
"
        ))
    }

    /// How its rows are read; as those of `first` if there is one.
    fn returning(&self, first: Option<&str>) -> Option<String> {
        let rows = self.rows.as_ref()?;
        let read = match first {
            Some(first) => format!("        <{first} as {DB}::Returning>::read(row)\n"),
            None => rows.read(rows.name().and_then(|name| self.structs.get(name)).map_or(rows, |(first, _)| first)),
        };
        Some(format!(
            "impl {DB}::Returning for {} {{
    type Row = {};
    type Borrowed<'r> = {};
    fn read(row: &{DB}::Row) -> Result<Self::Borrowed<'_>, {DB}::Error> {{
{read}    }}
}}
",
            type_of(self.query()),
            rows.owned(),
            rows.borrowed()
        ))
    }
}

/// The type of a statement.
pub(super) fn type_of(query: &Query) -> String {
    format!("{}Stmt", camel_case(&query.name.text))
}

fn constant(name: &str, query: &str) -> String {
    format!("    pub const {name}: &'static {DB}::Query = &{DB}::Query {{\n{query}    }};\n")
}

/// The types of a statement's parameters and columns are data, as its SQL is: they stand in one line.
pub(super) fn list_of(items: impl Iterator<Item = String>) -> String {
    format!("&[{}]", items.collect::<Vec<_>>().join(", "))
}
