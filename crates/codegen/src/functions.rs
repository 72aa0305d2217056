//! Checks the functions of the migrated database: those in PL/pgSQL with the extension `plpgsql_check`, because PostgreSQL
//! looks into them only when they are called, and those in SQL once more, because a later migration can break them.

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::{Kind as TokenKind, tokens};
use tokio_postgres::{
    Client, Error, Row,
    error::{DbError, ErrorPosition},
    types::Oid,
};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    migrations::File,
    schema::{Definition, Definitions},
};

const EXTENSION: &str = "plpgsql_check";

/// The extension's schema while the functions are checked.
const SCHEMA: &str = "barqnet_plpgsql_check";

/// What a line begins with that declares a table which a function finds at run time only.
const DECLARATION: &str = "plpgsql_check:";

/// SQLSTATE of a missing table, and of a missing function.
const MISSING: [&str; 2] = ["42P01", "42883"];

/// What is wrong with the functions; what is `optional` may be missing. Everything that this creates is rolled back.
pub(crate) async fn check(files: &[File], optional: &[String], client: &Client) -> Result<Diagnostics, Diagnostics> {
    let failed =
        |error: Error| Diagnostic::new("migrations", format!("cannot check the functions: {}", in_full(&error)));
    let definitions = Definitions::read(files);
    client.batch_execute("BEGIN").await.map_err(failed)?;
    let found = Check { files, definitions: &definitions, optional, client }.functions().await;
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

/// A table for whose triggers a trigger function is checked, 0 for any other function.
struct Use {
    table: Oid,
    /// The names of the transition tables of all triggers that call the function: which one it reads can depend on `TG_OP`.
    old_table: Option<String>,
    new_table: Option<String>,
}

struct Check<'c> {
    files: &'c [File],
    definitions: &'c Definitions,
    /// The tables and functions that may be missing.
    optional: &'c [String],
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
                "SELECT p.oid, p.proname::TEXT, p.oid::REGPROCEDURE::TEXT, l.lanname::TEXT, p.prosrc,
                        p.prorettype = 'trigger'::REGTYPE
                 FROM pg_proc p
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
        Ok(rows.iter().map(function).collect())
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
        let mut diagnostic = self.at("sql-function", function, error.message(), Some(1), in_query);
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.note(format!("hint: {hint}"));
        }
        Ok(Some(diagnostic.note(format!("SQLSTATE {}", error.code().code()))))
    }

    /// What `plpgsql_check` finds in a function, for each table whose triggers call it.
    async fn plpgsql(&self, function: &Function<'_>, schema: &str) -> Result<Vec<Diagnostic>, Error> {
        let uses = if function.is_trigger {
            self.uses(function.oid).await?
        } else {
            vec![Use { table: 0, old_table: None, new_table: None }]
        };
        if uses.is_empty() {
            let message = format!("no trigger calls {}, so it was not checked", function.signature);
            return Ok(vec![self.warning("unused-trigger-function", function, message)]);
        }
        self.client.batch_execute("SAVEPOINT tables").await?;
        let mut found = self.declare(function).await?;
        let mut seen = Vec::new();
        for it in uses {
            let sql = format!(
                "SELECT lineno, statement, sqlstate, message, detail, hint, level, \"position\", query, context
                 FROM {schema}.plpgsql_check_function_tb($1::OID::REGPROCEDURE, $2::OID::REGCLASS, fatal_errors => FALSE,
                     other_warnings => TRUE, extra_warnings => TRUE, oldtable => $3::TEXT::NAME, newtable => $4::TEXT::NAME)"
            );
            self.client.batch_execute("SAVEPOINT attempt").await?;
            match self.client.query(&sql, &[&function.oid, &it.table, &it.old_table, &it.new_table]).await {
                Ok(rows) => {
                    for row in &rows {
                        let finding = Finding::of(row);
                        if !seen.contains(&finding) {
                            found.extend(self.finding(function, &finding));
                            seen.push(finding);
                        }
                    }
                }
                Err(error) => {
                    let Some(database_error) = error.as_db_error() else { return Err(error) };
                    let message = format!("{} could not be checked: {database_error}", function.signature);
                    found.push(self.warning("plpgsql-function", function, message));
                    self.client.batch_execute("ROLLBACK TO attempt").await?;
                }
            }
        }
        self.client.batch_execute("ROLLBACK TO tables").await?;
        Ok(found)
    }

    async fn uses(&self, function: Oid) -> Result<Vec<Use>, Error> {
        let rows = self
            .client
            .query(
                "SELECT DISTINCT t.tgrelid, MAX(t.tgoldtable::TEXT) OVER (), MAX(t.tgnewtable::TEXT) OVER ()
                 FROM pg_trigger t
                 WHERE t.tgfoid = $1 AND NOT t.tgisinternal
                 ORDER BY t.tgrelid",
                &[&function],
            )
            .await?;
        Ok(rows.iter().map(|row| Use { table: row.get(0), old_table: row.get(1), new_table: row.get(2) }).collect())
    }

    /// Creates the tables that the function's comment declares: `-- plpgsql_check: table name (column type, …)`.
    async fn declare(&self, function: &Function<'_>) -> Result<Vec<Diagnostic>, Error> {
        let mut found = Vec::new();
        let comment = function.definition.and_then(|definition| definition.comment.as_deref()).unwrap_or_default();
        for line in comment.lines() {
            let text = line.trim().trim_start_matches('-').trim_start();
            let Some(declaration) = text.strip_prefix(DECLARATION).map(str::trim) else { continue };
            let problem = match declaration.get(..6).filter(|word| word.eq_ignore_ascii_case("table ")) {
                None => Some("this declares nothing".to_owned()),
                Some(_) => self.declare_table(&declaration[6..]).await?,
            };
            found.extend(problem.map(|problem| {
                let at = function.definition.and_then(|definition| {
                    let file = self.files.get(definition.file)?;
                    let above = &file.sql[..definition.offset?];
                    Some((file, above.rfind(line)?))
                });
                let diagnostic = match at {
                    Some((file, offset)) => {
                        Diagnostic::error("function-declaration", &file.path, problem).at(&file.sql, offset)
                    }
                    None => self.at("function-declaration", function, problem, None, None),
                };
                diagnostic.help(format!("-- {DECLARATION} table name (column type, …)"))
            }));
        }
        Ok(found)
    }

    /// What is wrong with the declaration of a table, `name (column type, …)`.
    async fn declare_table(&self, table: &str) -> Result<Option<String>, Error> {
        let name = table.split('(').next().unwrap_or_default().trim();
        // A name that is none is refused by CREATE TABLE.
        self.client.batch_execute("SAVEPOINT attempt").await?;
        match self.client.query_one("SELECT TO_REGCLASS($1) IS NOT NULL", &[&name]).await {
            Ok(row) if row.get(0) => {
                return Ok(Some(format!(
                    "the table {name} exists: the function is checked with it, without this line"
                )));
            }
            Ok(_) => {}
            Err(error) if error.as_db_error().is_some() => self.client.batch_execute("ROLLBACK TO attempt").await?,
            Err(error) => return Err(error),
        }
        let error = self.attempt(&format!("CREATE TEMPORARY TABLE {table}")).await?.err();
        Ok(error.map(|error| format!("the table can't be declared: {error}")))
    }

    /// What a finding is worth: an error is one; of the warnings those that are certain.
    fn finding(&self, function: &Function<'_>, finding: &Finding) -> Option<Diagnostic> {
        const CERTAIN: [&str; 3] = ["unused variable", "never read variable", "unreachable code"];
        let is_error = finding.level == "error";
        if !is_error && !CERTAIN.iter().any(|it| finding.message.starts_with(it)) || self.is_dynamic(function, finding)
        {
            return None;
        }
        if MISSING.contains(&finding.state.as_str()) && self.optional.iter().any(|name| names(&finding.message, name)) {
            return None;
        }
        let in_query = finding.query.as_deref().zip(finding.position);
        let new = if is_error { Diagnostic::error } else { Diagnostic::warning };
        let message = finding.message.clone();
        let mut diagnostic = self.place(new, "plpgsql-function", function, message, finding.line, in_query);
        for (what, text) in [("detail", &finding.detail), ("hint", &finding.hint), ("where", &finding.context)] {
            if let Some(text) = text {
                diagnostic = diagnostic.note(format!("{what}: {text}"));
            }
        }
        diagnostic = diagnostic.note(format!("function {}", function.signature));
        if is_error {
            diagnostic = diagnostic.note(format!("SQLSTATE {}", finding.state));
        }
        if finding.state == MISSING[0] {
            diagnostic = diagnostic.help(format!(
                "if the table exists at run time only, declare it above CREATE FUNCTION: -- {DECLARATION} table name (column type, …)"
            ));
        }
        Some(diagnostic)
    }

    /// Whether the finding is about the text that an EXECUTE runs: what that text names can be created before.
    fn is_dynamic(&self, function: &Function<'_>, finding: &Finding) -> bool {
        let Some(definition) = function.definition else { return finding.statement.contains("EXECUTE") };
        let Some(begin) = definition.place(self.files, finding.line, None) else {
            return finding.statement.contains("EXECUTE");
        };
        let rest = &begin.file.sql[begin.offset..];
        let statement: Vec<_> = tokens(rest).into_iter().take_while(|token| !token.is(";")).collect();
        if !statement.iter().any(|token| token.is("EXECUTE")) {
            return false;
        }
        let in_query = finding.query.as_deref().zip(finding.position);
        let word = in_query.and_then(|_| definition.place(self.files, finding.line, in_query));
        let word = word.map(|word| word.offset - begin.offset).filter(|word| *word > 0);
        let is_string = |kind| matches!(kind, TokenKind::String | TokenKind::DollarString);
        word.is_none_or(|word| statement.iter().any(|token| is_string(token.kind) && token.range().contains(&word)))
    }

    fn at(
        &self,
        rule: &'static str,
        function: &Function<'_>,
        message: impl Into<String>,
        line: Option<usize>,
        in_query: Option<(&str, usize)>,
    ) -> Diagnostic {
        self.place(Diagnostic::error, rule, function, message.into(), line, in_query)
    }

    fn warning(&self, rule: &'static str, function: &Function<'_>, message: String) -> Diagnostic {
        self.place(Diagnostic::warning, rule, function, message, None, None)
    }

    fn place(
        &self,
        new: fn(&'static str, &str, String) -> Diagnostic,
        rule: &'static str,
        function: &Function<'_>,
        message: String,
        line: Option<usize>,
        in_query: Option<(&str, usize)>,
    ) -> Diagnostic {
        let Some(definition) = function.definition else {
            return new(rule, "migrations", message).note("no migration has the text of this function");
        };
        if let Some(place) = definition.place(self.files, line, in_query) {
            return new(rule, &place.file.path, message).at(&place.file.sql, place.offset);
        }
        let path = self.files.get(definition.file).map_or("migrations", |file| file.path.as_str());
        new(rule, path, message).note("the function's text is in a string")
    }
}

