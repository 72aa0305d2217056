-- Usage: what nodes measured, from roll-ups, and what clients report themselves. Sums come from the roll-ups
-- (usage_hourly, later usage_daily; usage_totals; usage_by_server) plus what live connections have counted since their
-- last roll-up. They are exact at every moment; archiving and deleting rows do not change them. Sessions and seconds
-- are those of ended sessions and count in the hour of the session's start. Bytes count in the hour of their report,
-- bytes of a final report in the hour of the report before it. What clients report (session types api and web) is
-- stored separately and only in `client_reported_totals`. Units are bytes and seconds, hours and days are UTC, and an
-- hour is in a period if it starts in it.

--: Usage(connection_id?, started_at?, ended_at?, client_version?, protocol?, encryption?)
--: UserSummary(last_session_at?)
--: ClientReportedTotals(last_session_at?)
--: ServerTotals(last_session_at?)
--: ServerSummary()
--: DailyUsage()
--: HourlyUsage()
--: TopUser()
--: Bandwidth()
--: Discrepancy()
--: MarkedUsage(bytes_in!, bytes_out!)
--: UsageByHour()

--! record (client_version?, protocol?, encryption?)
--- Stores a session that a client reports itself, ended now, and returns its row id. `report_key` is chosen by the client: a
--- report of a user and server with a key that is stored already changes nothing and returns the id of the first one, until that
--- row is deleted from the archive. No row means that `session_type` is neither api nor web: rows of type vpn are written when
--- a connection ends. It is never added to what nodes measured. A negative duration or number of bytes, or a protocol other than udp and tcp
--- violates a constraint; `client_version` and `encryption` are cut to 50 characters.
--- Index: idx_vpn_statistics_report_key, idx_vpn_statistics_archive_report_key. Locks: the inserted row; the foreign key holds
--- the user.
WITH given AS (
    SELECT :username::TEXT            AS username,
           :server_id::TEXT           AS server_id,
           :bytes_in::BIGINT          AS bytes_in,
           :bytes_out::BIGINT         AS bytes_out,
           :duration_seconds::INTEGER AS duration_seconds,
           :session_type::TEXT        AS session_type,
           LEFT(:client_version::TEXT, 50) AS client_version,
           :protocol::TEXT            AS protocol,
           LEFT(:encryption::TEXT, 50) AS encryption,
           :report_key::TEXT          AS report_key
),
stored AS (
    SELECT s.id
    FROM vpn_statistics s
    JOIN given g ON g.server_id = s.server_id AND g.username = s.username AND g.report_key = s.report_key
    WHERE s.report_key IS NOT NULL
),
archived AS (
    SELECT a.id
    FROM vpn_statistics_archive a
    JOIN given g ON g.server_id = a.server_id AND g.username = a.username AND g.report_key = a.report_key
    WHERE a.report_key IS NOT NULL
      -- Programs of the release before store it again.
      AND NOT EXISTS (SELECT FROM stored)
),
added AS (
    INSERT INTO vpn_statistics
        (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type,
         client_version, protocol, encryption, report_key)
    SELECT username,
           server_id,
           bytes_in,
           bytes_out,
           duration_seconds,
           CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => duration_seconds),
           CURRENT_TIMESTAMP,
           session_type,
           client_version,
           protocol,
           encryption,
           report_key
    FROM given
    WHERE session_type IN ('api', 'web')
      AND NOT EXISTS (SELECT FROM stored)
      AND NOT EXISTS (SELECT FROM archived)
    -- Stored by another transaction meanwhile: nothing changes, and its id is returned.
    ON CONFLICT (server_id, username, report_key) WHERE report_key IS NOT NULL DO UPDATE
    SET report_key = EXCLUDED.report_key
    RETURNING id
)
SELECT id
FROM stored
UNION ALL
SELECT id
FROM archived
UNION ALL
SELECT id
FROM added;

--! user_summary : UserSummary
--- All usage that nodes measured for a user, live connections included, and the number of live connections; no row
--- means no such user.
--- Index: idx_usage_totals_user, idx_vpn_connections_live_user, idx_users_username. Locks: nothing.
SELECT u.username,
       t.sessions         AS total_sessions,
       t.bytes_in         AS total_bytes_in,
       t.bytes_out        AS total_bytes_out,
       t.seconds          AS total_duration_seconds,
       t.active_connections,
       t.last_session_at
