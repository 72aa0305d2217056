//! The tables of connections can be spread over machines by server; see docs/distribution.md.

use std::{fs, path::Path};

use crate::common::{migrated_database, text_rows};

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
            // The limit on a user's connections holds for all servers together.
            let of_the_user = part.contains("WHERE c.username = u.username");
            assert!(part.contains("server_id = :server_id") || of_the_user, "{name}: {part}");
        }
        // A function takes the server first; the next test holds what it does with it.
        touched += statement.matches("connection_").filter(|_| statement.contains("(\n    :server_id::TEXT,")).count();
        assert!(touched > 0, "{name} touches nothing");
    }
}

/// What lets a distributed database run the whole call where the server's rows are.
#[tokio::test]
async fn functions_for_nodes_take_the_server_first_and_touch_only_its_rows() {
    let database = migrated_database().await;
    let client = database.client().await;
    let spread =
        ["vpn_connections", "vpn_statistics", "server_status", "usage_hourly", "usage_totals", "usage_by_server"];
    for name in ["connection_heartbeat", "connection_end", "session_roll_up", "usage_roll_up"] {
        let function = "SELECT PG_GET_FUNCTION_ARGUMENTS(p.oid), l.lanname::TEXT, p.prosrc
                        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname = $1";
        let function = client.query_one(function, &[&name]).await.expect("one function");
        let (arguments, language, source): (String, String, String) =
            (function.get(0), function.get(1), function.get(2));
        assert!(arguments.starts_with("server_id text, ") && language == "plpgsql", "{name}({arguments})");
        for (place, _) in source.match_indices("INSERT INTO") {
            let before = source[..place].trim_end();
            let is_a_statement = [";", "BEGIN", "THEN"].iter().any(|end| before.ends_with(end));
            assert!(is_a_statement, "{name}: INSERT inside another statement");
        }
        let server = format!("server_id = {name}.server_id");
        for (place, _) in spread.iter().flat_map(|table| source.match_indices(table)) {
            if ["FROM", "UPDATE", "JOIN"].iter().any(|word| source[..place].trim_end().ends_with(word)) {
                let rest = source[place..].split(';').next().unwrap_or_default();
                assert!(rest.contains(&server), "{name}: {rest}");
            }
        }
    }
}
