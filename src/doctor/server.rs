//! The server: version, clock, time zone, extensions, other sessions.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::migrate;

/// The oldest major version that is supported.
const MIN_MAJOR: i32 = 12;

/// With a larger difference between two clocks, codes and sessions expire at the wrong time.
const TOLERANCE: TimeDelta = TimeDelta::seconds(2);

pub(super) async fn version(client: &Client) -> CheckResult {
    let number = client.query_one("SELECT CURRENT_SETTING('server_version_num')::INTEGER / 10000", &[]).await?;
    let (major, version): (i32, String) = (number.get(0), text(client, "SHOW server_version").await?);
    Ok(vec![release(major, &version)])
}

fn release(major: i32, version: &str) -> Finding {
    if major >= MIN_MAJOR {
        return Finding::ok(format!("PostgreSQL {version}"));
    }
    Finding::problem(
        format!("PostgreSQL {version} is older than {MIN_MAJOR}, the oldest that is supported"),
        "upgrade the server",
    )
}

/// Assumes that the server read its clock in the middle of the round trip.
pub(super) async fn clocks(client: &Client) -> CheckResult {
    let sent = Utc::now();
    let server: DateTime<Utc> = client.query_one("SELECT CLOCK_TIMESTAMP()", &[]).await?.get(0);
    let round_trip = Utc::now() - sent;
    Ok(vec![clock(server - (sent + round_trip / 2), round_trip)])
}

fn clock(ahead: TimeDelta, round_trip: TimeDelta) -> Finding {
    if ahead.abs() - round_trip / 2 <= TOLERANCE {
        return Finding::ok("the server's clock and this machine's agree");
    }
    let tenths = ahead.abs().num_milliseconds() / 100;
    let direction = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
    Finding::warning(
        format!("the server's clock is {}.{} s {direction} this machine's", tenths / 10, tenths % 10),
        "synchronise both by NTP: expiry times are compared with the server's clock",
    )
}

pub(super) async fn encoding(client: &Client) -> CheckResult {
    Ok(vec![match migrate::check_encoding(client).await {
        Ok(()) => Finding::ok("the encoding of the database is UTF8"),
        Err(migrate::Error::Encoding { database, encoding }) => Finding::problem(
            format!("the encoding of the database {database} is {encoding}, and migrations need UTF8"),
            migrate::utf8_recipe(&database),
        ),
        Err(error) => return Err(error.into()),
    }])
}

pub(super) async fn time_zone(client: &Client) -> CheckResult {
    let zone = text(client, "SHOW TimeZone").await?;
    let mut findings = vec![if zone == "UTC" {
        Finding::ok("sessions run in UTC")
    } else {
        Finding::warning(
            format!("this session runs in {zone} instead of UTC"),
            "find the pooler or proxy that drops the start-up option TimeZone=UTC",
        )
    }];
    // The time zone of sessions that don't ask for UTC, where it is set for the role or database.
    let others = client
        .query(
            "SELECT SPLIT_PART(setting, '=', 2)
             FROM pg_db_role_setting, UNNEST(setconfig) setting
             WHERE LOWER(SPLIT_PART(setting, '=', 1)) = 'timezone'
               AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = CURRENT_DATABASE()))
               AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = CURRENT_USER))",
            &[],
        )
        .await?;
    let others = others.iter().map(|row| row.get::<_, String>(0));
    findings.extend(others.filter(|zone| zone != "UTC").map(|zone| {
        Finding::note(format!("other programs' sessions run in {zone}")).with_advice("BarqNet does not depend on it")
    }));
    Ok(findings)
}

pub(super) async fn extensions(client: &Client) -> CheckResult {
    let sql = "SELECT COALESCE(STRING_AGG(extname, ', ' ORDER BY extname), '')
               FROM pg_extension
               WHERE extname NOT IN ('plpgsql', 'cube')";
    let installed = text(client, sql).await?;
    let language = client.query_one("SELECT EXISTS (SELECT 1 FROM pg_language WHERE lanname = 'plpgsql')", &[]).await?;
    let mut findings = vec![if language.get(0) {
        Finding::ok("no extension is needed")
    } else {
        Finding::problem("the language plpgsql is missing", "CREATE EXTENSION plpgsql")
    }];
    if !installed.is_empty() {
        findings.push(Finding::note(format!("installed beyond what is needed: {installed}")));
    }
    Ok(findings)
}

pub(super) async fn long_transactions(client: &Client) -> CheckResult {
    let rows = client
        .query(
            "SELECT pid,
                    COALESCE(NULLIF(application_name, ''), 'no name'),
                    COALESCE(state, 'state not visible'),
                    (EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - xact_start) / 60)::BIGINT
             FROM pg_stat_activity
             WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID()
               AND xact_start < CLOCK_TIMESTAMP() - INTERVAL '5 minutes'
             ORDER BY xact_start",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (pid, application, state, minutes): (i32, &str, &str, i64) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            Finding::note(format!("process {pid} ({application}, {state}) has been in a transaction for {minutes} min"))
                .with_advice(format!(
                    "migrations of its tables wait for it, and VACUUM can't remove newer dead rows; \
                     SELECT pg_terminate_backend({pid}) ends it"
                ))
        })
        .collect())
}

/// The one text of the one row of a query.
async fn text(client: &Client, sql: &str) -> Result<String, tokio_postgres::Error> {
    Ok(client.query_one(sql, &[]).await?.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn a_server_older_than_the_oldest_supported_is_a_problem() {
        let old = release(11, "11.22 (Debian)");
        assert_eq!((old.severity, old.advice.as_deref()), (Severity::Problem, Some("upgrade the server")));
        assert!(old.what.starts_with("PostgreSQL 11.22 (Debian) is older than 12"));
        assert_eq!(release(12, "12.0").severity, Severity::Ok);
    }

    #[test]
    fn clocks_may_differ_by_two_seconds_and_half_the_round_trip() {
        let seconds = TimeDelta::seconds;
        assert_eq!(clock(seconds(-2), seconds(0)).severity, Severity::Ok);
        assert_eq!(clock(seconds(4), seconds(4)).severity, Severity::Ok);
        let ahead = clock(TimeDelta::milliseconds(3150), seconds(1));
        assert_eq!(
            (ahead.severity, ahead.what.as_str()),
            (Severity::Warning, "the server's clock is 3.1 s ahead of this machine's")
        );
        assert!(clock(seconds(-60), seconds(0)).what.contains("60.0 s behind"));
    }
}