FROM users u
-- Not v_user_statistics: a distributed database would add up all users first.
CROSS JOIN (
    SELECT COALESCE(SUM(s.sessions), 0)::BIGINT           AS sessions,
           COALESCE(SUM(s.bytes_in), 0)::BIGINT           AS bytes_in,
           COALESCE(SUM(s.bytes_out), 0)::BIGINT          AS bytes_out,
           COALESCE(SUM(s.seconds), 0)::BIGINT            AS seconds,
           COALESCE(SUM(s.active_connections), 0)::BIGINT AS active_connections,
           MAX(s.last_session_at)                         AS last_session_at
    FROM (
        SELECT server_id, sessions, bytes_in, bytes_out, seconds, 0 AS active_connections, last_session_at
        FROM usage_totals
        WHERE username = :username
        UNION ALL
        SELECT server_id,
               0::BIGINT,
               COALESCE(bytes_received, 0) - rolled_up_received,
               COALESCE(bytes_sent, 0) - rolled_up_sent,
               0::BIGINT,
               1,
               NULL::TIMESTAMPTZ
        FROM vpn_connections
        WHERE username = :username
          AND status IN ('connecting', 'connected')
    ) s
) t
WHERE u.username = :username;

--! client_reported_totals : ClientReportedTotals
--- What a user's clients report, one row per session type, archived rows included; self-reported, and capped at
--- i64::MAX.
--- Index: idx_vpn_statistics_user_history, idx_vpn_statistics_archive_user_history. Locks: nothing.
SELECT s.session_type,
       COUNT(*)                                                           AS sessions,
       LEAST(COALESCE(SUM(s.bytes_in), 0), 9223372036854775807)::BIGINT   AS bytes_in,
       LEAST(COALESCE(SUM(s.bytes_out), 0), 9223372036854775807)::BIGINT  AS bytes_out,
       COALESCE(SUM(s.duration_seconds), 0)::BIGINT                       AS duration_seconds,
       MAX(s.started_at)                                                  AS last_session_at
FROM (
    SELECT server_id, COALESCE(session_type, 'vpn') AS session_type, bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics
    WHERE username = :username
    UNION ALL
    SELECT server_id, COALESCE(session_type, 'vpn'), bytes_in, bytes_out, duration_seconds, started_at
    FROM vpn_statistics_archive
    WHERE username = :username
) s
WHERE s.session_type <> 'vpn'
GROUP BY s.session_type
ORDER BY s.session_type;

--! user_totals_by_server : ServerTotals
--- All usage that nodes measured for a user, one row per server, most bytes first.
--- Index: idx_usage_totals_user, idx_vpn_connections_live_user. Locks: nothing.
SELECT t.server_id,
       SUM(t.sessions)::BIGINT      AS sessions,
       SUM(t.bytes_in)::BIGINT      AS bytes_in,
       SUM(t.bytes_out)::BIGINT     AS bytes_out,
       SUM(t.seconds)::BIGINT       AS duration_seconds,
       MAX(t.last_session_at)       AS last_session_at
FROM (
    SELECT server_id, sessions, bytes_in, bytes_out, seconds, last_session_at
    FROM usage_totals
    WHERE username = :username
    UNION ALL
    SELECT server_id,
           0,
           COALESCE(bytes_received, 0) - rolled_up_received,
           COALESCE(bytes_sent, 0) - rolled_up_sent,
           0,
           NULL
    FROM vpn_connections
    WHERE username = :username
      AND status IN ('connecting', 'connected')
) t
GROUP BY t.server_id
ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.server_id;

--! server_summary : ServerSummary
--- All usage of a server and the number of its live connections; no row means that it was never used.
--- Index: usage_totals_pkey, idx_vpn_connections_active; it reads one row per user of the server: not for a request
--- path.
--- Locks: nothing.
SELECT server_id::TEXT AS server_id,
       total_sessions,
       unique_users,
       total_bytes_in,
       total_bytes_out,
       total_duration_seconds,
       active_connections
