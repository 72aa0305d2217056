//! What statements that change distributed tables may call. Citus refuses the others, only on a cluster and only when they run.

use std::collections::BTreeSet;

use barqnet_db::tokio_postgres::Client;
use barqnet_db_sql::{Token, statements};

use super::distribution::{functions_on_spread_tables, queries, spread};
use crate::{common::migrated_database, distribution::forms::second_forms};

/// Changes that Citus refuses, on `server_status`: tests/it/distribution/changes.rs sends them to a cluster.
pub(crate) const REFUSED: [&str; 13] = [
    "UPDATE server_status SET heard_at = CLOCK_TIMESTAMP() WHERE server_id = 'x'",
    "UPDATE server_status\n  SET\theard_at = Clock_Timestamp() WHERE server_id = 'x'",
    "UPDATE server_status SET live_connections = 1, heard_at = (CLOCK_TIMESTAMP()) WHERE server_id = 'x'",
    "UPDATE server_status SET live_connections = 1 WHERE server_id = 'x' AND heard_at < CLOCK_TIMESTAMP()",
    "UPDATE server_status SET live_connections = (RANDOM() * 5)::INTEGER WHERE server_id = 'x'",
    "UPDATE server_status SET live_connections = 1 WHERE server_id = 'x' RETURNING CURRENT_TIMESTAMP",
    "UPDATE server_status SET heard_at = CASE WHEN live_connections = 1 THEN CURRENT_TIMESTAMP END WHERE server_id = 'x'",
    "UPDATE server_status SET heard_at = COALESCE(heard_at, STATEMENT_TIMESTAMP()) WHERE server_id = 'x'",
    "DELETE FROM server_status WHERE server_id = 'x' AND heard_at < CLOCK_TIMESTAMP()",
    "INSERT INTO server_status (server_id) VALUES ('x') ON CONFLICT (server_id) DO UPDATE SET heard_at = CLOCK_TIMESTAMP()",
    "INSERT INTO server_status (server_id) VALUES ('x') ON CONFLICT (server_id) DO UPDATE SET heard_at = CURRENT_TIMESTAMP",
    "INSERT INTO server_status AS s (server_id) VALUES ('x')
     ON CONFLICT (server_id) DO UPDATE SET live_connections = 1 WHERE s.heard_at < NOW()",
    "WITH found AS (SELECT server_id FROM server_status WHERE server_id = 'x')
     UPDATE server_status s SET heard_at = CLOCK_TIMESTAMP() FROM found WHERE s.server_id = 'x'",
];

/// Changes that it carries out.
pub(crate) const CARRIED_OUT: [&str; 6] = [
    "UPDATE server_status SET heard_at = CURRENT_TIMESTAMP WHERE server_id = 'x'",
    "UPDATE server_status SET live_connections = 1 WHERE server_id = 'x' AND heard_at < CURRENT_TIMESTAMP",
    "UPDATE server_status SET live_connections = CASE WHEN live_connections = 1 THEN 2 ELSE COALESCE(live_connections, 3) END WHERE server_id = 'x'",
    "INSERT INTO server_status (server_id, heard_at) VALUES ('x', CLOCK_TIMESTAMP())
     ON CONFLICT (server_id) DO UPDATE SET heard_at = EXCLUDED.heard_at",
    "WITH found AS (SELECT CLOCK_TIMESTAMP() AS at FROM server_status WHERE server_id = 'x')
     UPDATE server_status s SET heard_at = found.at FROM found WHERE s.server_id = 'x'",
    "UPDATE server_status SET live_connections = 1 WHERE server_id = 'CLOCK_TIMESTAMP()' -- RANDOM()",
];

/// Clocks that are no functions in the catalogue. They are stable.
const CLOCKS: [&str; 5] = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

/// The names of functions as a distributed database has them.
struct Functions {
    /// Any function of the name is volatile.
    volatile: BTreeSet<String>,
    /// No function of the name is immutable. Of some there are both, `date_trunc` for one: only the cluster knows which one is meant.
    mutable: BTreeSet<String>,
}

impl Functions {
    async fn of(client: &Client) -> Self {
        let sql = "SELECT proname::TEXT, BOOL_OR(provolatile = 'v'), BOOL_AND(provolatile <> 'i')
                   FROM pg_proc WHERE prokind = 'f' GROUP BY proname";
        let forms = second_forms();
        let is_immutable = |name: &str| forms.iter().any(|form| form.name == name && form.text.contains(" IMMUTABLE "));
        let (mut volatile, mut mutable) = (BTreeSet::new(), BTreeSet::new());
        for row in client.query(sql, &[]).await.expect("the catalogue") {
            let name: String = row.get(0);
            if is_immutable(&name) {
                continue;
            }
            if row.get(1) {
                volatile.insert(name.clone());
            }
            if row.get(2) {
                mutable.insert(name);
            }
        }
        assert!(["clock_timestamp", "random", "nextval"].iter().all(|name| volatile.contains(*name)));
        Self { volatile, mutable }
    }
}

/// Where a token stands, from its parenthesis to the end of that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In an `UPDATE` or a `DELETE` of a distributed table.
    Change,
    /// In its `RETURNING`, or in `ON CONFLICT … DO UPDATE`: nothing mutable.
    Immutable,
    /// In a `COALESCE`.
    Coalesce,
}

