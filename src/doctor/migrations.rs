//! Which migrations are pending, what contradicts the history, and what was changed manually.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::migrate::{self, Conflict, Drift, HISTORY_TABLE, Migrations, Plan, PlannedMigration, State};

/// At most this many pending migrations are listed.
const MAX_PENDING: usize = 5;

/// At most this many differences are listed.
const MAX_DIFFERENCES: usize = 20;

/// Whether newer migrations are applied than this program has. Then it can't judge what it does not know.
pub(super) fn is_ahead(plan: &Plan) -> bool {
    let is_it = |conflict: &Conflict| matches!(conflict, Conflict::Ahead { .. } | Conflict::ProgramTooOld { .. });
    plan.conflicts.iter().any(is_it)
}

/// A plan that could not be made is a problem: without it nothing is known of the schema.
pub(super) async fn state(client: &Client, plan: Result<Plan, migrate::Error>, migrations: &Migrations) -> CheckResult {
    let plan = match plan {
        Ok(plan) => plan,
        Err(migrate::Error::Refused { reason, advice }) => {
            return Ok(vec![Finding::problem(reason.to_string(), advice)]);
        }
        Err(error) => {
            let what = format!("could not check the migrations: {error}");
            return Ok(vec![Finding::problem(what, advice_on_failure(client).await?)]);
        }
    };
    Ok(match plan.state() {
        State::UpToDate => vec![Finding::ok(format!("every migration is applied, {migrations}"))],
        State::Pending => {
            let mut findings = vec![Finding::warning(not_applied(&plan.pending), "run `migrate`")];
            findings.extend(
                plan.recognised
                    .map(|database| Finding::note(format!("this is {}; the first run converts it", database.what))),
            );
            findings
        }
        State::Ahead | State::Diverged => plan.conflicts.iter().map(of_conflict).collect(),
    })
}

/// The pending migrations, of many the first and the last.
fn not_applied(pending: &[PlannedMigration]) -> String {
    let names: Vec<String> = pending.iter().map(ToString::to_string).collect();
    match &names[..] {
        [first, .., last] if names.len() > MAX_PENDING => {
            format!("{} migrations are not applied yet: {first} to {last}", names.len())
        }
        _ => format!("not applied yet: {}", names.join(", ")),
    }
}

async fn advice_on_failure(client: &Client) -> Result<String, tokio_postgres::Error> {
    let sql = "SELECT CURRENT_USER::TEXT, COALESCE(HAS_TABLE_PRIVILEGE(TO_REGCLASS($1), 'SELECT'), TRUE)";
    let row = client.query_one(sql, &[&HISTORY_TABLE]).await?;
    let (role, may_read): (&str, bool) = (row.get(0), row.get(1));
    Ok(if may_read {
        "run doctor again once this is solved".to_owned()
    } else {
        format!("GRANT SELECT ON {HISTORY_TABLE} TO {}; or connect as a role that has it", quote_identifier(role))
    })
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
