//! The tables of connections can be spread over machines by server; see docs/distribution.md.

use std::{fs, path::Path};

use barqnet_db::{distribution, tokio_postgres::Client};
use barqnet_db_sql::{Token, statements};

use crate::{
    common::{migrated_database, text_rows},
    distribution::forms::second_forms,
};

/// What docs/distribution.md relies on.
#[tokio::test]
async fn the_vpn_tables_can_be_distributed_by_server() {
    let database = migrated_database().await;
    let client = database.client().await;
    let elsewhere = text_rows(
        &client,
        "SELECT FORMAT('%s: unique, and does not begin with server_id', i.indexrelid::REGCLASS)
         FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
           AND i.indisunique AND NOT i.indisprimary AND a.attname <> 'server_id'
         UNION ALL
         SELECT FORMAT('%s.%s: an identity column', attrelid::REGCLASS, attname)
         FROM pg_attribute
         WHERE attrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS) AND attidentity <> ''
         UNION ALL
         SELECT FORMAT('%s: an id without a sequence', c.oid::REGCLASS)
         FROM pg_class c
         WHERE c.oid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
           AND PG_GET_SERIAL_SEQUENCE(c.oid::REGCLASS::TEXT, 'id') IS NULL",
    )
    .await;
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let unique = "SELECT COUNT(*)::TEXT FROM pg_index WHERE indisunique AND NOT indisprimary
                  AND indrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)";
    assert_eq!(text_rows(&client, unique).await, ["4"], "the search finds them");
}

#[test]
fn the_page_on_distribution_names_each_distributed_table() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/distribution.md")).expect("the page");
    let listed =
        page.split("## What is where").nth(1).and_then(|after| after.split(" are distributed").next()).unwrap_or("");
    let mut listed: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    let mut tables = distribution::TABLES;
    listed.sort_unstable();
    tables.sort_unstable();
    assert_eq!(listed, tables);
}

/// Citus appends `_` and the number of the shard, which may have ten digits, and shortens what is longer than 63 bytes then:
/// `Constraint` would not know it.
#[tokio::test]
async fn names_on_distributed_tables_leave_room_for_the_number_of_a_shard() {
    let database = migrated_database().await;
    let names = text_rows(
        &database.client().await,
        &format!(
            "SELECT FORMAT('%s %s', LENGTH(n.name) <= 52, n.name)
             FROM (
                 SELECT c.conname::TEXT, c.conrelid FROM pg_constraint c
                 UNION
                 SELECT i.indexrelid::REGCLASS::TEXT, i.indrelid FROM pg_index i
             ) n (name, of_table)
             WHERE n.of_table = ANY ('{{{}}}'::REGCLASS[])",
            distribution::TABLES.join(", ")
        ),
    )
    .await;
    assert!(names.len() > 30, "the search finds them: {names:#?}");
    assert!(names.iter().all(|name| name.starts_with("t ")), "{names:#?}");
}

/// A statement that does not name the server would be sent to every machine.
#[test]
fn statements_of_nodes_name_their_server_in_each_distributed_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/connections.sql");
    let queries = fs::read_to_string(path).expect("the file");
    let of_a_node = [
        "open",
        "mark_connected",
        "heartbeat",
        "close",
        "mark_error",
        "close_all_for_server",
        "close_all_for_address",
        "reap_stale",
    ];
    for name in of_a_node {
        let statement = queries
            .split("\n--! ")
            .find(|statement| statement.split([' ', '\n']).next() == Some(name))
            .unwrap_or_else(|| panic!("there is no {name}"));
        let mut touched = 0;
        // From one mention of a table to the end of the part of the statement that it stands in.
        let spread = ["vpn_connections", "vpn_statistics", "server_status"];
        for (place, _) in spread.iter().flat_map(|table| statement.match_indices(table)) {
            let before = statement[..place].trim_end();
            if !["FROM", "UPDATE", "JOIN"].iter().any(|word| before.ends_with(word)) {
                continue;
            }
            touched += 1;
            let part = statement[place..].split("\n)").next().unwrap_or_default();
            assert!(part.contains("server_id = :server_id"), "{name}: {part}");
        }
        // A function takes the server first; the next test checks what it does with it.
        touched += statement
            .matches("connection_")
            .filter(|_| statement.contains("(\n    :server_id::TEXT,") || statement.contains("(:server_id::TEXT,"))
            .count();
        assert!(touched > 0, "{name} touches nothing");
    }
}

/// The functions that nodes call, and what these call. `stale_before` also looks at other servers.
const OF_A_NODE: [&str; 11] = [
    "connection_heartbeat",
    "connection_count_late",
    "connection_end",
    "connection_close_server",
    "connection_close_address",
    "connection_end_expired",
    "connection_reap",
    "reaped_counter",
    "server_heard",
    "session_roll_up",
    "usage_roll_up",
];

/// The views on the distributed tables.
const VIEWS: [&str; 5] =
    ["v_active_connections", "v_server_statistics", "v_user_statistics", "v_usage_by_hour", "v_usage_by_day"];

/// What has the rows of nodes: the distributed tables, and the views on them.
pub(super) fn spread() -> impl Iterator<Item = &'static str> {
    distribution::TABLES.into_iter().chain(VIEWS)
}

/// A function as a distributed database has it.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) body: String,
}

