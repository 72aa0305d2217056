//! Functions in PL/pgSQL, by the extension `plpgsql_check`, and the tables that they find at run time only.

use tokio_postgres::{Error, types::Oid};

use super::{Check, Function, finding::Finding};
use crate::{diagnostic::Diagnostic, schema::InFile};

/// What a line begins with that declares a table which a function finds at run time only.
pub(super) const DECLARATION: &str = "plpgsql_check:";

/// A table for whose triggers a trigger function is checked, 0 for any other function.
struct Use {
    table: Oid,
    /// The names of the transition tables of all triggers that call the function: which one it reads can depend on `TG_OP`.
    old_table: Option<String>,
    new_table: Option<String>,
}

impl Check<'_> {
    /// What `plpgsql_check` finds in a function, for each table whose triggers call it.
    pub(super) async fn plpgsql(&self, function: &Function<'_>, schema: &str) -> Result<Vec<Diagnostic>, Error> {
        let uses = if function.is_trigger {
            self.uses(function.oid).await?
        } else {
            vec![Use { table: 0, old_table: None, new_table: None }]
        };
        if uses.is_empty() {
            let message = format!("no trigger calls {}, so it was not checked", function.signature);
            return Ok(vec![self.warning("unused-trigger-function", function, &message)]);
        }
        self.client.batch_execute("SAVEPOINT tables").await?;
        let mut found = self.declare(function).await?;
        let mut findings = Vec::new();
        for it in uses {
            let sql = format!(
                "SELECT lineno, statement, sqlstate, message, detail, hint, level, \"position\", query, context
                 FROM {schema}.plpgsql_check_function_tb($1::OID::REGPROCEDURE, $2::OID::REGCLASS, fatal_errors => FALSE,
                     other_warnings => TRUE, extra_warnings => TRUE, oldtable => $3::TEXT::NAME, newtable => $4::TEXT::NAME)"
            );
            self.client.batch_execute("SAVEPOINT attempt").await?;
            match self.client.query(&sql, &[&function.oid, &it.table, &it.old_table, &it.new_table]).await {
                Ok(rows) => {
                    for finding in rows.iter().map(Finding::of) {
                        if !findings.contains(&finding) {
                            findings.push(finding);
                        }
                    }
                }
                Err(error) => {
                    let Some(database_error) = error.as_db_error() else { return Err(error) };
                    let message = format!("{} could not be checked: {database_error}", function.signature);
                    found.push(self.warning("plpgsql-function", function, &message));
                    self.client.batch_execute("ROLLBACK TO attempt").await?;
                }
            }
        }
        self.client.batch_execute("ROLLBACK TO tables").await?;
        found.extend(self.findings(function, &findings));
        Ok(found)
    }

    fn warning(&self, rule: &'static str, function: &Function<'_>, message: &str) -> Diagnostic {
        self.diagnostic(rule, Diagnostic::warning, function, message, self.place(function, None, None))
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
                let at =
                    at.map_or_else(|| self.place(function, None, None), |(file, offset)| Some(InFile { file, offset }));
                self.diagnostic("function-declaration", Diagnostic::error, function, &problem, at)
                    .help(format!("-- {DECLARATION} table name (column type, …)"))
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
}
