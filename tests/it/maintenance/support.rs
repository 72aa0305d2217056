//! Old rows for the tasks of maintenance.

use barqnet_db::maintenance::Report;
use barqnet_db_testing::TestDatabase;

use crate::common::execute_on;

/// Twelve rows for each task to handle, and one each that it must leave.
pub(super) async fn much_to_do(database: &TestDatabase) {
    let client = database.client().await;
    for (old, rows) in [("100 days", 12), ("1 second", 1)] {
        for statement in [
            "INSERT INTO user_sessions (user_id, token_hash, expires_at, last_activity)
             SELECT u.id, MD5(RANDOM()::TEXT || n), NOW() - INTERVAL '{old}', NOW()
             FROM users u, GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO user_sessions (user_id, token_hash, ip_address, expires_at, last_activity)
             SELECT u.id, MD5(RANDOM()::TEXT || n), '192.0.2.1', NOW() + INTERVAL '1 day', NOW() - INTERVAL '{old}'
             FROM users u, GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, expires_at)
             SELECT '+4915112345678', '******', 'send', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO otp_numbers (phone_number, quiet_since)
             SELECT FORMAT('+4917{rows}%s', 100000 + n), NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_numbers (phone_number, quiet_since) VALUES ('+4915112345678', NULL) ON CONFLICT DO NOTHING",
            "INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
             SELECT MD5(RANDOM()::TEXT || n), '+4915112345678', 'sign_in', NOW(), NOW() + INTERVAL '1 day' - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_codes (phone_number, purpose, id, mac, key_id, created_at, expires_at)
             SELECT '+4915112345678', 'sign_in', (RANDOM() * 1e15)::BIGINT, SHA256('code'), 1, NOW() - INTERVAL '{old}',
                    NOW() - INTERVAL '{old}' + INTERVAL '10 minutes'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO rate_counters (budget, key, counts, updated_at, used_on)
             SELECT 'send_address', MD5(RANDOM()::TEXT || n), ARRAY_FILL(0, ARRAY[45]), NOW(), (NOW() - INTERVAL '{old}')::DATE
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO rate_returns (budget, key, shard, use_id, used_at)
             SELECT 'send_prefix', '+491511', 0, (RANDOM() * 1e15)::BIGINT, NOW() - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_budgets (budget, key, empty_at)
             SELECT 'send_address', MD5(RANDOM()::TEXT || n), NOW() + INTERVAL '1 day' - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO password_failures (name_hash, has_account, failures, failed_at)
             SELECT name_hash(FORMAT('{rows}-%s', n)), FALSE, 1, NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows}) n
             ON CONFLICT DO NOTHING",
            "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
             SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '{old}', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO vpn_connections (username, server_id, status, connected_at, disconnected_at)
             SELECT 'ada', 'node-1', 'disconnected', NOW() - INTERVAL '101 days', NOW() - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO vpn_statistics (username, server_id, started_at, ended_at)
             SELECT 'ada', 'node-1', NOW() - INTERVAL '{old}', NOW() FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO audit_log (action, server_id, timestamp)
             SELECT 'login', 'node-1', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO server_health (server_id, status, last_check)
             SELECT 'node-1', 'healthy', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
             SELECT 'node-1', FORMAT('user-%s', n), DATE_TRUNC('hour', NOW() - INTERVAL '{old}', 'UTC'), 1, 10, 20, 30
             FROM GENERATE_SERIES(1, {rows}) n",
        ] {
            execute_on(&client, &statement.replace("{old}", old).replace("{rows}", &rows.to_string())).await;
        }
    }
}

/// The tasks that `much_to_do` gives something to do.
pub(super) const NAMES: [&str; 16] = [
    "sessions",
    "session-addresses",
    "otp-attempts",
    "otp-codes",
    "otp-tickets",
    "otp-numbers",
    "otp-budgets",
    "password-failures",
    "rate-counters",
    "rate-returns",
    "stale-connections",
    "statistics",
    "usage",
    "connections",
    "audit",
    "health",
];

/// What each of them did.
pub(super) fn rows_handled(report: &Report) -> [u64; NAMES.len()] {
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    NAMES.map(|name| report.of(name).unwrap_or_else(|| panic!("{name} did not run")).done)
}
