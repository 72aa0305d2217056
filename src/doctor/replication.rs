//! Replication: whether the server is a primary or a standby, and how far standbys are behind.

use std::time::Duration;

use barqnet_db_client::{error_text::in_full, pool::Settings};
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::replication::{Standby, standby};

/// From this lag on a standby is worth a warning.
const MAX_LAG: Duration = Duration::from_mins(1);

/// Of the server itself.
pub(super) async fn role(client: &Client) -> CheckResult {
    if let Some(standby) = standby(client).await? {
        let found = finding("the server", &standby);
        let advice = found.advice.clone().unwrap_or_else(|| "statements that write fail here".to_owned());
        return Ok(vec![found.with_advice(advice)]);
    }
    let row = client.query_one("SELECT COUNT(*) FROM pg_stat_replication", &[]).await?;
    Ok(vec![Finding::ok(match row.get::<_, i64>(0) {
        0 => "the server is a primary".to_owned(),
        1 => "the server is a primary, and 1 server follows it".to_owned(),
        count => format!("the server is a primary, and {count} servers follow it"),
    })])
}

/// Of each replica that the settings name.
pub(super) async fn replicas(settings: &Settings) -> CheckResult {
    let mut findings = Vec::new();
    for replica in settings.of_replicas() {
        let name = replica.get_servers().map(|(host, port)| format!("the replica {host}:{port}")).collect::<String>();
        findings.push(match look_at(&replica).await {
            Ok(Some(standby)) => finding(&name, &standby),
            Ok(None) => Finding::warning(
                format!("{name} is no standby: it was promoted, or never followed a primary"),
                "services read on the primary instead; name the servers by their present roles",
            ),
            Err(error) => Finding::warning(
                format!("{name} can't be looked at: {}", in_full(&*error)),
                "services read on the primary instead",
            ),
        });
    }
    Ok(findings)
}

async fn look_at(replica: &Settings) -> Result<Option<Standby>, Box<dyn std::error::Error + Send + Sync>> {
    let (client, _) = replica.connect_client().await?;
    Ok(standby(&client).await?)
}

fn finding(name: &str, standby: &Standby) -> Finding {
    let what = format!("{name} is {standby}");
    if standby.is_paused {
        return Finding::warning(what, "SELECT pg_wal_replay_resume() continues it");
    }
    match standby.lag() {
        None => Finding::warning(
            what,
            "check primary_conninfo, and that the primary runs; a standby that is fed from an archive only is always like this",
        ),
        Some(lag) if lag >= MAX_LAG => Finding::warning(
            what,
            "look for long queries on the standby, which max_standby_streaming_delay ends, and at the load of its disk",
        ),
        Some(_) => Finding::note(what),
    }
}
