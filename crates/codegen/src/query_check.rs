//! Prepares every query on the migrated database and checks its parameters and columns.

use futures::future::join_all;
use tokio_postgres::{
    Client, Column, Statement,
    error::{DbError, SqlState},
};

use crate::{
    diagnostic::{Diagnostic, Diagnostics, character_position},
    did_you_mean::did_you_mean,
    queries::{Module, Query},
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
pub(crate) fn check(prepared: &[Prepared<'_>]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Prepared { module, query, statement } in prepared {
        found.extend(Check { module, query }.columns(statement.columns()));
    }
    found
}

fn refused(module: &Module, query: &Query, error: &tokio_postgres::Error) -> Diagnostic {
    let Some(database_error) = error.as_db_error() else {
        return Diagnostic::new(&module.path, error.to_string()).at(&module.text, query.sql.start);
    };
    let offset =
        character_position(database_error).map_or(query.sql.start, |character| query.flat.original_offset(character));
    let diagnostic = Diagnostic::from_database(&module.path, database_error)
        .at(&module.text, offset)
        .note(format!("query {}.{}", module.name, query.name.text));
    parameter_notes(query, database_error, offset).into_iter().fold(diagnostic, |it, (note, help)| {
        let it = note.into_iter().fold(it, Diagnostic::note);
        help.into_iter().fold(it, Diagnostic::help)
    })
}

/// What the server's `$1` is called in the file, and what to do where it can't tell a parameter's type.
fn parameter_notes(query: &Query, error: &DbError, offset: usize) -> Option<(Option<String>, Option<String>)> {
    let parameters = &query.flat.parameters;
    let is_untyped = [&SqlState::AMBIGUOUS_FUNCTION, &SqlState::INDETERMINATE_DATATYPE].contains(&error.code());
    let number = error.message().split('$').nth(1).map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let numbered = number.flatten().and_then(|number| number.parse::<usize>().ok());
    let named = numbered.and_then(|number| parameters.get(number.checked_sub(1)?));
    let note = named.zip(numbered).map(|(name, number)| format!("${number} is :{}", name.text));
    let meant = named.or_else(|| parameters.iter().find(|parameter| parameter.offset >= offset)).filter(|_| is_untyped);
    let help = meant.map(|name| format!("say its type: :{}::INTEGER, for example", name.text));
    (note.is_some() || help.is_some()).then_some((note, help))
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
