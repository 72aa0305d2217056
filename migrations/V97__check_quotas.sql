-- Usage is checked against the quota of a plan, exactly, without a sum for each heartbeat.
--
-- Why: each live connection is granted a part of what is left. As long as it stays below that, no sum is needed: what all of them
-- may count together is never more than what is left.
-- Locks: creates functions only.

-- The quotas of a user at a moment, one row per limit that the plan has: what it allows in the day or month (UTC) of that moment,
-- what was used since its begin, and when it ends. No row: the user has no plan, or one without quota. Bytes count in the hour of
-- their report. A day that is no longer known by hours counts as well.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION quota_of_user(account BIGINT, at TIMESTAMPTZ)
RETURNS TABLE (period TEXT, max_bytes BIGINT, used_bytes BIGINT, resets_at TIMESTAMPTZ)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    plan  RECORD;
    day   TIMESTAMPTZ := DATE_TRUNC('day', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    month TIMESTAMPTZ := DATE_TRUNC('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    began TIMESTAMPTZ;
    used  RECORD;
BEGIN
    SELECT u.username, p.max_bytes_per_day, p.max_bytes_per_month INTO plan
    FROM users u
    JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
    JOIN plans p ON p.id = a.plan_id
    WHERE u.id = account
      AND (p.max_bytes_per_day IS NOT NULL OR p.max_bytes_per_month IS NOT NULL);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    began := CASE WHEN plan.max_bytes_per_month IS NULL THEN day ELSE month END;
    SELECT COALESCE(SUM(b.bytes) FILTER (WHERE b.hour >= day), 0)::BIGINT AS of_day,
           COALESCE(SUM(b.bytes), 0)::BIGINT                              AS of_month
    INTO used
    FROM (
        SELECT h.hour,
               h.bytes_in + h.bytes_out AS bytes
        FROM v_usage_by_hour h
        WHERE h.username = plan.username
          AND h.hour >= began
        UNION ALL
        SELECT d.day::TIMESTAMP AT TIME ZONE 'UTC',
               d.bytes_in + d.bytes_out
        FROM usage_daily d
        WHERE d.username = plan.username
          AND d.day >= (began AT TIME ZONE 'UTC')::DATE
    ) b;
    IF plan.max_bytes_per_day IS NOT NULL THEN
        period := 'day';
        max_bytes := plan.max_bytes_per_day;
        used_bytes := used.of_day;
        resets_at := (day AT TIME ZONE 'UTC' + INTERVAL '1 day') AT TIME ZONE 'UTC';
        RETURN NEXT;
    END IF;
    IF plan.max_bytes_per_month IS NOT NULL THEN
        period := 'month';
        max_bytes := plan.max_bytes_per_month;
        used_bytes := used.of_month;
        resets_at := (month AT TIME ZONE 'UTC' + INTERVAL '1 month') AT TIME ZONE 'UTC';
        RETURN NEXT;
    END IF;
END
$$;

-- Checks the quotas of the users of live connections `ids` of a server, for which a heartbeat has returned the reason over_quota.
-- Makes the exact sum of each user, and
--   grants the live connections of a user what is left, in equal parts, but each at most a twentieth of the quota at a time
--   ends all of them, on all servers, for the reason over_quota, if nothing is left and the plan ends them
-- Returns those of the connections whose users have nothing left; is_ended says whether they were ended. A user whose plan does not
-- end connections and who had nothing left at the last check is not added up again before the quota resets.
-- Call it in no transaction that has sent a heartbeat: to wait for the locks of both could be a deadlock. Above READ COMMITTED a
-- change of one of the connections meanwhile is an error 40001.
-- Locks: the users in id order (NO KEY UPDATE), their live connections in id order, then as connection_end_of_users.
CREATE OR REPLACE FUNCTION quota_check(server_id TEXT, ids BIGINT[])
RETURNS TABLE (connection_id BIGINT, is_ended BOOLEAN)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    known     BIGINT[];
    user_ids  BIGINT[];
    account   RECORD;
    plan      RECORD;
    quota     RECORD;
    live      BIGINT[];
    over_told BIGINT[] := '{}';
    over_ends TEXT[] := '{}';
BEGIN
    known := ARRAY(
        SELECT c.id
        FROM vpn_connections c
        JOIN users u ON u.username = c.username
        JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
        JOIN plans p ON p.id = a.plan_id
        WHERE c.id = ANY (quota_check.ids)
          AND c.server_id = quota_check.server_id
          AND c.status IN ('connecting', 'connected')
          AND NOT p.ends_over_quota
          AND a.used_permille = 1000
          AND a.resets_at > CLOCK_TIMESTAMP()
          AND a.checked_revision = p.revision
    );
    user_ids := ARRAY(
        SELECT u.id
        FROM users u
        WHERE u.username IN (
            SELECT c.username
            FROM vpn_connections c
            WHERE c.id = ANY (quota_check.ids)
              AND c.id <> ALL (known)
              AND c.server_id = quota_check.server_id
              AND c.status IN ('connecting', 'connected')
        )
        ORDER BY u.id
        FOR NO KEY UPDATE
    );
    -- All of them before the first sum, so that no report of theirs is counted during it.
    PERFORM FROM vpn_connections c
    WHERE c.username IN (SELECT u.username FROM users u WHERE u.id = ANY (user_ids))
      AND c.status IN ('connecting', 'connected')
    ORDER BY c.id
    FOR NO KEY UPDATE;
    FOR account IN SELECT u.id, u.username FROM users u WHERE u.id = ANY (user_ids) LOOP
        live := ARRAY(
            SELECT c.id
            FROM vpn_connections c
            WHERE c.username = account.username
              AND c.status IN ('connecting', 'connected')
        );
        SELECT a.id, p.revision, p.ends_over_quota INTO plan
        FROM user_plans a
        JOIN plans p ON p.id = a.plan_id
        WHERE a.user_id = account.id
          AND a.replaced_at IS NULL;
        SELECT MIN(GREATEST(q.max_bytes - q.used_bytes, 0))                                     AS remaining,
               GREATEST(MIN(q.max_bytes) / 20, 1)                                               AS max_grant,
               MAX(s.permille)                                                                  AS permille,
               (ARRAY_AGG(q.resets_at ORDER BY s.permille DESC, q.resets_at DESC))[1]           AS resets_at
        INTO quota
        FROM quota_of_user(account.id, CLOCK_TIMESTAMP()) q
        CROSS JOIN LATERAL (
            SELECT CASE
                       WHEN q.used_bytes >= q.max_bytes THEN 1000
                       ELSE LEAST(FLOOR(q.used_bytes::DOUBLE PRECISION / q.max_bytes * 1000), 999)
                   END::INTEGER AS permille
        ) s;
        UPDATE vpn_connections c
        SET bytes_granted = CASE
                                WHEN quota.remaining IS NOT NULL THEN
                                    COALESCE(c.bytes_received, 0) + COALESCE(c.bytes_sent, 0)
                                        + LEAST(quota.remaining / GREATEST(CARDINALITY(live), 1), quota.max_grant)
                            END
        WHERE c.id = ANY (live);
        UPDATE user_plans a
        SET used_permille    = COALESCE(quota.permille, 0),
            resets_at        = quota.resets_at,
            checked_revision = plan.revision
        WHERE a.id = plan.id
          AND (a.used_permille, a.resets_at, a.checked_revision)
              IS DISTINCT FROM (COALESCE(quota.permille, 0), quota.resets_at, plan.revision);
        IF quota.remaining = 0 AND plan.ends_over_quota THEN
            over_ends := ARRAY_APPEND(over_ends, account.username::TEXT);
        ELSIF quota.remaining = 0 THEN
            over_told := over_told || live;
        END IF;
    END LOOP;
    RETURN QUERY
    SELECT c.id,
           c.username = ANY (over_ends)
    FROM vpn_connections c
    WHERE c.id = ANY (quota_check.ids)
      AND c.server_id = quota_check.server_id
      AND c.status IN ('connecting', 'connected')
      AND (c.id = ANY (known) OR c.id = ANY (over_told) OR c.username = ANY (over_ends));
    IF CARDINALITY(over_ends) > 0 THEN
        PERFORM connection_end_of_users(over_ends, NULL, 'over_quota', FALSE);
    END IF;
END
$$;

-- As V28 does.
DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN ('quota_of_user', 'quota_check')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS quota_check(TEXT, BIGINT[]);
DROP FUNCTION IF EXISTS quota_of_user(BIGINT, TIMESTAMPTZ);
*/
