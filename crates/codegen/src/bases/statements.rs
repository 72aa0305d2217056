//! The statements of the bases: the project's own migrations must leave them as they are.

use barqnet_db_client::error_text::in_full;
use futures::future::join_all;
use tokio_postgres::{Client, Statement, types::Type};

use super::Base;
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    queries::{self, Module, Query},
};

/// The statements of the bases, with the types that they have before a migration of the project runs.
#[derive(Default)]
pub(crate) struct BaseStatements {
    modules: Vec<(String, Module)>,
    /// Of each statement in order; `None` if the server refuses it already then.
    before: Vec<Option<Shape>>,
}

/// What callers rely on.
#[derive(PartialEq)]
struct Shape {
    parameters: Vec<Type>,
    columns: Vec<(String, Type)>,
}

impl BaseStatements {
    /// Prepares them in a database that has the bases' migrations only.
    pub(crate) async fn read(bases: &[Base], client: &Client) -> Self {
        let mut modules = Vec::new();
        for base in bases.iter().filter(|base| base.root.join(&base.settings.queries).is_dir()) {
            // They have passed their own build.
            let mut passed = Diagnostics::default();
            let of_base = queries::read(&base.root, &base.settings.queries, &mut passed);
            modules.extend(of_base.into_iter().map(|module| {
                let path = base.shown(&module.path);
                (base.name.clone(), Module { path, ..module })
            }));
        }
        let mut read = Self { modules, before: Vec::new() };
        read.before = read.prepare(client).await.into_iter().map(|answer| answer.ok().map(|it| shape(&it))).collect();
        // The project's own migrations may change the types.
        client.clear_type_cache();
        read
    }

    fn all(&self) -> impl Iterator<Item = (&str, &Module, &Query)> {
        self.modules.iter().flat_map(|(base, module)| {
            let all = module.queries.iter().chain(&module.variants);
            all.map(move |query| (base.as_str(), module, query))
        })
    }

    async fn prepare(&self, client: &Client) -> Vec<Result<Statement, tokio_postgres::Error>> {
        join_all(self.all().map(|(_, _, query)| client.prepare(&query.flat.numbered))).await
    }

    /// What the project's own migrations broke.
    pub(crate) async fn broken(&self, client: &Client) -> Diagnostics {
        let mut found = Diagnostics::default();
        let after = self.prepare(client).await;
        for (((base, module, query), before), after) in self.all().zip(&self.before).zip(after) {
            let Some(before) = before else { continue };
            let problem = match after {
                Ok(after) if shape(&after) == *before => continue,
                Ok(after) => difference(before, &shape(&after)),
                Err(error) => in_full(&error),
            };
            let name = format!("{}.{}", module.name, query.name.text);
            found.extend_of(
                query,
                [Diagnostic::error(
                    "base-statement",
                    &module.path,
                    format!("these migrations break {name} of {base}: {problem}"),
                )
                .at(&module.text, query.name.offset)
                .help(format!("leave the tables of {base} as its statements need them"))],
            );
        }
        found
    }
}

fn shape(statement: &Statement) -> Shape {
    let column = |column: &tokio_postgres::Column| (column.name().to_owned(), column.type_().clone());
    Shape { parameters: statement.params().to_vec(), columns: statement.columns().iter().map(column).collect() }
}

/// The first thing that differs.
fn difference(before: &Shape, after: &Shape) -> String {
    let mut parameters = before.parameters.iter().zip(&after.parameters).enumerate();
    if let Some((number, (before, after))) = parameters.find(|(_, (before, after))| before != after) {
        return format!("its parameter ${} is {after} instead of {before}", number + 1);
    }
    let mut columns = before.columns.iter().zip(&after.columns);
    match columns.find(|(before, after)| before != after) {
        Some(((name, before), (_, after))) => format!("its column {name} is {after} instead of {before}"),
        None => "it has other columns".to_owned(),
    }
}
