-- Monitoring: availability, schema version, activity and size.

--: Ping()
--: Migration(name?, applied_on?, checksum?)
--: OtpAttempts()
--: TopUserBandwidth()
--: TableSize(last_vacuum?, last_analyze?)
--: LongTransaction(application_name?, state?, wait_event_type?)

--! ping : Ping
--- The clock and the version of the server (150004 means 15.4). The duration of the call is the latency.
--- Index: none. Locks: nothing.
SELECT CLOCK_TIMESTAMP()                               AS server_time,
       VERSION()                                       AS version,
       CURRENT_SETTING('server_version_num')::INTEGER  AS version_number;

--! migration_status : Migration
--- The migrations applied to this database, in order.
--- Index: none, tens of rows. Locks: nothing.
SELECT version,
       name,
       applied_on,
       checksum
FROM schema_migrations
ORDER BY version;

--! count_active_sessions report
--- The number of sessions that are neither revoked nor expired. Sessions that are idle, or ended by a sign-out
--- everywhere that did not revoke them one by one, are included.
--- Index: idx_sessions_expires_at; one row per session: not for a request path. Locks: nothing.
SELECT COUNT(*) AS active
FROM user_sessions
WHERE revoked = FALSE
  AND expires_at > CURRENT_TIMESTAMP;

--! count_active_connections
--- The number of live VPN connections.
--- Index: idx_vpn_connections_active; without the table where it is vacuumed. Locks: nothing.
SELECT COUNT(*) AS active
FROM vpn_connections
WHERE status IN ('connecting', 'connected');

--! otp_attempts_last_hour : OtpAttempts
--- One-time passwords of the last hour: all rows, codes sent, codes used by a correct answer, tries at those codes, and
--- the recorded attempts with the number of correct ones; always one row. Refused requests, and tries at numbers without a live
--- code, are not stored: they could fill the table.
--- Index: idx_otp_created_at. Locks: nothing.
SELECT COUNT(*)                                                                AS attempts,
       COUNT(*) FILTER (WHERE attempt_type = 'send')                           AS sent,
       COUNT(*) FILTER (WHERE attempt_type = 'send' AND verified)              AS sent_verified,
       COALESCE(SUM(attempt_count) FILTER (WHERE attempt_type = 'send'), 0)::BIGINT AS tries,
       COUNT(*) FILTER (WHERE attempt_type = 'verify')                         AS verify_attempts,
       COUNT(*) FILTER (WHERE attempt_type = 'verify' AND verified)            AS verify_successes
FROM otp_attempts
WHERE created_at > CURRENT_TIMESTAMP - MAKE_INTERVAL(hours => 1);

--! bandwidth_today
--- GiB in both directions that nodes measured since the beginning of the UTC day, live connections included; always one
--- row.
--- Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
SELECT (COALESCE(SUM(h.bytes), 0) / 1073741824.0)::DOUBLE PRECISION AS gib_today
FROM (
    SELECT server_id, bytes_in + bytes_out AS bytes
    FROM usage_by_server
    WHERE hour >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC')
    UNION ALL
    SELECT server_id, COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
      AND COALESCE(usage_hour, connected_at) >= DATE_TRUNC('day', CURRENT_TIMESTAMP, 'UTC')
) h;

--! top_users_by_bandwidth report : TopUserBandwidth
--- The `limit` users with most bytes in both directions over all time, in GiB.
--- Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
SELECT t.username,
       (SUM(t.bytes) / 1073741824.0)::DOUBLE PRECISION AS gib_total
FROM (
    SELECT server_id, username, bytes_in + bytes_out AS bytes
    FROM usage_totals
    UNION ALL
    SELECT server_id, username, COALESCE(bytes_received, 0) - rolled_up_received + COALESCE(bytes_sent, 0) - rolled_up_sent
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
) t
GROUP BY t.username
ORDER BY gib_total DESC, t.username
LIMIT :limit::BIGINT;

--! database_size : (bytes!)
--- The size of this database on disk, in bytes. `bytes` is never NULL: the database of this connection exists.
--- Index: none. Locks: nothing.
SELECT PG_DATABASE_SIZE(CURRENT_DATABASE()) AS bytes;

--! table_sizes : TableSize
--- The tables of the schema, largest first: estimated live and dead rows, bytes of the table with its TOAST, of its
--- indexes and of both (0 if it is dropped at this moment), and the time of the last vacuum and analyze, manual or
--- automatic.
--- Index: none. Locks: ACCESS SHARE on each table.
SELECT c.relname::TEXT                                       AS table_name,
       GREATEST(c.reltuples, 0)::BIGINT                      AS estimated_rows,
       COALESCE(t.n_dead_tup, 0)                             AS dead_rows,
       COALESCE(PG_TABLE_SIZE(c.oid), 0)                     AS table_bytes,
       COALESCE(PG_INDEXES_SIZE(c.oid), 0)                   AS index_bytes,
       COALESCE(PG_TOTAL_RELATION_SIZE(c.oid), 0)            AS total_bytes,
       GREATEST(t.last_vacuum, t.last_autovacuum)            AS last_vacuum,
       GREATEST(t.last_analyze, t.last_autoanalyze)          AS last_analyze
FROM pg_class c
LEFT JOIN pg_stat_user_tables t ON t.relid = c.oid
WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE
  AND c.relkind IN ('r', 'p')
ORDER BY total_bytes DESC, table_name;

--! longest_transactions : LongTransaction
--- Up to `limit` open transactions of this database other than the caller's, longest first, in seconds; a long one
--- prevents vacuum from removing rows. Their SQL is not shown: it can contain secrets.
--- Index: none. Locks: nothing.
SELECT pid,
       FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - xact_start))::BIGINT AS seconds,
       application_name,
       state,
       wait_event_type
FROM pg_stat_activity
WHERE datname = CURRENT_DATABASE()
  AND xact_start IS NOT NULL
  AND pid <> PG_BACKEND_PID()
ORDER BY xact_start, pid
LIMIT :limit::BIGINT;
