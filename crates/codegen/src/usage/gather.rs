//! Runs the phases whose results the report shows.

use std::path::Path;

use barqnet_db_client::error_text::in_full;

use super::statements::{Alternatives, StatementFacts, statements};
use crate::{
    analysis,
    diagnostic::{Diagnostic, Diagnostics},
    generate::runtime,
    migrations, queries, query_check,
    schema::{self, Facts},
    scratch::{Host, Scratch},
    settings::Settings,
};

/// Everything that is known of a project.
pub(crate) struct Gathered {
    pub(crate) schema: Facts,
    pub(crate) statements: Vec<StatementFacts>,
    pub(crate) alternatives: Alternatives,
    /// The name of each module and what its file says at its beginning.
    pub(crate) modules: Vec<(String, String)>,
    /// The last migration, `V22__rename_otp_challenges`.
    pub(crate) last_migration: Option<String>,
}

/// Reads the project at `root`, whose migrations and queries must be without errors.
pub(crate) fn gather(root: &Path, settings: &Settings) -> Result<Gathered, Diagnostics> {
    let mut found = Diagnostics::default();
    let migrations = migrations::read(root, settings, &mut found);
    let modules = queries::read(root, &settings.queries, &mut found);
    let Some(migrations) = migrations else {
        return Err(found);
    };
    let runtime = runtime()?;
    runtime.block_on(async {
        let host = Host::start()?;
        let mut scratch = host.scratch().await?;
        let outcome = read(settings, &migrations, &modules, &mut scratch, found).await;
        let removed = scratch.remove().await;
        let gathered = outcome?;
        removed.map(|()| gathered)
    })
}

async fn read(
    settings: &Settings,
    migrations: &[migrations::File],
    modules: &[queries::Module],
    scratch: &mut Scratch,
    mut found: Diagnostics,
) -> Result<Gathered, Diagnostics> {
    let applied = found.collect(migrations::apply(migrations, None, &mut scratch.client).await).unwrap_or_default();
    if found.has_errors() {
        return Err(found);
    }
    let client = &scratch.client;
    let prepared = query_check::prepare(modules, client, &mut found).await;
    let analysed = found.collect(analysis::analyse(&prepared, client).await).unwrap_or_default();
    found.sort();
    found.into_result()?;
    let schema = schema::facts(migrations, &applied.of_bases, settings, client).await?;
    let (statements, alternatives) = statements(&analysed, &prepared, &schema.tables, client)
        .await
        .map_err(|error| Diagnostic::new("queries", format!("cannot read the statements: {}", in_full(&error))))?;
    Ok(Gathered {
        schema,
        statements,
        alternatives,
        modules: modules.iter().map(|module| (module.name.clone(), heading(&module.text))).collect(),
        last_migration: migrations.last().map(|file| file.name.to_string()),
    })
}

/// The comment at the beginning of a query file.
fn heading(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with("-- "));
    lines.map(|line| line.trim_start_matches('-').trim()).collect::<Vec<_>>().join("\n")
}