FROM v_server_statistics
WHERE server_id = :server_id::TEXT;

--! server_summaries report : ServerSummary
--- As `server_summary`, for every server with usage, by name.
--- Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
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
--- What nodes measured for a user, per day, both days included; a day without usage has no row.
--- Index: idx_usage_daily_user, idx_usage_hourly_user (all of the user's hours), idx_vpn_connections_live_user. Locks:
--- nothing.
SELECT d.day,
       SUM(d.sessions)::BIGINT            AS sessions,
       SUM(d.bytes_in)::BIGINT            AS bytes_in,
       SUM(d.bytes_out)::BIGINT           AS bytes_out,
       SUM(d.seconds)::BIGINT             AS duration_seconds
FROM v_usage_by_day d
WHERE d.username = :username
  AND d.day BETWEEN :from_day AND :to_day
GROUP BY d.day
ORDER BY d.day;

--! usage_by_hour : HourlyUsage
--- What nodes measured for a user, per hour, from `since` to before `until`; an hour without usage has no row. Hours
--- older than `MaintenancePolicy::keep_usage_hours` are rolled up into days: see `usage_by_day`.
--- Index: idx_usage_hourly_user, idx_vpn_connections_live_user. Locks: nothing.
SELECT h.hour,
       SUM(h.sessions)::BIGINT            AS sessions,
       SUM(h.bytes_in)::BIGINT            AS bytes_in,
       SUM(h.bytes_out)::BIGINT           AS bytes_out,
       SUM(h.seconds)::BIGINT             AS duration_seconds
FROM v_usage_by_hour h
WHERE h.username = :username
  AND h.hour >= :since
  AND h.hour < :until
GROUP BY h.hour
ORDER BY h.hour;

--! server_usage_by_day : DailyUsage
--- What a server measured, per day, both days included; a day without usage has no row.
--- Index: usage_by_server_pkey, idx_vpn_connections_active. Locks: nothing.
SELECT (h.hour AT TIME ZONE 'UTC')::DATE  AS day,
       SUM(h.sessions)::BIGINT            AS sessions,
       SUM(h.bytes_in)::BIGINT            AS bytes_in,
       SUM(h.bytes_out)::BIGINT           AS bytes_out,
       SUM(h.seconds)::BIGINT             AS duration_seconds
FROM (
    SELECT hour, sessions, bytes_in, bytes_out, seconds
    FROM usage_by_server
    WHERE server_id = :server_id
    UNION ALL
    SELECT hour_of_usage(COALESCE(usage_hour, connected_at)),
           0,
           COALESCE(bytes_received, 0) - rolled_up_received,
           COALESCE(bytes_sent, 0) - rolled_up_sent,
           0
    FROM vpn_connections
    WHERE server_id = :server_id
      AND status IN ('connecting', 'connected')
) h
WHERE h.hour >= :from_day::DATE::TIMESTAMP AT TIME ZONE 'UTC'
  AND h.hour < (:to_day::DATE + 1)::TIMESTAMP AT TIME ZONE 'UTC'
GROUP BY 1
ORDER BY 1;

--! history_by_user : Usage
--- One page of the sessions of a user, archived ones included, newest row first. Start with `before_id` i64::MAX,
--- continue with the last id received.
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
    -- A page of each, in the order of its index: the union as a whole has none.
    (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
            session_type, client_version, protocol, encryption
     FROM vpn_statistics
     WHERE username = :username
       AND id < :before_id
     ORDER BY id DESC
     LIMIT :limit::BIGINT)
    UNION ALL
    (SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
            session_type, client_version, protocol, encryption
     FROM vpn_statistics_archive
     WHERE username = :username
       AND id < :before_id
     ORDER BY id DESC
     LIMIT :limit::BIGINT)
) s
ORDER BY s.id DESC
LIMIT :limit::BIGINT;

--! top_users report : TopUser
--- The `limit` users with most bytes in both directions in the hours from `since` on; where hours are rolled up, in the
--- days that start then.
--- Index: idx_usage_hourly_hour, idx_usage_daily_day, idx_vpn_connections_active (all live rows); it reads one row per
--- user, server and hour or day of the period: not for a request path. Locks: nothing.
SELECT h.username,
       SUM(h.sessions)::BIGINT            AS sessions,
       SUM(h.bytes_in)::BIGINT            AS bytes_in,
       SUM(h.bytes_out)::BIGINT           AS bytes_out,
       SUM(h.seconds)::BIGINT             AS duration_seconds
