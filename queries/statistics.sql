-- Usage: what each VPN connection left behind, and what clients report of themselves.
-- Rows of type vpn come from servers and are trusted; api and web come from clients and are never added to them.
-- Archived rows count everywhere, so archiving changes no answer. Bytes are bytes, durations seconds, days and hours
-- UTC.

--: Usage(connection_id?, started_at?, ended_at?, client_version?, protocol?, encryption?)
--: UserSummary(last_session_at?)
--: SessionTypeTotals(last_session_at?)
--: ServerTotals(last_session_at?)
--: ServerSummary()
--: DailyUsage()
--: HourlyUsage()
--: TopUser()
--: Bandwidth()

--! record (client_version?, protocol?, encryption?)
--- Stores a session that a client reports of itself, ended now, and returns its row id. No row means that
--- `session_type` is neither api nor web: the rows of type vpn are written when a connection closes. A negative number
--- of bytes or a protocol other than udp and tcp violates a check.
--- Index: none needed. Locks: the inserted row; the foreign key holds the user.
INSERT INTO vpn_statistics
    (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type,
     client_version, protocol, encryption)
SELECT :username::TEXT,
       :server_id::TEXT,
       :bytes_in::BIGINT,
       :bytes_out::BIGINT,
       :duration_seconds::INTEGER,
       CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :duration_seconds),
       CURRENT_TIMESTAMP,
       :session_type::TEXT,
       :client_version::TEXT,
       :protocol::TEXT,
       :encryption::TEXT
WHERE :session_type IN ('api', 'web')
RETURNING id;

--! user_summary : UserSummary
--- Everything a user ever moved, all session types together, and the live connections; no row means no such user.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history, idx_vpn_connections_user_history,
--- idx_users_username. Locks: nothing.
SELECT username,
       total_sessions,
       total_bytes_in,
       total_bytes_out,
       total_duration_seconds,
       active_connections,
       last_session_at
FROM v_user_statistics
WHERE username = :username;

--! user_totals : SessionTypeTotals
--- Everything a user ever moved, one row a session type, so that what servers measured and what clients claim stay
--- apart.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT COALESCE(s.session_type, 'vpn')               AS session_type,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds,
       MAX(s.started_at)                             AS last_session_at
FROM (
    SELECT session_type, bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics
    WHERE username = :username
    UNION ALL
    SELECT session_type, bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics_archive
    WHERE username = :username
) s
GROUP BY COALESCE(s.session_type, 'vpn')
ORDER BY 1;

--! user_totals_by_server : ServerTotals
--- Everything servers measured for a user, one row a server, the busiest first.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT s.server_id,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds,
       MAX(s.started_at)                             AS last_session_at
