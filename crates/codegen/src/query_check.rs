//! Prepares every query on the migrated database and checks its parameters and columns.

use futures::future::join_all;
use tokio_postgres::{Client, Column, Statement};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    did_you_mean::did_you_mean,
    queries::{Module, Query},
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
    let queries = modules.iter().flat_map(|module| module.queries.iter().map(move |query| (module, query)));
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
            Err(error) => found.push(refused(module, query, &error, &names)),
        }
    }
    prepared
}

/// What is wrong with the parameters and columns.
pub(crate) fn check(prepared: &[Prepared<'_>]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Prepared { module, query, statement } in prepared {
        found.extend(Check { module, query }.columns(statement.columns()));
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
        for name in self.query.nullable_columns.iter().chain(&self.query.non_null_columns) {
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