FROM (
    SELECT server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM v_usage_by_hour
    WHERE hour >= :since
    UNION ALL
    SELECT server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM usage_daily
    WHERE day >= (:since AT TIME ZONE 'UTC')::DATE
      AND day::TIMESTAMP AT TIME ZONE 'UTC' >= :since
) h
GROUP BY h.username
ORDER BY SUM(h.bytes_in) + SUM(h.bytes_out) DESC, h.username
LIMIT :limit::BIGINT;

--! top_users_ever report : TopUser
--- As `top_users`, over all time.
--- Index: none, it reads all of usage_totals and all live connections: not for a request path. Locks: nothing.
SELECT t.username,
       SUM(t.sessions)::BIGINT            AS sessions,
       SUM(t.bytes_in)::BIGINT            AS bytes_in,
       SUM(t.bytes_out)::BIGINT           AS bytes_out,
       SUM(t.seconds)::BIGINT             AS duration_seconds
FROM (
    SELECT server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM usage_totals
    UNION ALL
    SELECT server_id,
           username,
           0::BIGINT,
           COALESCE(bytes_received, 0) - rolled_up_received,
           COALESCE(bytes_sent, 0) - rolled_up_sent,
           0::BIGINT
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
) t
GROUP BY t.username
ORDER BY SUM(t.bytes_in) + SUM(t.bytes_out) DESC, t.username
LIMIT :limit::BIGINT;

--! bandwidth : Bandwidth
--- What all nodes measured in the hours from `since` on; always one row.
--- Index: idx_usage_by_server_hour, idx_vpn_connections_active (all live rows). Locks: nothing.
SELECT COALESCE(SUM(h.sessions), 0)::BIGINT   AS sessions,
       COALESCE(SUM(h.bytes_in), 0)::BIGINT   AS bytes_in,
       COALESCE(SUM(h.bytes_out), 0)::BIGINT  AS bytes_out,
       COALESCE(SUM(h.seconds), 0)::BIGINT    AS duration_seconds
FROM (
    SELECT server_id, sessions, bytes_in, bytes_out, seconds
    FROM usage_by_server
    WHERE hour >= :since
    UNION ALL
    SELECT server_id,
           0::BIGINT,
           COALESCE(bytes_received, 0) - rolled_up_received,
           COALESCE(bytes_sent, 0) - rolled_up_sent,
           0::BIGINT
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
      AND hour_of_usage(COALESCE(usage_hour, connected_at)) >= :since
) h;

--! discrepancies report : Discrepancy
--- Where a roll-up differs from the sum of statistics, archive and live connections, in one snapshot (on a cluster in one of each
--- server), and by how much: too high or, negative, too low. No rows, unless rows were deleted or changed by hand. `roll_up` is usage_totals,
--- usage_by_server (username is then empty), or usage_hourly, which includes usage_daily. For an audit.
--- Index: none, it reads all statistics and the archive: not for a request path. Locks: nothing.
WITH stored AS (
    SELECT server_id,
           username,
           SUM(sessions)::BIGINT   AS sessions,
           SUM(bytes_in)::BIGINT   AS bytes_in,
           SUM(bytes_out)::BIGINT  AS bytes_out,
           SUM(seconds)::BIGINT    AS seconds
    FROM (
        SELECT server_id,
               username,
               1                              AS sessions,
               GREATEST(bytes_in, 0)          AS bytes_in,
               GREATEST(bytes_out, 0)         AS bytes_out,
               COALESCE(duration_seconds, 0)  AS seconds
        FROM vpn_statistics
        WHERE COALESCE(session_type, 'vpn') = 'vpn'
        UNION ALL
        SELECT server_id, username, 1, GREATEST(bytes_in, 0), GREATEST(bytes_out, 0), COALESCE(duration_seconds, 0)
        FROM vpn_statistics_archive
        WHERE COALESCE(session_type, 'vpn') = 'vpn'
        UNION ALL
        SELECT server_id, username, 0, rolled_up_received, rolled_up_sent, 0
        FROM vpn_connections
        WHERE status IN ('connecting', 'connected')
    ) s
    GROUP BY server_id, username
)
SELECT d.roll_up,
       d.server_id,
       d.username,
       SUM(d.sessions)::BIGINT   AS sessions,
       SUM(d.bytes_in)::BIGINT   AS bytes_in,
       SUM(d.bytes_out)::BIGINT  AS bytes_out,
       SUM(d.seconds)::BIGINT    AS duration_seconds
