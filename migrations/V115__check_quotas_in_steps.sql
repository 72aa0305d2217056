-- Checks of quotas and changes of plans select connections by the names of their users, lock, and change.
--
-- Why: one form for a database on one server and for one that is distributed: see docs/distribution.md. No statement
-- joins connections with accounts.
-- Locks: creates functions only.

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
    asked     RECORD;
    account   RECORD;
    plan      RECORD;
    quota     RECORD;
    live      BIGINT[];
    over_told BIGINT[] := '{}';
    over_ends TEXT[] := '{}';
BEGIN
    SELECT COALESCE(ARRAY_AGG(c.id), '{}')             AS ids,
           COALESCE(ARRAY_AGG(c.username::TEXT), '{}') AS usernames
    INTO asked
    FROM vpn_connections c
    WHERE c.id = ANY (quota_check.ids)
      AND c.server_id = quota_check.server_id
      AND c.status IN ('connecting', 'connected');
    known := ARRAY(
        SELECT c.id
        FROM UNNEST(asked.ids, asked.usernames) AS c (id, username)
        JOIN users u ON u.username = c.username
        JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
        JOIN plans p ON p.id = a.plan_id
        WHERE NOT p.ends_over_quota
          AND a.used_permille = 1000
          AND a.resets_at > CLOCK_TIMESTAMP()
          AND a.checked_revision = p.revision
    );
    user_ids := ARRAY(
        SELECT u.id
        FROM users u
        WHERE u.username IN (
            SELECT c.username
            FROM UNNEST(asked.ids, asked.usernames) AS c (id, username)
            WHERE c.id <> ALL (known)
        )
        ORDER BY u.id
        FOR NO KEY UPDATE
    );
    -- All of them before the first sum, so that no report of theirs is counted during it.
    over_ends := ARRAY(SELECT u.username::TEXT FROM users u WHERE u.id = ANY (user_ids));
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = ANY (over_ends)
      AND c.status IN ('connecting', 'connected');
    PERFORM connection_lock(COALESCE(live, '{}'));
    over_ends := '{}';
    FOR account IN SELECT u.id, u.username FROM users u WHERE u.id = ANY (user_ids) LOOP
        SELECT COALESCE(ARRAY_AGG(c.id), '{}') INTO live
        FROM vpn_connections c
        WHERE c.username = account.username
          AND c.status IN ('connecting', 'connected');
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