/// Every function that reads or writes a distributed table.
pub(super) async fn functions_on_spread_tables(client: &Client) -> Vec<Function> {
    let sql = "SELECT p.proname::TEXT, l.lanname::TEXT, p.prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
               WHERE p.pronamespace = 'public'::REGNAMESPACE AND l.lanname IN ('sql', 'plpgsql')";
    let forms = second_forms();
    let mut found = Vec::new();
    for row in client.query(sql, &[]).await.expect("the catalogue") {
        let mut function = Function { name: row.get(0), language: row.get(1), body: row.get(2) };
        if let Some(form) = forms.iter().find(|form| form.name == function.name) {
            let all = statements(&form.text);
            let body = all[0].tokens.iter().find_map(Token::dollar_body).expect("a body").0;
            body.clone_into(&mut function.body);
        }
        if !statements_on_spread_tables(&function.body).is_empty() {
            found.push(function);
        }
    }
    found
}

/// The statements of a body that name a distributed table, also in a string that is executed.
fn statements_on_spread_tables(body: &str) -> Vec<&str> {
    let mentions = |statement: &str, table: &str| {
        ["FROM ", "JOIN ", "UPDATE ", "INTO "].iter().any(|word| {
            statement.match_indices(&format!("{word}{table}")).any(|(at, found)| {
                !statement[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        })
    };
    body.split(';').filter(|statement| spread().any(|table| mentions(statement, table))).collect()
}

/// A function in SQL can't pass its parameters to a distributed table.
#[tokio::test]
async fn functions_on_distributed_tables_are_in_plpgsql() {
    let database = migrated_database().await;
    let found = functions_on_spread_tables(&database.client().await).await;
    assert!(found.len() > 20, "the search finds them: {}", found.len());
    let others: Vec<&String> =
        found.iter().filter(|function| function.language != "plpgsql").map(|function| &function.name).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Citus makes a record of an empty list, and asks for its columns.
#[tokio::test]
async fn no_statement_selects_nothing_from_a_distributed_table() {
    let database = migrated_database().await;
    for Function { name, body, .. } in functions_on_spread_tables(&database.client().await).await {
        for statement in statements_on_spread_tables(&body) {
            for table in spread() {
                let words: Vec<&str> = statement.split_whitespace().collect();
                let empty = words.windows(3).any(|three| {
                    ["SELECT", "(SELECT", "PERFORM"].contains(&three[0]) && three[1] == "FROM" && three[2] == table
                });
                assert!(!empty, "{name}: {statement}");
            }
        }
    }
}

/// Name and text of every statement of queries/.
pub(super) fn queries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")).expect("the folder") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a file");
        found.extend(text.split("\n--! ").skip(1).map(|text| {
            let name = text.split([' ', '\n']).next().unwrap_or_default().to_owned();
            (name, text.lines().skip(1).filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n"))
        }));
    }
    found
}

/// Citus sends a `UNION ALL` to the shards if each part has the server, and reads one part after the other if not: what moves from one to
/// the other in between is in both, or in none.
#[tokio::test]
async fn unions_of_distributed_tables_have_the_server_in_each_part() {
    let database = migrated_database().await;
    let mut statements: Vec<(String, String)> = functions_on_spread_tables(&database.client().await)
        .await
        .into_iter()
        .map(|function| (function.name, function.body))
        .collect();
    statements.extend(queries());
    let mut parts = 0;
    for (name, text) in statements {
        for statement in text.split(';').filter(|statement| statement.contains("UNION ALL")) {
            let selects: Vec<&str> = statement.split("SELECT").collect();
            // Each select whose UNION ALL follows, and the one after it.
            for pair in selects
                .windows(2)
                .filter(|pair| pair[0].trim_end().trim_end_matches('(').trim_end().ends_with("UNION ALL"))
            {
                for select in pair {
                    let (columns, from) = select.split_once("FROM ").unwrap_or_default();
                    let table = from.split_whitespace().next().unwrap_or_default();
                    if spread().any(|name| name == table) {
                        parts += 1;
                        let is_of_one_server = select.contains("server_id = ");
                        assert!(
                            columns.contains("server_id") || is_of_one_server,
                            "{name}: SELECT{columns}FROM {table}"
                        );
                    }
                }
            }
        }
    }
    assert!(parts > 20, "the search finds them: {parts}");
}

/// What lets a distributed database run the whole call where the server's rows are.
#[tokio::test]
async fn functions_for_nodes_take_the_server_first_and_touch_only_its_rows() {
    let database = migrated_database().await;
    let client = database.client().await;
    for name in OF_A_NODE {
        let function = "SELECT PG_GET_FUNCTION_ARGUMENTS(p.oid), l.lanname::TEXT, p.prosrc
                        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname = $1";
        let function = client.query_one(function, &[&name]).await.expect("one function");
        let (arguments, language, source): (String, String, String) =
            (function.get(0), function.get(1), function.get(2));
        // TEXT is enough, although the columns are VARCHAR: only calls that Citus is forced to delegate need both to be TEXT.
        assert!(arguments.starts_with("server_id text") && language == "plpgsql", "{name}({arguments})");
        for (place, _) in source.match_indices("INSERT INTO") {
            let before = source[..place].trim_end();
            let is_a_statement = [";", "BEGIN", "THEN"].iter().any(|end| before.ends_with(end));
            assert!(is_a_statement, "{name}: INSERT inside another statement");
        }
        let server = format!("server_id = {name}.server_id");
        for (place, _) in spread().flat_map(|table| source.match_indices(table)) {
            if ["FROM", "UPDATE", "JOIN"].iter().any(|word| source[..place].trim_end().ends_with(word)) {
                let rest = source[place..].split(';').next().unwrap_or_default();
                assert!(rest.contains(&server), "{name}: {rest}");
            }
        }
    }
}