FROM (
    SELECT 'usage_totals' AS roll_up, server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM usage_totals
    UNION ALL
    SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM usage_hourly
    UNION ALL
    SELECT 'usage_hourly', server_id, username, sessions, bytes_in, bytes_out, seconds
    FROM usage_daily
    UNION ALL
    SELECT 'usage_by_server', server_id, '', sessions, bytes_in, bytes_out, seconds
    FROM usage_by_server
    UNION ALL
    -- Citus runs the statement as one per shard if each part has the server in the same place, equal types and no list of VALUES.
    SELECT s.roll_up,
           s.server_id,
           CASE s.roll_up WHEN 'usage_by_server' THEN '' ELSE s.username END,
           -s.sessions,
           -s.bytes_in,
           -s.bytes_out,
           -s.seconds
    FROM (
        SELECT UNNEST(ARRAY['usage_totals', 'usage_hourly', 'usage_by_server']) AS roll_up, stored.*
        FROM stored
    ) s
) d
GROUP BY d.roll_up, d.server_id, d.username
HAVING SUM(d.sessions) <> 0
    OR SUM(d.bytes_in) <> 0
    OR SUM(d.bytes_out) <> 0
    OR SUM(d.seconds) <> 0
ORDER BY d.roll_up, d.server_id, d.username;

--! mark
--- Marks this moment of a user and returns it: usage since then is exact to the byte. NULL or no row means that there is no such
--- account.
--- Index: idx_users_username, users_pkey, idx_usage_totals_user, idx_vpn_connections_live_user. Locks: the row of the account for the
--- foreign key, the new row.
SELECT usage_mark(u.id, NULL) AS marked_at
FROM users u
WHERE u.username = :username;

--! since_mark : MarkedUsage
--- What nodes have measured for a user since a moment that is marked, exact to the byte. No row means that it is not marked.
--- `bytes_in` and `bytes_out` are never NULL: usage_so_far counts what is missing as 0.
--- Index: idx_users_username, usage_marks_pkey, idx_usage_totals_user, idx_vpn_connections_live_user. Locks: nothing.
SELECT (s.bytes_in - m.bytes_in)   AS bytes_in,
       (s.bytes_out - m.bytes_out) AS bytes_out
FROM users u
JOIN usage_marks m ON m.user_id = u.id
CROSS JOIN LATERAL usage_so_far(u.username::TEXT) s
WHERE u.username = :username
  AND m.marked_at = :moment;

--! since_hour : UsageByHour
--- What nodes have measured for a user since the hour in which a moment is, or since its day if that is known by the day only: `since`
--- is the begin of the one that was counted from.
--- Index: idx_usage_hourly_user, idx_usage_daily_user, idx_vpn_connections_live_user. Locks: nothing.
WITH counted AS (
    SELECT h.server_id, h.hour AS began, h.bytes_in, h.bytes_out
    FROM v_usage_by_hour h
    WHERE h.username = :username
      AND h.hour >= hour_of_usage(:moment::TIMESTAMPTZ)
    UNION ALL
    SELECT d.server_id, d.day::TIMESTAMP AT TIME ZONE 'UTC', d.bytes_in, d.bytes_out
    FROM usage_daily d
    WHERE d.username = :username
      AND d.day >= (:moment AT TIME ZONE 'UTC')::DATE
)
SELECT LEAST(MIN(c.began), hour_of_usage(:moment))   AS since,
       COALESCE(SUM(c.bytes_in), 0)::BIGINT          AS bytes_in,
       COALESCE(SUM(c.bytes_out), 0)::BIGINT         AS bytes_out
FROM counted c;
