//! Replication: whether the server is a primary or a standby, and how far standbys are behind.

use barqnet_db_client::{error_text::in_full, pool::Settings};
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};

/// From this lag on a standby is worth a warning.
const MAX_LAG_SECONDS: f64 = 60.0;

/// What a standby says of itself. A role without privileges sees whether there is a receiver, and nothing else of it.
const STANDBY: &str = "
    SELECT EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - pg_last_xact_replay_timestamp())::DOUBLE PRECISION,
           COALESCE(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), FALSE),
           EXISTS (SELECT FROM pg_stat_wal_receiver),
           pg_is_wal_replay_paused()";

struct Standby {
    /// Since the commit of the last transaction that it shows; `None` if it has replayed none since it started.
    seconds: Option<f64>,
    has_replayed_all: bool,
    is_receiving: bool,
    is_paused: bool,
}

/// Of the server itself.
pub(super) async fn role(client: &Client) -> CheckResult {
    if let Some(standby) = standby(client).await? {
        let found = standby.finding("the server");
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
            Ok(Some(standby)) => standby.finding(&name),
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

/// `None` if the server is a primary.
async fn standby(client: &Client) -> Result<Option<Standby>, tokio_postgres::Error> {
    if !client.query_one("SELECT pg_is_in_recovery()", &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let row = client.query_one(STANDBY, &[]).await?;
    let (seconds, has_replayed_all, is_receiving, is_paused) = (row.get(0), row.get(1), row.get(2), row.get(3));
    Ok(Some(Standby { seconds, has_replayed_all, is_receiving, is_paused }))
}

impl Standby {
    fn finding(&self, name: &str) -> Finding {
        let shown = self.seconds.map_or_else(
            || "it has replayed no transaction since it started".to_owned(),
            |seconds| format!("the last transaction that it shows was committed {seconds:.1} s ago"),
        );
        if self.is_paused {
            let what = format!("{name} is a standby whose replay is paused; {shown}");
            return Finding::warning(what, "SELECT pg_wal_replay_resume() continues it");
        }
        if !self.is_receiving {
            return Finding::warning(
                format!("{name} is a standby that receives nothing from its primary; {shown}"),
                "check primary_conninfo, and that the primary runs; a standby that is fed from an archive only is always like this",
            );
        }
        match self.seconds {
            Some(seconds) if !self.has_replayed_all && seconds >= MAX_LAG_SECONDS => Finding::warning(
                format!("{name} is a standby, {seconds:.1} s behind its primary"),
                "look for long queries on the standby, which max_standby_streaming_delay ends, and at the load of its disk",
            ),
            Some(seconds) if !self.has_replayed_all => {
                Finding::note(format!("{name} is a standby, {seconds:.1} s behind its primary"))
            }
            _ => Finding::note(format!("{name} is a standby, 0.0 s behind its primary")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    fn found(standby: &Standby) -> (Severity, String) {
        let finding = standby.finding("the server");
        (finding.severity, finding.what)
    }

    #[test]
    fn a_standby_that_has_replayed_everything_is_not_behind_however_long_nobody_wrote() {
        let standby = Standby { seconds: Some(9_000.0), has_replayed_all: true, is_receiving: true, is_paused: false };
        assert_eq!(found(&standby), (Severity::Note, "the server is a standby, 0.0 s behind its primary".to_owned()));
    }

    #[test]
    fn a_standby_that_is_a_minute_behind_is_a_warning() {
        let behind = |seconds| {
            found(&Standby { seconds: Some(seconds), has_replayed_all: false, is_receiving: true, is_paused: false })
        };
        assert_eq!(behind(1.25).0, Severity::Note);
        let expected = "the server is a standby, 61.2 s behind its primary".to_owned();
        assert_eq!(behind(61.24), (Severity::Warning, expected));
    }

    #[test]
    fn a_standby_without_its_primary_is_a_warning_although_it_has_replayed_everything() {
        let standby = Standby { seconds: None, has_replayed_all: true, is_receiving: false, is_paused: false };
        let (severity, what) = found(&standby);
        assert_eq!(severity, Severity::Warning);
        assert!(what.ends_with("; it has replayed no transaction since it started"), "{what}");
    }
}
