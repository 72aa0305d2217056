//! Which migrations are pending, what contradicts the history, and what was changed manually.

use barqnet_db_client::pool::Settings;
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::migrate::{self, Conflict, Drift, Migrations, State};

/// At most this many differences are listed.
const MAX_DIFFERENCES: usize = 20;

pub(super) async fn state(settings: &Settings, migrations: &Migrations) -> Vec<Finding> {
    let plan = match migrate::plan(settings, migrations).await {
        Ok(plan) => plan,
        Err(migrate::Error::Refused { reason, advice }) => return vec![Finding::problem(reason.to_string(), advice)],
        Err(error) => return vec![Finding::check_failed("the migrations", &error.to_string())],
    };
    match plan.state() {
        State::UpToDate => vec![Finding::ok(format!("every migration is applied, {migrations}"))],
        State::Pending => {
            let names: Vec<String> = plan.pending.iter().map(ToString::to_string).collect();
            let mut findings =
                vec![Finding::warning(format!("not applied yet: {}", names.join(", ")), "run barqnet-db migrate")];
            findings.extend(
                plan.recognised
                    .map(|database| Finding::note(format!("this is {}; the first run converts it", database.what))),
            );
            findings
        }
        State::Ahead | State::Diverged => plan.conflicts.iter().map(of_conflict).collect(),
    }
}

fn of_conflict(conflict: &Conflict) -> Finding {
    match conflict {
        Conflict::Ahead { .. } => Finding::warning(conflict.problem(), conflict.advice()),
        _ => Finding::problem(conflict.problem(), conflict.advice()),
    }
}

pub(super) async fn drift(client: &Client) -> CheckResult {
    let differences = match migrate::drift(client).await? {
        Drift::None => return Ok(vec![Finding::ok("the schema matches the migrations")]),
        Drift::Unknown(why) => {
            return Ok(vec![Finding::note(format!("cannot tell whether the schema was changed by hand: {why}"))]);
        }
        Drift::Found(differences) => differences,
    };
    let mut findings: Vec<Finding> = differences
        .iter()
        .take(MAX_DIFFERENCES)
        .map(|difference| {
            if difference.is_breaking() {
                let advice =
                    "statements may rely on what the migrations made: restore it, or make the change a migration";
                Finding::problem(difference.to_string(), advice)
            } else {
                Finding::warning(
                    difference.to_string(),
                    "make it a migration, so that every database has it, or drop it",
                )
            }
        })
        .collect();
    if let Some(more) = differences.len().checked_sub(MAX_DIFFERENCES).filter(|more| *more > 0) {
        findings.push(Finding::note(format!("{more} more differences between the schema and the migrations")));
    }
    Ok(findings)
}
