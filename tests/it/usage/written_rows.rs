//! Rows of `vpn_statistics` that other programs write.

use barqnet_db::queries::usage;

use crate::common::{close, connection, migrated_database, send_heartbeat, text_rows, user};

#[tokio::test]
async fn sessions_that_other_programs_write_count_once_beside_those_that_end_here() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let mut connections = Vec::new();
    for _ in 0..4 {
        let id = connection(&client, "ada", "node-1").await;
        send_heartbeat(&client, "node-1", 1, (id, 1), (10, 20)).await;
        connections.push(id);
    }
    let [here, and_here, elsewhere, live] = connections[..] else { unreachable!() };
    // An id beside a NULL in what is noted of ends must not make rows without a connection look like theirs.
    client.batch_execute("BEGIN").await.unwrap();
    for id in [here, and_here] {
        close(&client, "node-1", id, None).await.expect("it was live");
    }
    let ended = format!(
        "UPDATE vpn_connections SET status = 'disconnected', disconnected_at = '2026-01-01Z' WHERE server_id = 'node-1' AND id = {elsewhere}"
    );
    client.batch_execute(&ended).await.unwrap();
    let columns = "username, server_id, connection_id, bytes_in, bytes_out, duration_seconds, session_type, started_at";
    let rows = format!(
        "INSERT INTO vpn_statistics ({columns})
         VALUES ('ada', 'node-1', {elsewhere}, 10, 20, 5, 'vpn', NOW()),
                ('ada', 'node-1', NULL, 100, 200, 6, NULL, NOW()),
                ('ada', 'node-2', NULL, 1000, 2000, 7, 'vpn', NULL),
                ('ada', 'node-2', NULL, 1, 1, 1, 'web', NOW())"
    );
    client.batch_execute(&rows).await.unwrap();
    client.batch_execute("COMMIT").await.unwrap();

    let totals = "SELECT FORMAT('%s: %s %s %s', server_id, sessions, bytes_in, bytes_out) FROM usage_totals ORDER BY 1";
    let driver = database.client().await;
    assert_eq!(text_rows(&driver, totals).await, ["node-1: 4 130 260", "node-2: 1 1000 2000"]);
    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out, summary.active_connections), (1140, 2280, 1));
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);

    let of_live =
        format!("INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-1', {live})");
    let error = driver.execute(&of_live, &[]).await.expect_err("it is live").as_db_error().cloned().unwrap();
    assert_eq!(error.message(), format!("connection {live} is live and can have no statistics yet"));
}