-- Replaces name, limits and locations of a plan, as plan_create takes them. FALSE: there is no such plan. Quotas hold for live
-- connections from their next heartbeat on, the other limits when a device is registered or a connection is opened.
-- Locks: the plan (NO KEY UPDATE), then the live connections of all of its users in id order.
CREATE OR REPLACE FUNCTION plan_update(
    plan BIGINT, name TEXT, max_devices INTEGER, max_connections INTEGER, max_bytes_per_day BIGINT, max_bytes_per_month BIGINT,
    ends_over_quota BOOLEAN, locations INTEGER[]
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    holders TEXT[];
    live    BIGINT[];
BEGIN
    UPDATE plans p
    SET name                = plan_update.name,
        max_devices         = plan_update.max_devices,
        max_connections     = plan_update.max_connections,
        max_bytes_per_day   = plan_update.max_bytes_per_day,
        max_bytes_per_month = plan_update.max_bytes_per_month,
        ends_over_quota     = plan_update.ends_over_quota,
        revision            = p.revision + 1
    WHERE p.id = plan;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    DELETE FROM plan_locations l WHERE l.plan_id = plan AND l.location_id <> ALL (COALESCE(locations, '{}'));
    INSERT INTO plan_locations (plan_id, location_id)
    SELECT DISTINCT plan, l.id
    FROM UNNEST(locations) AS l (id)
    ON CONFLICT ON CONSTRAINT plan_locations_pkey DO NOTHING;
    -- Connections that are opened or checked meanwhile have 0, or wait for these locks.
    SELECT ARRAY_AGG(u.username::TEXT) INTO holders
    FROM user_plans a
    JOIN users u ON u.id = a.user_id
    WHERE a.plan_id = plan
      AND a.replaced_at IS NULL;
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = ANY (holders)
      AND c.status IN ('connecting', 'connected');
    IF live IS NOT NULL THEN
        PERFORM connection_lock(live);
        UPDATE vpn_connections c SET bytes_granted = 0 WHERE c.id = ANY (live);
    END IF;
    RETURN TRUE;
END
$$;

-- Lets what is in user_plans hold for the live connections of a user: their quota is checked at the next heartbeat, and they end when the
-- plan does. Lock the account before.
-- Locks: the live connections in id order.
CREATE OR REPLACE FUNCTION plan_applies(account BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    holder RECORD;
    live   BIGINT[];
BEGIN
    SELECT u.username,
           LEAST(u.expires_at, a.ends_at)            AS ends_at,
           CASE WHEN a.id IS NOT NULL THEN 0 END     AS bytes_granted
    INTO holder
    FROM users u
    LEFT JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
    WHERE u.id = account;
    SELECT ARRAY_AGG(c.id) INTO live
    FROM vpn_connections c
    WHERE c.username = holder.username
      AND c.status IN ('connecting', 'connected');
    IF live IS NOT NULL THEN
        PERFORM connection_lock(live);
        UPDATE vpn_connections c
        SET bytes_granted      = holder.bytes_granted,
            account_expires_at = holder.ends_at
        WHERE c.id = ANY (live);
    END IF;
END
$$;

-- Gives a user a plan, in place of the one that they have.
--   at_first_connection  TRUE: it starts with the next connection, or now if there is a live one; FALSE: now
--   days, until          how long it holds: days of 24 hours from its start, or to a moment; both NULL: without an end
--   assigned_by          the id of the account that assigns it; NULL: the service does
-- Returns one row. outcome:
--   assigned    user_plan_id is set, starts_at and ends_at as far as they are known
--   no_account  there is no such account
--   no_plan     there is no such plan
--   over        `until` has passed
-- All but assigned have changed nothing. Usage of the day and of the month counts from their begin, whatever the user had before.
-- Locks: the account (NO KEY UPDATE), its live connections in id order.
CREATE OR REPLACE FUNCTION plan_assign(
    of_user TEXT, plan BIGINT, at_first_connection BOOLEAN, days INTEGER, until TIMESTAMPTZ, assigned_by BIGINT
) RETURNS TABLE (outcome TEXT, user_plan_id BIGINT, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    account RECORD;
    at      TIMESTAMPTZ;
    live    BIGINT;
BEGIN
    SELECT u.id, u.has_plan INTO account FROM users u WHERE u.username = of_user FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'no_account';
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM FROM plans p WHERE p.id = plan;
    IF NOT FOUND THEN
        outcome := 'no_plan';
        RETURN NEXT;
        RETURN;
    END IF;
    at := CLOCK_TIMESTAMP();
    IF until <= at THEN
        outcome := 'over';
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE user_plans a
    SET replaced_at = at
    WHERE a.user_id = account.id
      AND a.replaced_at IS NULL;
    INSERT INTO user_plans AS a (user_id, plan_id, assigned_at, assigned_by, valid_days, ends_at)
    VALUES (account.id, plan, at, plan_assign.assigned_by, CASE WHEN until IS NULL THEN days END, until)
    RETURNING a.id, a.ends_at INTO user_plan_id, ends_at;
    IF NOT account.has_plan THEN
        UPDATE users u SET has_plan = TRUE WHERE u.id = account.id;
    END IF;
    SELECT c.id INTO live
    FROM vpn_connections c
    WHERE c.username = of_user
      AND c.status IN ('connecting', 'connected')
    LIMIT 1;
    IF NOT at_first_connection OR live IS NOT NULL THEN
        starts_at := at;
        ends_at := plan_start(account.id, at);
    END IF;
    PERFORM plan_applies(account.id);
    outcome := 'assigned';
    RETURN NEXT;
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
          AND proname IN ('quota_check', 'plan_update', 'plan_applies', 'plan_assign')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
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

-- Replaces name, limits and locations of a plan, as plan_create takes them. FALSE: there is no such plan. Quotas hold for live
-- connections from their next heartbeat on, the other limits when a device is registered or a connection is opened.
-- Locks: the plan (NO KEY UPDATE), then the live connections of all of its users in id order.
CREATE OR REPLACE FUNCTION plan_update(
    plan BIGINT, name TEXT, max_devices INTEGER, max_connections INTEGER, max_bytes_per_day BIGINT, max_bytes_per_month BIGINT,
    ends_over_quota BOOLEAN, locations INTEGER[]
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE plans p
    SET name                = plan_update.name,
        max_devices         = plan_update.max_devices,
        max_connections     = plan_update.max_connections,
        max_bytes_per_day   = plan_update.max_bytes_per_day,
        max_bytes_per_month = plan_update.max_bytes_per_month,
        ends_over_quota     = plan_update.ends_over_quota,
        revision            = p.revision + 1
    WHERE p.id = plan;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    DELETE FROM plan_locations l WHERE l.plan_id = plan AND l.location_id <> ALL (COALESCE(locations, '{}'));
    INSERT INTO plan_locations (plan_id, location_id)
    SELECT DISTINCT plan, l.id
    FROM UNNEST(locations) AS l (id)
    ON CONFLICT ON CONSTRAINT plan_locations_pkey DO NOTHING;
    -- Connections that are opened or checked meanwhile have 0, or wait for these locks.
    UPDATE vpn_connections c
    SET bytes_granted = 0
    WHERE c.id IN (
        SELECT l.id
        FROM user_plans a
        JOIN users u ON u.id = a.user_id
        JOIN vpn_connections l ON l.username = u.username
        WHERE a.plan_id = plan
          AND a.replaced_at IS NULL
          AND l.status IN ('connecting', 'connected')
        ORDER BY l.id
        FOR NO KEY UPDATE OF l
    );
    RETURN TRUE;
END
$$;

-- Lets what is in user_plans hold for the live connections of a user: their quota is checked at the next heartbeat, and they end when the
-- plan does. Lock the account before.
-- Locks: the live connections in id order.
CREATE OR REPLACE FUNCTION plan_applies(account BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    holder RECORD;
BEGIN
    SELECT u.username,
           LEAST(u.expires_at, a.ends_at)            AS ends_at,
           CASE WHEN a.id IS NOT NULL THEN 0 END     AS bytes_granted
    INTO holder
    FROM users u
    LEFT JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
    WHERE u.id = account;
    UPDATE vpn_connections c
    SET bytes_granted      = holder.bytes_granted,
        account_expires_at = holder.ends_at
    WHERE c.id IN (
        SELECT l.id
        FROM vpn_connections l
        WHERE l.username = holder.username
          AND l.status IN ('connecting', 'connected')
        ORDER BY l.id
        FOR NO KEY UPDATE
    );
END
$$;

-- Gives a user a plan, in place of the one that they have.
--   at_first_connection  TRUE: it starts with the next connection, or now if there is a live one; FALSE: now
--   days, until          how long it holds: days of 24 hours from its start, or to a moment; both NULL: without an end
--   assigned_by          the id of the account that assigns it; NULL: the service does
-- Returns one row. outcome:
--   assigned    user_plan_id is set, starts_at and ends_at as far as they are known
--   no_account  there is no such account
--   no_plan     there is no such plan
--   over        `until` has passed
-- All but assigned have changed nothing. Usage of the day and of the month counts from their begin, whatever the user had before.
-- Locks: the account (NO KEY UPDATE), its live connections in id order.
CREATE OR REPLACE FUNCTION plan_assign(
    of_user TEXT, plan BIGINT, at_first_connection BOOLEAN, days INTEGER, until TIMESTAMPTZ, assigned_by BIGINT
) RETURNS TABLE (outcome TEXT, user_plan_id BIGINT, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    account RECORD;
    at      TIMESTAMPTZ;
BEGIN
    SELECT u.id, u.has_plan INTO account FROM users u WHERE u.username = of_user FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'no_account';
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM FROM plans p WHERE p.id = plan;
    IF NOT FOUND THEN
        outcome := 'no_plan';
        RETURN NEXT;
        RETURN;
    END IF;
    at := CLOCK_TIMESTAMP();
    IF until <= at THEN
        outcome := 'over';
        RETURN NEXT;
        RETURN;
    END IF;
    UPDATE user_plans a
    SET replaced_at = at
    WHERE a.user_id = account.id
      AND a.replaced_at IS NULL;
    INSERT INTO user_plans AS a (user_id, plan_id, assigned_at, assigned_by, valid_days, ends_at)
    VALUES (account.id, plan, at, plan_assign.assigned_by, CASE WHEN until IS NULL THEN days END, until)
    RETURNING a.id, a.ends_at INTO user_plan_id, ends_at;
    IF NOT account.has_plan THEN
        UPDATE users u SET has_plan = TRUE WHERE u.id = account.id;
    END IF;
    IF NOT at_first_connection OR EXISTS (
        SELECT
        FROM vpn_connections c
        WHERE c.username = of_user
          AND c.status IN ('connecting', 'connected')
    ) THEN
        starts_at := at;
        ends_at := plan_start(account.id, at);
    END IF;
    PERFORM plan_applies(account.id);
    outcome := 'assigned';
    RETURN NEXT;
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
          AND proname IN ('quota_check', 'plan_update', 'plan_applies', 'plan_assign')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;
*/
