//! Checks the functions of the migrated database: those in PL/pgSQL with the extension `plpgsql_check`, because PostgreSQL
//! looks into them only when they are called, and those in SQL once more, because a later migration can break them.

mod finding;
mod missing_return;
mod plpgsql;

use barqnet_db_client::error_text::in_full;
use tokio_postgres::{
    Client, Error, Row,
    error::{DbError, ErrorPosition},
    types::Oid,
};

use crate::{
    bases::BaseObjects,
    diagnostic::{Diagnostic, Diagnostics},
    migrations::File,
    schema::{Definition, Definitions, InFile, class},
};

const EXTENSION: &str = "plpgsql_check";

/// The extension's schema while the functions are checked.
const SCHEMA: &str = "barqnet_plpgsql_check";

/// What is wrong with the functions, except those that `passed` this check elsewhere; what is `optional` may be missing.
/// Everything that this creates is rolled back.
pub(crate) async fn check(
    files: &[File],
    optional: &[String],
    passed: &BaseObjects,
    client: &Client,
) -> Result<Diagnostics, Diagnostics> {
    let failed =
        |error: Error| Diagnostic::new("migrations", format!("cannot check the functions: {}", in_full(&error)));
    let definitions = Definitions::read(files);
    client.batch_execute("BEGIN").await.map_err(failed)?;
    let found = Check { files, definitions: &definitions, optional, passed, client }.functions().await;
    client.batch_execute("ROLLBACK").await.map_err(failed)?;
    Ok(found.map_err(failed)?)
}

/// A function of the database.
struct Function<'d> {
    oid: Oid,
    /// `name(types)`
    signature: String,
    language: String,
    definition: Option<&'d Definition>,
    is_trigger: bool,
}

struct Check<'c> {
    files: &'c [File],
    definitions: &'c Definitions,
    /// The tables and functions that may be missing.
    optional: &'c [String],
    passed: &'c BaseObjects,
    client: &'c Client,
}