/// A row of `plpgsql_check`.
#[derive(PartialEq, Eq)]
struct Finding {
    line: Option<usize>,
    statement: String,
    state: String,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    level: String,
    /// A character of the query, from 0.
    position: Option<usize>,
    query: Option<String>,
    context: Option<String>,
}

impl Finding {
    fn of(row: &Row) -> Self {
        let text = |column| row.get::<_, Option<String>>(column);
        Self {
            line: row.get::<_, Option<i32>>(0).and_then(|line| usize::try_from(line).ok()),
            statement: text(1).unwrap_or_default(),
            state: text(2).unwrap_or_default(),
            message: text(3).unwrap_or_default(),
            detail: text(4),
            hint: text(5),
            level: text(6).unwrap_or_default(),
            position: row.get::<_, Option<i32>>(7).and_then(|it| u32::try_from(it).ok()).map(character),
            query: text(8),
            context: text(9),
        }
    }
}

/// Whether a message names an object, as in `relation "a" does not exist` and `function s.a(integer) does not exist`.
fn names(message: &str, object: &str) -> bool {
    message.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == object)
}

/// A position that PostgreSQL counts from 1.
fn character(position: u32) -> usize {
    usize::try_from(position).unwrap_or_default().saturating_sub(1)
}

fn not_checked(functions: usize, reason: &str) -> Diagnostic {
    let functions = if functions == 1 { "1 function".to_owned() } else { format!("{functions} functions") };
    Diagnostic::warning("functions-not-checked", "migrations", format!("{functions} in PL/pgSQL were not checked"))
        .note(reason)
}
