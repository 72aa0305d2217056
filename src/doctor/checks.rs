//! The checks, in the order in which they are shown.

use std::time::Duration;

use barqnet_db_client::{
    error_text::in_full,
    pool::{self, Settings},
};

use super::{
    distribution,
    finding::{CheckResult, Finding},
    locations, migrations, phone_numbers, privileges, replication, schema, sequences, server, settings,
};
use crate::migrate::{self, Migrations};

const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Counting the rows that violate a constraint may need to read a large table.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the server, the migrations, the schema and the role's privileges. The only error is a failed connection: any
/// other failure is a finding. A role that may read nothing gets this as the only one, a problem.
pub async fn examine(settings: &Settings, migrations: &Migrations) -> Result<Vec<Finding>, pool::Error> {
    let connection = settings.clone().lock_timeout(LOCK_TIMEOUT).statement_timeout(STATEMENT_TIMEOUT);
    let (client, _) = connection.connect_client().await?;
    let client = &client;
    if let Ok(Some(problem)) = privileges::reads_nothing(client).await {
        return Ok(vec![problem]);
    }
    let plan = migrate::plan_on(client, migrations).await;
    let is_ahead = plan.as_ref().is_ok_and(migrations::is_ahead);
    let mut findings = Vec::new();
    let mut add = |what: &str, result: CheckResult| {
        findings.extend(result.unwrap_or_else(|error| vec![Finding::check_failed(what, &in_full(&*error))]));
    };
    add("the server's version", server::version(client).await);
    add("whether the server is a primary", replication::role(client).await);
    add("the replicas", replication::replicas(&connection).await);
    add("the clocks", server::clocks(client).await);
    add("the encoding", server::encoding(client).await);
    add("the time zone", server::time_zone(client).await);
    add("the settings", settings::of_session(client).await);
    add("the extensions", server::extensions(client).await);
    add("other sessions", server::long_transactions(client).await);
    add("the migrations", migrations::state(client, plan, migrations).await);
    add("the distribution", distribution::shape(client, is_ahead).await);
    add("drift", migrations::drift(client).await);
    add("the indexes", schema::invalid_indexes(client).await);
    add("the patterns", schema::patterns(client).await);
    add("the constraints", schema::constraints_not_valid(client, STATEMENT_TIMEOUT).await);
    add("the sequences", sequences::used(client).await);
    // Of a database that has none yet, the migrations say enough.
    if has_phone_numbers(client).await {
        add("the phone numbers", phone_numbers::spelled(client).await);
    }
    add("the nearest locations", locations::nearest(client).await);
    add("legacy data and unknown tables", schema::leftovers(client, migrations, is_ahead).await);
    add("the privileges", privileges::of_role(client, migrations, is_ahead).await);
    Ok(findings)
}

async fn has_phone_numbers(client: &tokio_postgres::Client) -> bool {
    let column = "SELECT FROM pg_attribute
                  WHERE attrelid = TO_REGCLASS('users') AND attname = 'phone_number' AND NOT attisdropped";
    client.query_opt(column, &[]).await.is_ok_and(|row| row.is_some())
}
