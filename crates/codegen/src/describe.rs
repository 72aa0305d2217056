//! What the build step knows of each query: its parameters, its columns, and why a column can be NULL.

use std::path::Path;

use tokio_postgres::types::Type;

use crate::{
    analysis::{self, Analysed},
    diagnostic::Diagnostics,
    generate::runtime,
    migrations, queries, query_check,
    scratch::{Host, Scratch},
    settings::Settings,
};

/// A query of a project.
#[derive(Clone, Debug)]
pub struct DescribedQuery {
    /// The name of its file, without `.sql`.
    pub module: String,
    /// Its name.
    pub name: String,
    /// The statement, with `$1` for its first parameter.
    pub sql: String,
    /// Its parameters, in the order of their numbers.
    pub parameters: Vec<DescribedParameter>,
    /// The columns of its result, in their order.
    pub columns: Vec<DescribedColumn>,
}

/// A parameter of a query.
#[derive(Clone, Debug)]
pub struct DescribedParameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_: Type,
}

/// A column of a query's result.
#[derive(Clone, Debug)]
pub struct DescribedColumn {
    /// Its name.
    pub name: String,
    /// Whether a NULL can come, by the SQL alone: `!` in the annotation is not considered.
    pub nullable: bool,
    /// Whether it is an array of which an element can be NULL.
    pub elements_nullable: bool,
    /// Why, in plain words: `users.phone has no NOT NULL`.
    pub reason: String,
}

/// Describes the queries of the project at `root`, on a server that is started for it. A query that can't be read is an
/// error; what the build step refuses otherwise is described all the same.
pub fn describe(root: &Path) -> Result<Vec<DescribedQuery>, Diagnostics> {
    let settings = Settings::read(root)?;
    let mut found = Diagnostics::default();
    let migrations = migrations::read(root, &settings, &mut found);
    let modules = queries::read(root, &settings.queries, &mut found);
    let (Some(migrations), false) = (migrations, found.has_errors()) else { return Err(found) };
    runtime()?.block_on(async {
        let host = Host::start()?;
        let mut scratch = host.scratch().await?;
        let described = on(&mut scratch, &migrations, &modules).await;
        scratch.remove().await?;
        described
    })
}

async fn on(
    scratch: &mut Scratch,
    migrations: &[migrations::File],
    modules: &[queries::Module],
) -> Result<Vec<DescribedQuery>, Diagnostics> {
    migrations::apply(migrations, None, &mut scratch.client).await?;
    let mut found = Diagnostics::default();
    let prepared = query_check::prepare(modules, &scratch.client, &mut found).await;
    found.into_result()?;
    let analysed = analysis::analyse(&prepared, &scratch.client).await?;
    Ok(analysed.iter().filter(|it| !it.prepared.query.is_derived()).map(described).collect())
}

fn described(analysed: &Analysed<'_, '_>) -> DescribedQuery {
    let prepared = analysed.prepared;
    let parameters = prepared.query.flat.parameters.iter().zip(prepared.statement.params());
    DescribedQuery {
        module: prepared.module.name.clone(),
        name: prepared.query.name.text.clone(),
        sql: prepared.query.flat.numbered.clone(),
        parameters: parameters
            .map(|(name, type_)| DescribedParameter { name: name.text.clone(), type_: type_.clone() })
            .collect(),
        columns: analysed
            .columns
            .iter()
            .map(|column| DescribedColumn {
                name: column.name.clone(),
                nullable: column.nullable,
                elements_nullable: column.elements_nullable,
                reason: column.reason.clone(),
            })
            .collect(),
    }
}
