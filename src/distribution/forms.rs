//! The forms of functions that a distributed database has, and how it keeps them when a migration defines one again.

use barqnet_db_sql::{Token, statements};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::TABLES;
use crate::migrate::{AfterEachMigrate, IsDue, RefusesRollback};

const FUNCTIONS: &str = include_str!("functions.sql");
/// The version of the oldest schema that can be distributed.
const OLDEST: i32 = 120;

const COMMANDS: &str = include_str!("commands.sql");

/// Keeps the functions of a distributed database in the form for clusters: [`embedded::migrations`](crate::embedded::migrations()) has
/// it, so that each migration that defines such a function again gives it that form in the same transaction. On a database on one
/// server it changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct ClusterForms;

impl AfterEachMigrate for ClusterForms {
    fn is_due<'a>(&'a self, client: &'a Client) -> IsDue<'a> {
        Box::pin(async move { Ok(is_distributed(client).await? && !is_current(client).await?) })
    }

    fn sql(&self) -> String {
        set_forms()
    }

    fn refuses_rollback<'a>(&'a self, client: &'a Client, to: i32) -> RefusesRollback<'a> {
        Box::pin(async move {
            let refuses = to < OLDEST && is_distributed(client).await?;
            Ok(refuses.then(|| format!("the database is distributed, and no release before V{OLDEST} can use it so")))
        })
    }
}

/// Whether the tables are distributed.
pub(super) async fn is_distributed(client: &Client) -> Result<bool, Error> {
    // Without the extension there is no such table. One round trip, because every start asks.
    if !is_true(client, "SELECT TO_REGCLASS('pg_catalog.pg_dist_partition') IS NOT NULL").await? {
        return Ok(false);
    }
    is_true(client, &format!("SELECT EXISTS ({})", distributed())).await
}

/// Whether every function of a distributed database has the form for clusters.
pub(super) async fn is_current(client: &Client) -> Result<bool, Error> {
    is_true(client, &format!("SELECT NOT EXISTS ({})", commands())).await
}

async fn is_true(client: &Client, sql: &str) -> Result<bool, Error> {
    let messages = client.simple_query(sql).await?;
    Ok(messages.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))))
}

/// A statement that gives every function of a distributed database the form for clusters, and changes nothing in any other one.
pub(super) fn set_forms() -> String {
    let only_if_distributed = format!(
        "IF TO_REGCLASS('pg_catalog.pg_dist_partition') IS NULL THEN
             RETURN;
         END IF;
         IF NOT EXISTS ({}) THEN
             RETURN;
         END IF;",
        distributed()
    );
    carry_out(&only_if_distributed, "TRUE", 5)
}

/// A statement that gives every function the form for clusters, and to the workers, in a database whose tables are distributed next, in
/// the same transaction. Later in it Citus would create the functions on the workers as one role and use them as another, which does not
/// see them before the commit, unless the role is a superuser. Functions that the workers have already are replaced there.
pub(super) fn distribute_functions() -> String {
    let is_on_workers =
        "EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_proc'::REGCLASS AND o.objid = command.function)";
    carry_out("", is_on_workers, 4)
}

/// A statement that carries the commands of the first `steps` out, those with `propagates` on all nodes.
fn carry_out(condition: &str, propagates: &str, steps: u32) -> String {
    format!(
        "DO $set_forms$
         DECLARE
             command RECORD;
         BEGIN
             {condition}
             PERFORM SET_CONFIG('citus.multi_shard_modify_mode', 'sequential', TRUE);
             FOR current_step IN 1..{steps} LOOP
                 FOR command IN
                     SELECT c.function, c.statement FROM ({}) c WHERE c.step = current_step ORDER BY c.function
                 LOOP
                     PERFORM SET_CONFIG('citus.enable_ddl_propagation', ({propagates})::TEXT, TRUE);
                     EXECUTE command.statement;
                 END LOOP;
             END LOOP;
         END
         $set_forms$",
        commands()
    )
}

/// A query with a row if the tables are distributed.
fn distributed() -> String {
    format!("SELECT FROM pg_dist_partition WHERE logicalrelid = TO_REGCLASS('{}')", TABLES[0])
}

fn commands() -> String {
    let literal = |text: &str| format!("$form${text}$form$");
    let forms: Vec<String> = statements(FUNCTIONS)
        .iter()
        .map(|statement| {
            let body = statement.tokens.iter().find_map(Token::dollar_body).unwrap_or_default().0;
            format!("({}, {}, {})", literal(&signature(statement.text)), literal(body), literal(statement.text))
        })
        .collect();
    COMMANDS.replace("{forms}", &forms.join(",\n    ")).replace("{first table}", TABLES[0])
}

/// Name, parameters and result of a definition, as `commands.sql` makes them from the catalogue.
fn signature(definition: &str) -> String {
    let definition = definition.strip_prefix("CREATE OR REPLACE FUNCTION ").unwrap_or(definition);
    definition.split(" LANGUAGE ").next().unwrap_or_default().to_lowercase().replace("table (", "table(")
}