/// The calls of a text that Citus refuses, and those of volatile functions in `CASE` or `COALESCE` in any statement on a distributed table
/// if `strict`.
fn refused(text: &str, functions: &Functions, strict: bool) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(text) {
        let tokens = &statement.tokens;
        let is_spread = |at: usize| tokens.get(at).is_some_and(|token| spread().any(|table| token.is(table)));
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token: &Token<'_>| token.is(word));
        let is_on_spread = (1..tokens.len())
            .any(|at| is_spread(at) && ["FROM", "JOIN", "UPDATE", "INTO"].iter().any(|word| is(at - 1, word)));
        if !is_on_spread {
            continue;
        }
        let (mut depth, mut cases, mut places) = (0_usize, 0_usize, Vec::<(Place, usize)>::new());
        for (at, token) in tokens.iter().enumerate() {
            let in_any = |places: &[(Place, usize)], wanted| places.iter().any(|(place, _)| *place == wanted);
            if token.is("(") {
                depth += 1;
                if at > 0 && is(at - 1, "COALESCE") {
                    places.push((Place::Coalesce, depth));
                }
            } else if token.is(")") {
                places.retain(|(_, from)| *from < depth);
                depth = depth.saturating_sub(1);
            } else if token.is("CASE") {
                cases += 1;
            } else if token.is("END") {
                cases = cases.saturating_sub(1);
            } else if token.is("UPDATE") && at > 0 && is(at - 1, "DO")
                || token.is("RETURNING") && in_any(&places, Place::Change)
            {
                places.push((Place::Immutable, depth));
            } else if token.is("UPDATE") && is_spread(at + 1) || token.is("DELETE") && is_spread(at + 2) {
                places.push((Place::Change, depth));
            }
            let Some(name) = token.identifier() else { continue };
            let is_call = is(at + 1, "(");
            let is_volatile = is_call && functions.volatile.contains(&name);
            let is_mutable = is_call && functions.mutable.contains(&name) || CLOCKS.contains(&name.as_str());
            let is_conditional = cases > 0 || in_any(&places, Place::Coalesce);
            let is_change = in_any(&places, Place::Change) || in_any(&places, Place::Immutable);
            if is_change && (is_volatile || is_mutable && (is_conditional || in_any(&places, Place::Immutable)))
                || strict && is_conditional && is_volatile
            {
                found.push(format!("{name} in {}", statement.text));
            }
        }
    }
    found
}

#[tokio::test]
async fn changes_of_distributed_tables_call_nothing_that_citus_refuses() {
    let database = migrated_database().await;
    let client = database.client().await;
    let functions = Functions::of(&client).await;
    for text in REFUSED {
        assert_eq!(refused(text, &functions, false).len(), 1, "{text}");
    }
    for text in CARRIED_OUT {
        assert_eq!(refused(text, &functions, true), Vec::<String>::new());
    }
    for function in functions_on_spread_tables(&client).await {
        assert_eq!(refused(&function.body, &functions, true), Vec::<String>::new(), "{}", function.name);
    }
    for (name, text) in queries() {
        assert_eq!(refused(&text, &functions, false), Vec::<String>::new(), "{name}");
    }
}

/// Citus refuses it in a change; in what is only read, it may call it once for all rows or once per shard.
#[tokio::test]
async fn nothing_volatile_is_in_a_case_or_coalesce_of_a_function_on_distributed_tables() {
    let database = migrated_database().await;
    let client = database.client().await;
    let functions = Functions::of(&client).await;
    for text in [
        "SELECT CASE WHEN live_connections > 1 THEN CLOCK_TIMESTAMP() END FROM server_status WHERE server_id = 'x'",
        "SELECT CASE live_connections WHEN 1 THEN CASE WHEN TRUE THEN 2 END ELSE Random() END FROM server_status",
        "PERFORM COALESCE(heard_at, (CLOCK_TIMESTAMP())) FROM server_status s",
        "UPDATE server_status SET live_connections = CASE WHEN live_connections > 1 THEN RANDOM() END WHERE server_id = 'x'",
    ] {
        assert_eq!(refused(text, &functions, true).len(), 1, "{text}");
    }
    for text in [
        "SELECT CASE WHEN live_connections > 1 THEN 1 END, CLOCK_TIMESTAMP() FROM server_status",
        "at := CASE WHEN at IS NULL THEN CLOCK_TIMESTAMP() END; SELECT COALESCE(heard_at, at) INTO at FROM server_status",
    ] {
        assert_eq!(refused(text, &functions, true), Vec::<String>::new());
    }
    let mut cases = 0;
    for function in functions_on_spread_tables(&client).await {
        cases += function.body.matches("CASE").count();
        assert_eq!(refused(&function.body, &functions, true), Vec::<String>::new(), "{}", function.name);
    }
    assert!(cases > 20, "the search finds them: {cases}");
}

/// The distributed tables into which a CTE inserts.
fn inserted_in_ctes(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(body) {
        let mut depth = 0_usize;
        for (at, token) in statement.tokens.iter().enumerate() {
            depth = if token.is("(") { depth + 1 } else { depth.saturating_sub(usize::from(token.is(")"))) };
            let table = statement.tokens.get(at + 2).and_then(Token::identifier).unwrap_or_default();
            if token.is("INSERT") && depth > 0 && spread().any(|name| name == table) {
                found.push(table);
            }
        }
    }
    found
}

/// Such a statement is never sent to one shard.
#[tokio::test]
async fn no_function_inserts_into_a_distributed_table_in_a_cte() {
    let in_cte = "BEGIN WITH n AS ( INSERT INTO usage_daily SELECT 1 RETURNING day) SELECT 1 FROM n; END";
    assert_eq!(inserted_in_ctes(in_cte), ["usage_daily"]);
    let database = migrated_database().await;
    for function in functions_on_spread_tables(&database.client().await).await {
        assert_eq!(inserted_in_ctes(&function.body), Vec::<String>::new(), "{}", function.name);
    }
}