impl Check<'_> {
    async fn functions(&self) -> Result<Diagnostics, Error> {
        let mut found = Diagnostics::default();
        let functions = self.read().await?;
        let (sql, plpgsql): (Vec<_>, Vec<_>) = functions.iter().partition(|function| function.language == "sql");
        for function in sql {
            found.extend(self.sql(function).await?);
        }
        if plpgsql.is_empty() {
            return Ok(found);
        }
        let schema = match self.install().await? {
            Ok(schema) => schema,
            Err(reason) => {
                found.push(not_checked(plpgsql.len(), &reason));
                return Ok(found);
            }
        };
        for function in plpgsql {
            found.extend(self.plpgsql(function, &schema).await?);
        }
        Ok(found)
    }

    /// Those in PL/pgSQL and SQL that no extension brought. What an SQL body in SQL's own syntax needs can't be dropped.
    async fn read(&self) -> Result<Vec<Function<'_>>, Error> {
        let rows = self
            .client
            .query(
                "SELECT p.oid,
                        CASE WHEN n.nspname = CURRENT_SCHEMA() THEN p.proname::TEXT ELSE n.nspname || '.' || p.proname END,
                        p.oid::REGPROCEDURE::TEXT, l.lanname::TEXT, p.prosrc,
                        p.prorettype = 'trigger'::REGTYPE
                 FROM pg_proc p
                 JOIN pg_namespace n ON n.oid = p.pronamespace
                 JOIN pg_language l ON l.oid = p.prolang
                 WHERE p.pronamespace NOT IN ('pg_catalog'::REGNAMESPACE, 'information_schema'::REGNAMESPACE)
                   AND p.prokind <> 'a'
                   AND (l.lanname = 'plpgsql' OR (l.lanname = 'sql' AND p.prosrc <> ''))
                   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid
                                   AND d.deptype = 'e')
                 ORDER BY p.oid",
                &[],
            )
            .await?;
        let function = |row: &Row| {
            let (name, source): (&str, &str) = (row.get(1), row.get(4));
            Function {
                oid: row.get(0),
                signature: row.get(2),
                language: row.get(3),
                definition: self.definitions.of_function(name, source, self.files),
                is_trigger: row.get(5),
            }
        };
        let is_checked = |row: &&Row| !self.passed.has(class::FUNCTION, row.get(0));
        Ok(rows.iter().filter(is_checked).map(function).collect())
    }

    /// Creates the extension, unless a migration has, and returns its schema, or why it can't be had.
    async fn install(&self) -> Result<Result<String, String>, Error> {
        let schema = "SELECT QUOTE_IDENT(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                      WHERE e.extname = $1";
        if let Some(row) = self.client.query_opt(schema, &[&EXTENSION]).await? {
            return Ok(Ok(row.get(0)));
        }
        let available = "SELECT CURRENT_SETTING('server_version_num')::INTEGER / 10000,
                                EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)";
        let row = self.client.query_one(available, &[&EXTENSION]).await?;
        let (major, is_available): (i32, bool) = (row.get(0), row.get(1));
        if !is_available {
            return Ok(Err(format!(
                "the server has no extension {EXTENSION}: install Debian's package postgresql-{major}-plpgsql-check, \
                 or build it from https://github.com/okbob/plpgsql_check"
            )));
        }
        let create = format!("CREATE SCHEMA {SCHEMA}; CREATE EXTENSION {EXTENSION} SCHEMA {SCHEMA}");
        match self.attempt(&create).await? {
            Ok(()) => Ok(Ok(SCHEMA.to_owned())),
            Err(error) => Ok(Err(format!("the extension {EXTENSION} can't be created: {error}"))),
        }
    }

    /// Runs SQL after a savepoint, to which an error returns.
    async fn attempt(&self, sql: &str) -> Result<Result<(), DbError>, Error> {
        self.client.batch_execute("SAVEPOINT attempt").await?;
        match self.client.batch_execute(sql).await {
            Ok(()) => Ok(Ok(())),
            Err(error) => {
                let Some(database_error) = error.as_db_error().cloned() else { return Err(error) };
                self.client.batch_execute("ROLLBACK TO attempt").await?;
                Ok(Err(database_error))
            }
        }
    }

    /// PostgreSQL's own check of a function in SQL, which it did when the function was created.
    async fn sql(&self, function: &Function<'_>) -> Result<Option<Diagnostic>, Error> {
        let validate = format!("SELECT pg_catalog.fmgr_sql_validator({})", function.oid);
        let Err(error) = self.attempt(&validate).await? else { return Ok(None) };
        let in_query = match error.position() {
            Some(ErrorPosition::Internal { position, query }) => Some((query.as_str(), character(*position))),
            _ => None,
        };
        let place = self.place(function, Some(1), in_query);
        let mut diagnostic = self.diagnostic("sql-function", Diagnostic::error, function, error.message(), place);
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.note(format!("hint: {hint}"));
        }
        Ok(Some(diagnostic.note(format!("SQLSTATE {}", error.code().code()))))
    }

    /// The place of a finding; `None` if the text of the function is in no migration, or in a string.
    fn place(
        &self,
        function: &Function<'_>,
        line: Option<usize>,
        in_query: Option<(&str, usize)>,
    ) -> Option<InFile<'_>> {
        function.definition?.place(self.files, line, in_query)
    }

    /// At the place, or at the migration that defines the function.
    fn diagnostic(
        &self,
        rule: &'static str,
        new: New,
        function: &Function<'_>,
        message: &str,
        place: Option<InFile<'_>>,
    ) -> Diagnostic {
        let message = message.to_owned();
        match (place, function.definition) {
            (Some(place), _) => new(rule, &place.file.path, message).at(&place.file.sql, place.offset),
            (None, None) => new(rule, "migrations", message).note("no migration has the text of this function"),
            (None, Some(definition)) => {
                let path = self.files.get(definition.file).map_or("migrations", |file| file.path.as_str());
                new(rule, path, message).note("the function's text is in a string")
            }
        }
    }
}

/// What makes an error or a warning.
type New = fn(&'static str, &str, String) -> Diagnostic;

/// A position that PostgreSQL counts from 1.
fn character(position: u32) -> usize {
    usize::try_from(position).unwrap_or_default().saturating_sub(1)
}

fn not_checked(functions: usize, reason: &str) -> Diagnostic {
    let functions = if functions == 1 { "1 function".to_owned() } else { format!("{functions} functions") };
    Diagnostic::warning("functions-not-checked", "migrations", format!("{functions} in PL/pgSQL were not checked"))
        .note(reason)
}
