//! Prepares every query on the migrated database and checks its parameters and columns.

use std::pin::pin;

use futures::{SinkExt, future::join_all};
use tokio_postgres::{Client, Column, Statement};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    did_you_mean::did_you_mean,
    queries::{Mark, Module, Query, batch, copy_in, refuse_copy_out},
    server_errors::{Names, refused},
};

/// A query that the server accepts.
pub(crate) struct Prepared<'m> {
    pub(crate) module: &'m Module,
    pub(crate) query: &'m Query,
    pub(crate) statement: Statement,
}

/// Prepares the queries; those that the server refuses are reported.
pub(crate) async fn prepare<'m>(modules: &'m [Module], client: &Client, found: &mut Diagnostics) -> Vec<Prepared<'m>> {
    let of_module = |module: &'m Module| {
        module.queries.iter().chain(&module.batches).chain(&module.variants).map(move |query| (module, query))
    };
    let queries = modules.iter().flat_map(of_module);
    // The driver pipelines: all statements are sent before the first answer is read.
    let answers = join_all(
        queries.map(|(module, query)| async move { (module, query, client.prepare(&query.flat.numbered).await) }),
    )
    .await;
    let names = Names::for_errors(answers.iter().filter_map(|(_, _, answer)| answer.as_ref().err()), client).await;
    let mut prepared = Vec::new();
    for (module, query, statement) in answers {
        match statement {
            Ok(statement) => prepared.push(Prepared { module, query, statement }),
            Err(error) => found.extend_of(query, [refused(module, query, &error, &names)]),
        }
    }
    prepared
}

/// Writes the batch forms of the queries that are marked so: the server says of which types their parameters are.
pub(crate) async fn add_batches(modules: &mut [Module], client: &Client, found: &mut Diagnostics) {
    for module in modules {
        let marked = module.queries.iter().filter(|query| query.marks.has(Mark::Batch));
        let answers = join_all(marked.map(|query| async move { (query, client.prepare(&query.flat.numbered).await) }));
        let mut batches = Vec::new();
        for (query, statement) in answers.await {
            // One that the server refuses is reported with the others.
            let Ok(statement) = statement else { continue };
            match batch(module, query, statement.params()) {
                Ok(batch) => batches.push(batch),
                Err(refused) => found.push(*refused),
            }
        }
        module.batches = batches;
    }
}

/// Runs each COPY into a table without a row: the server looks at the table and its columns only then.
pub(crate) async fn try_copies(prepared: &[Prepared<'_>], client: &Client) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Prepared { module, query, .. } in prepared {
        let Ok(Some(copy)) = copy_in(module, query) else { continue };
        let tried = async {
            let mut sink = pin!(client.copy_in::<_, &[u8]>(&copy.sql).await?);
            sink.send(EMPTY_COPY).await?;
            sink.finish().await
        };
        if let Err(error) = tried.await {
            found.push(match error.as_db_error() {
                Some(error) => Diagnostic::from_database(&module.path, error)
                    .at(&module.text, query.sql.start)
                    .note(format!("the mark copy_in of {}.{}: {}", module.name, query.name.text, copy.sql)),
                None => Diagnostic::new(&module.path, error.to_string()).at(&module.text, query.sql.start),
            });
        }
    }
    found
}

/// The signature, flags and extension of the binary format, and its end.
const EMPTY_COPY: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff";

/// What is wrong with the parameters and columns.
pub(crate) fn check(prepared: &[Prepared<'_>]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Prepared { module, query, statement } in prepared {
        found.extend_of(query, Check { module, query }.columns(statement.columns()));
        found.extend(copy_in(module, query).err().map(|refused| *refused));
        found.extend(refuse_copy_out(module, query, statement.columns().len()).map(|refused| *refused));
    }
    found
}

struct Check<'m> {
    module: &'m Module,
    query: &'m Query,
}

impl Check<'_> {
    fn fail(&self, message: String, offset: usize) -> Diagnostic {
        Diagnostic::new(&self.module.path, message).at(&self.module.text, offset)
    }

    fn columns(&self, columns: &[Column]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let sql = self.query.sql.start;
        for (index, column) in columns.iter().enumerate() {
            let name = column.name();
            if columns[..index].iter().any(|other| other.name() == name) {
                found.push(self.fail(format!("two columns are called `{name}`"), sql).help("rename one with AS"));
            }
        }
        let embedded = self.query.embedded_columns.iter().map(|(name, _)| name);
        for name in self.query.nullable_columns.iter().chain(&self.query.non_null_columns).chain(embedded) {
            if !columns.iter().any(|column| column.name() == name.text) {
                let message = format!("the query `{}` returns no column `{}`", self.query.name.text, name.text);
                let names = columns.iter().map(Column::name);
                let help = did_you_mean(&name.text, names).map(|meant| format!("did you mean `{meant}`?"));
                found.push(help.into_iter().fold(self.fail(message, name.offset), Diagnostic::help));
            }
        }
        if let (Some(row_type), true) = (&self.query.row_type, columns.is_empty()) {
            found.push(self.fail(format!("the query returns no rows, so no `{}`", row_type.text), row_type.offset));
        }
        found
    }
}
