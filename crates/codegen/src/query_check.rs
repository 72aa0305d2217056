//! Prepares every query on the migrated database and checks its parameters and columns.

use std::collections::HashMap;

use barqnet_db_sql::{Name, tokens};
use futures::future::join_all;
use tokio_postgres::{Client, Column, Statement};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, character_position},
    flat_sql::FlatSql,
    queries::{Module, Query},
};

/// Which columns of tables hold NULL, by table and column number.
type NullableColumns = HashMap<(u32, i16), bool>;

/// A query that the server accepts.
pub(crate) struct Prepared<'m> {
    pub(crate) module: &'m Module,
    pub(crate) query: &'m Query,
    pub(crate) statement: Statement,
}

/// Prepares the queries; those that the server refuses are reported.
pub(crate) async fn prepare<'m>(modules: &'m [Module], client: &Client, found: &mut Diagnostics) -> Vec<Prepared<'m>> {
    let queries = modules.iter().flat_map(|module| module.queries.iter().map(move |query| (module, query)));
    // The driver pipelines: all statements are sent before the first answer is read.
    let answers = join_all(
        queries.map(|(module, query)| async move { (module, query, client.prepare(&query.flat.numbered).await) }),
    )
    .await;
    let mut prepared = Vec::new();
    for (module, query, statement) in answers {
        match statement {
            Ok(statement) => prepared.push(Prepared { module, query, statement }),
            Err(error) => found.push(refused(module, query, &error)),
        }
    }
    prepared
}

/// What is wrong with the parameters and columns.
pub(crate) async fn check(prepared: &[Prepared<'_>], client: &Client) -> Result<Diagnostics, Diagnostics> {
    let nullable = nullable_columns(client).await.map_err(|error| unexpected(&error))?;
    let mut found = Diagnostics::default();
    for Prepared { module, query, statement } in prepared {
        found.extend(Check { module, query }.statement(statement, &nullable));
    }
    Ok(found)
}

fn unexpected(error: &tokio_postgres::Error) -> Diagnostics {
    let message = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    Diagnostic::new("queries", format!("cannot check the queries: {message}")).into()
}

async fn nullable_columns(client: &Client) -> Result<NullableColumns, tokio_postgres::Error> {
    let rows = client
        .query(
            // A view's columns are never marked NOT NULL, whether they can hold NULL or not: they are left out.
            "SELECT a.attrelid, a.attnum, NOT a.attnotnull
             FROM pg_attribute a
             JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.relkind IN ('r', 'p') AND a.attnum > 0",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect())
}

fn refused(module: &Module, query: &Query, error: &tokio_postgres::Error) -> Diagnostic {
    let Some(database_error) = error.as_db_error() else {
        return Diagnostic::new(&module.path, error.to_string()).at(&module.text, query.sql.start);
    };
    let offset =
        character_position(database_error).map_or(query.sql.start, |character| query.flat.original_offset(character));
    Diagnostic::from_database(&module.path, database_error)
        .at(&module.text, offset)
        .note(format!("query {}.{}", module.name, query.name.text))
}

struct Check<'m> {
    module: &'m Module,
    query: &'m Query,
}

impl Check<'_> {
    fn fail(&self, message: String, offset: usize) -> Diagnostic {
        Diagnostic::new(&self.module.path, message).at(&self.module.text, offset)
    }

    fn statement(&self, statement: &Statement, nullable: &NullableColumns) -> Vec<Diagnostic> {
        let FlatSql { parameters, .. } = &self.query.flat;
        let mut found = self.parameters(parameters);
        found.extend(self.columns(statement.columns(), nullable));
        found
    }

    fn parameters(&self, names: &[Name]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for name in &self.query.nullable_parameters {
            if !names.iter().any(|parameter| parameter.text == name.text) {
                found.push(self.fail(format!("the query has no parameter `{}`", name.text), name.offset));
            }
        }
        found
    }

    /// Whether the SQL says `name IS NOT NULL`.
    fn excludes_null(&self, name: &str) -> bool {
        let tokens = tokens(&self.query.flat.numbered);
        let is_not_null = [name, "IS", "NOT", "NULL"];
        tokens.windows(4).any(|four| four.iter().zip(is_not_null).all(|(token, word)| token.is(word)))
    }

    fn columns(&self, columns: &[Column], nullable: &NullableColumns) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let sql = self.query.sql.start;
        for (index, column) in columns.iter().enumerate() {
            let name = column.name();
            if columns[..index].iter().any(|other| other.name() == name) {
                found.push(self.fail(format!("two columns are called `{name}`"), sql).help("rename one with AS"));
            }
            let base = column.table_oid().zip(column.column_id());
            let can_be_null = base.and_then(|base| nullable.get(&base)).copied().unwrap_or(false);
            if can_be_null
                && !self.excludes_null(name)
                && !self.query.nullable_columns.iter().any(|annotated| annotated.text == name)
            {
                found.push(
                    self.fail(
                        format!("the column `{name}` can be NULL, but its annotation does not say so"),
                        self.query.name.offset,
                    )
                    .help(format!("write --! {} : ({name}?), or COALESCE it in the SQL", self.query.name.text)),
                );
            }
        }
        for name in &self.query.nullable_columns {
            if !columns.iter().any(|column| column.name() == name.text) {
                found.push(self.fail(
                    format!("the query `{}` returns no column `{}`", self.query.name.text, name.text),
                    name.offset,
                ));
            }
        }
        if let (Some(row_type), true) = (&self.query.row_type, columns.is_empty()) {
            found.push(self.fail(format!("the query returns no rows, so no `{}`", row_type.text), row_type.offset));
        }
        found
    }
}
