//! Looks a database over, and says what to do about what it finds.
//!
//! ```no_run
//! # async fn look() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{doctor, migrate::Migrations, pool::Settings};
//!
//! for finding in doctor::examine(&Settings::from_env()?, &Migrations::embedded()).await? {
//!     println!("{finding}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It never writes, and waits for nobody. What the role may not see is a finding, too.

mod locations;
mod rights;
mod schema;
mod server;

use std::{fmt, time::Duration};

use tokio_postgres::Client;

use crate::{
    error_text::in_full,
    migrate::Migrations,
    pool::{self, Settings},
};

const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Counting rows that break a rule may mean to read a large table.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
}

/// How much a finding matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// It may cause trouble.
    Warning,
    /// It does.
    Problem,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, what: what.into(), advice: None }
    }

    fn note(what: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::ok(what) }
    }

    fn warning(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, what: what.into(), advice: Some(advice.into()) }
    }

    fn problem(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Problem, ..Self::warning(what, advice) }
    }

    fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// What a check found, or why it could not look.
type Looked = Result<Vec<Finding>, tokio_postgres::Error>;

/// Looks at the server, the migrations, the rights of the role and the schema. That there is no connection is the only
/// error: whatever else goes wrong is a finding.
pub async fn examine(settings: &Settings, migrations: &Migrations) -> Result<Vec<Finding>, pool::Error> {
    let settings = settings.clone().lock_timeout(LOCK_TIMEOUT).statement_timeout(STATEMENT_TIMEOUT);
    let (client, _) = settings.connect_client().await?;
    let client = &client;
    let mut findings = Vec::new();
    let mut add = |what: &str, looked: Looked| {
        findings.extend(looked.unwrap_or_else(|error| vec![could_not_look(what, &error)]));
    };
    add("the server's version", server::version(client).await);
    add("the clocks", server::clocks(client).await);
    add("the time zone", server::time_zone(client).await);
    add("the extensions", server::extensions(client).await);
    add("other sessions", server::long_transactions(client).await);
    add("the migrations", Ok(schema::migrations(&settings, migrations).await));
    add("drift", schema::drift(client).await);
    add("the indexes", schema::invalid_indexes(client).await);
    add("the rules", schema::rules_not_valid(client).await);
    add("the nearest locations", locations::nearest(client).await);
    add("what else there is", schema::leftovers(client, migrations).await);
    add("the rights", rights::of_the_role(client).await);
    Ok(findings)
}

fn could_not_look(what: &str, error: &tokio_postgres::Error) -> Finding {
    Finding::note(format!("could not look at {what}: {}", in_full(error)))
}

/// `name` as SQL takes it.
fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// One text of one row.
async fn text(client: &Client, sql: &str) -> Result<String, tokio_postgres::Error> {
    Ok(client.query_one(sql, &[]).await?.get(0))
}
