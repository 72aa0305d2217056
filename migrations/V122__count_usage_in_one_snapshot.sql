-- What a user has used is counted in one statement per shard of a distributed database.
--
-- Why: Citus sends a UNION ALL to the shards if each part has the server. Otherwise it reads one part after the other, so that a
-- session that ends in between was in neither or in both: a mark of usage, or a quota, was wrong by its bytes. On one server nothing
-- differs.
-- Locks: creates functions only.

-- What a user has used over all time, as bytes received and sent.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION usage_so_far(of_user TEXT) RETURNS TABLE (bytes_in BIGINT, bytes_out BIGINT)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT COALESCE(SUM(s.bytes_in), 0)::BIGINT,
           COALESCE(SUM(s.bytes_out), 0)::BIGINT
    FROM (
        SELECT t.server_id, t.bytes_in, t.bytes_out
        FROM usage_totals t
        WHERE t.username = of_user
        UNION ALL
        SELECT c.server_id,
               COALESCE(c.bytes_received, 0) - c.rolled_up_received,
               COALESCE(c.bytes_sent, 0) - c.rolled_up_sent
        FROM vpn_connections c
        WHERE c.username = of_user
          AND c.status IN ('connecting', 'connected')
    ) s;
END
$$;

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
        SELECT h.server_id,
               h.hour,
               h.bytes_in + h.bytes_out AS bytes
        FROM v_usage_by_hour h
        WHERE h.username = plan.username
          AND h.hour >= began
        UNION ALL
        SELECT d.server_id,
               d.day::TIMESTAMP AT TIME ZONE 'UTC',
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
          AND proname IN ('usage_so_far', 'quota_of_user')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
CREATE OR REPLACE FUNCTION usage_so_far(of_user TEXT) RETURNS TABLE (bytes_in BIGINT, bytes_out BIGINT)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT COALESCE(SUM(s.bytes_in), 0)::BIGINT,
           COALESCE(SUM(s.bytes_out), 0)::BIGINT
    FROM (
        SELECT t.bytes_in, t.bytes_out
        FROM usage_totals t
        WHERE t.username = of_user
        UNION ALL
        SELECT COALESCE(c.bytes_received, 0) - c.rolled_up_received,
               COALESCE(c.bytes_sent, 0) - c.rolled_up_sent
        FROM vpn_connections c
        WHERE c.username = of_user
          AND c.status IN ('connecting', 'connected')
    ) s;
END
$$;

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
          AND proname IN ('usage_so_far', 'quota_of_user')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