FROM (
    SELECT server_id, bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics
    WHERE username = :username
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT server_id, bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics_archive
    WHERE username = :username
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s
GROUP BY s.server_id
ORDER BY COALESCE(SUM(s.bytes_in), 0) + COALESCE(SUM(s.bytes_out), 0) DESC, s.server_id;

--! server_summary : ServerSummary
--- Everything that ever went through a server, all session types together, and its live connections; no row means that
--- it was never used.
--- Index: idx_vpn_statistics_server_id, idx_vpn_statistics_archive_server_history, idx_vpn_connections_active; it reads
--- every row of the server, so not for a request path. Locks: nothing.
SELECT :server_id::TEXT                              AS server_id,
       s.total_sessions,
       s.unique_users,
       s.total_bytes_in,
       s.total_bytes_out,
       s.total_duration_seconds,
       c.active_connections
FROM (
    SELECT COUNT(*)                                      AS total_sessions,
           COUNT(DISTINCT a.username)                    AS unique_users,
           COALESCE(SUM(a.bytes_in), 0)::BIGINT          AS total_bytes_in,
           COALESCE(SUM(a.bytes_out), 0)::BIGINT         AS total_bytes_out,
           COALESCE(SUM(a.duration_seconds), 0)::BIGINT  AS total_duration_seconds
    FROM (
        SELECT username, bytes_in, bytes_out, duration_seconds
        FROM vpn_statistics
        WHERE server_id = :server_id
        UNION ALL
        SELECT username, bytes_in, bytes_out, duration_seconds
        FROM vpn_statistics_archive
        WHERE server_id = :server_id
    ) a
) s
CROSS JOIN (
    SELECT COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE server_id = :server_id
      AND status IN ('connecting', 'connected')
) c
WHERE s.total_sessions > 0
   OR c.active_connections > 0;

--! server_summaries : ServerSummary
--- As `server_summary`, for every server that was ever used, by name.
--- Index: none, it reads all statistics, archived ones too: not for a request path. Locks: nothing.
SELECT server_id::TEXT AS server_id,
       total_sessions,
       unique_users,
       total_bytes_in,
       total_bytes_out,
       total_duration_seconds,
       active_connections
FROM v_server_statistics
ORDER BY server_id;

--! usage_by_day : DailyUsage
--- What servers measured for a user, day by day, both days included; a session counts to the day it started, a day
--- without one has no row.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT (s.started_at AT TIME ZONE 'UTC')::DATE       AS day,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds
FROM (
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics
    WHERE username = :username
      AND started_at >= :from_day::DATE::TIMESTAMP AT TIME ZONE 'UTC'
      AND started_at < (:to_day::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC'
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics_archive
    WHERE username = :username
      AND started_at >= :from_day::DATE::TIMESTAMP AT TIME ZONE 'UTC'
      AND started_at < (:to_day::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC'
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s
GROUP BY 1
ORDER BY 1;

--! usage_by_hour : HourlyUsage
--- What servers measured for a user, hour by hour, from `since` up to but without `until`; a session counts to the hour
--- it started, an hour without one has no row.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT DATE_TRUNC('hour', s.started_at, 'UTC')       AS hour,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds
FROM (
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics
    WHERE username = :username
      AND started_at >= :since
      AND started_at < :until
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics_archive
    WHERE username = :username
      AND started_at >= :since
      AND started_at < :until
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s
GROUP BY 1
ORDER BY 1;

--! server_usage_by_day : DailyUsage
--- What a server measured, day by day, both days included; a session counts to the day it started, a day without one
--- has no row.
--- Index: idx_vpn_statistics_started_at, idx_vpn_statistics_archive_started_at. Locks: nothing.
SELECT (s.started_at AT TIME ZONE 'UTC')::DATE       AS day,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds
FROM (
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics
    WHERE server_id = :server_id
      AND started_at >= :from_day::DATE::TIMESTAMP AT TIME ZONE 'UTC'
      AND started_at < (:to_day::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC'
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT started_at, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics_archive
    WHERE server_id = :server_id
      AND started_at >= :from_day::DATE::TIMESTAMP AT TIME ZONE 'UTC'
      AND started_at < (:to_day::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC'
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s
GROUP BY 1
ORDER BY 1;

--! history_by_user : Usage
--- One page of the sessions of a user, archived ones included, newest row first. Start with `before_id` i32::MAX, go on
--- with the last id received.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT s.id,
       s.username,
       s.server_id,
       COALESCE(s.bytes_in, 0)             AS bytes_in,
       COALESCE(s.bytes_out, 0)            AS bytes_out,
       COALESCE(s.duration_seconds, 0)     AS duration_seconds,
       s.connection_id,
       s.started_at,
       s.ended_at,
       COALESCE(s.session_type, 'vpn')     AS session_type,
       s.client_version,
       s.protocol,
       s.encryption
FROM (
    SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
           session_type, client_version, protocol, encryption
    FROM vpn_statistics
    WHERE username = :username
      AND id < :before_id
    UNION ALL
    SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
           session_type, client_version, protocol, encryption
    FROM vpn_statistics_archive
    WHERE username = :username
      AND id < :before_id
) s
ORDER BY s.id DESC
LIMIT :limit::BIGINT;

--! top_users (since?) : TopUser
--- The `limit` users for whom servers measured most bytes both ways together since a time, or ever if it is NULL.
--- Index: idx_vpn_statistics_started_at, idx_vpn_statistics_archive_started_at; without a time it reads all statistics.
--- Locks: nothing.
SELECT s.username,
       COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds
FROM (
    SELECT username, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics
    WHERE started_at >= COALESCE(:since::TIMESTAMPTZ, '-infinity')
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT username, bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics_archive
    WHERE started_at >= COALESCE(:since::TIMESTAMPTZ, '-infinity')
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s
GROUP BY s.username
ORDER BY COALESCE(SUM(s.bytes_in), 0) + COALESCE(SUM(s.bytes_out), 0) DESC, s.username
LIMIT :limit::BIGINT;

--! bandwidth : Bandwidth
--- What servers measured in sessions that started since a time; always one row.
--- Index: idx_vpn_statistics_started_at, idx_vpn_statistics_archive_started_at. Locks: nothing.
SELECT COUNT(*)                                      AS sessions,
       COALESCE(SUM(s.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(s.bytes_out), 0)::BIGINT         AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT  AS duration_seconds
FROM (
    SELECT bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics
    WHERE started_at >= :since
      AND COALESCE(session_type, 'vpn') = 'vpn'
    UNION ALL
    SELECT bytes_in, bytes_out, duration_seconds
    FROM vpn_statistics_archive
    WHERE started_at >= :since
      AND COALESCE(session_type, 'vpn') = 'vpn'
) s;
