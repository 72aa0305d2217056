//! What a call of a function costs because it has a `search_path` of its own, and what a new session costs because it also
//! writes its user's row. The loops run in the server, so that neither the network nor the driver counts.

use barqnet_db::{embedded, tokio_postgres::Client};

use crate::{
    median::median,
    outcome::Outcome,
    server::{connect, create_database, start},
};

/// Rounds per contender, taken in turns.
const ROUNDS: usize = 9;

/// A function, a call of it, and how often a round makes the call. None changes one row again and again, whose many
/// versions in one transaction would be measured.
const CALLS: [(&str, &str, u32); 6] = [
    ("account_exists", "account_exists('user-1')", 10_000),
    ("otp_unlock", "otp_unlock('+4915199999999')", 10_000),
    ("session_rotate", "session_rotate('unknown', 'another', NULL, 60, 10, NULL, NULL)", 10_000),
    (
        "connection_heartbeat",
        "connection_heartbeat('node-1', ARRAY[1], ARRAY[1], ARRAY[1], ARRAY[1], ARRAY[1], NULL)",
        300,
    ),
    (
        "session_create",
        "session_create(1 + n % 1000, 'a' || i || n, NULL, NULL, NULL, NULL, 60, 60, 5, TRUE, NULL)",
        1_000,
    ),
    (
        "otp_verify_code",
        "otp_verify_code('+4915100000000', 'sign_in', ARRAY['\\x00'::BYTEA], ARRAY[1], NULL, 5, 5, ARRAY[60], 100, \
      NULL, NULL, NULL, NULL, 'hash', 60)",
        1_000,
    ),
];

const ROWS: &str = "
    INSERT INTO users (username, server_id, created_by) SELECT 'user-' || n, 'node-1', 'bench' FROM GENERATE_SERIES(1, 1001) n;
    INSERT INTO vpn_connections (username, server_id, status, usage_hour)
    VALUES ('user-1', 'node-1', 'connected', DATE_TRUNC('hour', NOW(), 'UTC'));
    INSERT INTO otp_numbers (phone_number) VALUES ('+4915100000000')";

pub(crate) async fn run() -> Outcome {
    let server = start()?;
    let settings = create_database(&server, "functions", &embedded::migrations()).await?;
    let client = connect(&settings).await?;
    client.batch_execute(ROWS).await?;
    println!("microseconds per call        with search_path   without   difference   ratio");
    for (function, call, calls) in CALLS {
        let [with, without] = compare(
            &client,
            [
                (format!("ALTER FUNCTION {function} SET search_path = public, pg_temp"), call.to_owned()),
                (format!("ALTER FUNCTION {function} RESET search_path"), call.to_owned()),
            ],
            calls,
        )
        .await?;
        client.batch_execute(&format!("ALTER FUNCTION {function} SET search_path = public, pg_temp")).await?;
        println!("{function:<28} {with:>16.2} {without:>9.2} {:>12.2} {:>7.2}", with - without, with / without);
    }

    let without_write = "
        DO $$
        DECLARE
            original CONSTANT TEXT := PG_GET_FUNCTIONDEF('session_create'::REGPROC);
            without TEXT := REGEXP_REPLACE(original, 'UPDATE users u SET sessions_valid_after[^;]*;', '');
        BEGIN
            IF without = original THEN
                RAISE EXCEPTION 'session_create has no such statement';
            END IF;
            EXECUTE REPLACE(without, 'session_create(', 'session_create_without_write(');
        END
        $$";
    client.batch_execute(without_write).await?;
    let call = CALLS[4].1;
    let [with, without] = compare(
        &client,
        [
            ("SELECT 1".to_owned(), call.to_owned()),
            ("SELECT 1".to_owned(), call.replace("session_create(", "session_create_without_write(")),
        ],
        1_000,
    )
    .await?;
    println!(
        "session_create, microseconds per call: {with:.1} with the write of the user's row, {without:.1} without, ratio {:.2}",
        with / without
    );
    Ok(())
}

/// The medians of the microseconds per call of two contenders: what is done before a round, and the call.
async fn compare(
    client: &Client,
    contenders: [(String, String); 2],
    calls: u32,
) -> Result<[f64; 2], Box<dyn std::error::Error>> {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for (number, (before, call)) in contenders.iter().enumerate() {
            client.batch_execute(before).await?;
            // One transaction per round: no commit is measured.
            let loop_ = format!(
                "DO $$
                 DECLARE
                     began TIMESTAMPTZ;
                     i CONSTANT TEXT := '{round}-{number}-';
                 BEGIN
                     -- A first call, which plans.
                     PERFORM {call} FROM GENERATE_SERIES(0, 0) AS n;
                     began := CLOCK_TIMESTAMP();
                     FOR n IN 1 .. {calls} LOOP
                         PERFORM {call};
                     END LOOP;
                     PERFORM SET_CONFIG('bench.microseconds',
                                        (EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - began) * 1e6)::TEXT, FALSE);
                 END
                 $$"
            );
            client.batch_execute(&loop_).await?;
            let row = client.query_one("SELECT CURRENT_SETTING('bench.microseconds')::FLOAT8", &[]).await?;
            times[number].push(row.get::<_, f64>(0) / f64::from(calls));
            client.batch_execute("DELETE FROM user_sessions; DELETE FROM otp_attempts").await?;
        }
    }
    Ok(times.map(median))
}
