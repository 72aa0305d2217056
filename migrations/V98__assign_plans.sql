-- Plans are made, changed, assigned, started, cancelled and expire by functions.
--
-- Why: each of these changes several rows, which concurrent openings and heartbeats read.
-- Locks: creates functions only.

-- Makes a plan and returns its id. locations: those that it allows; NULL or empty: all. A name that is taken is a unique violation
-- (plans_name_key), a location that does not exist a violation of fk_plan_locations_location_id.
-- Locks: the new rows.
CREATE OR REPLACE FUNCTION plan_create(
    name TEXT, max_devices INTEGER, max_connections INTEGER, max_bytes_per_day BIGINT, max_bytes_per_month BIGINT,
    ends_over_quota BOOLEAN, locations INTEGER[]
) RETURNS BIGINT LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    created BIGINT;
BEGIN
    INSERT INTO plans (name, max_devices, max_connections, max_bytes_per_day, max_bytes_per_month, ends_over_quota)
    VALUES (plan_create.name, plan_create.max_devices, plan_create.max_connections, plan_create.max_bytes_per_day,
            plan_create.max_bytes_per_month, plan_create.ends_over_quota)
    RETURNING id INTO created;
    INSERT INTO plan_locations (plan_id, location_id)
    SELECT DISTINCT created, l.id
    FROM UNNEST(locations) AS l (id);
    RETURN created;
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

-- Whether a plan (NULL: none) allows a location. A server without a location is allowed by plans that allow all.
-- Locks: nothing.
CREATE OR REPLACE FUNCTION plan_allows_location(plan BIGINT, location INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN plan IS NULL
        OR NOT EXISTS (SELECT FROM plan_locations l WHERE l.plan_id = plan)
        OR EXISTS (SELECT FROM plan_locations l WHERE l.plan_id = plan AND l.location_id = location);
END
$$;

-- What the plan of a user says to a connection on a server: max_connections, and refusal, NULL if it may be opened:
--   plan_ended            the plan is over
--   location_not_allowed  the plan has locations, and that of the server is not among them
--   over_quota            the quota is used up, and the plan ends connections then
-- One row; of a user without a plan it is NULL.
-- Locks: nothing. Lock the account before, so that the plan does not change.
CREATE OR REPLACE FUNCTION plan_admits(account BIGINT, server_id TEXT)
RETURNS TABLE (refusal TEXT, max_connections INTEGER) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    at   TIMESTAMPTZ := CLOCK_TIMESTAMP();
    plan RECORD;
BEGIN
    SELECT p.id, p.max_connections, p.ends_over_quota, a.ends_at INTO plan
    FROM user_plans a
    JOIN plans p ON p.id = a.plan_id
    WHERE a.user_id = account
      AND a.replaced_at IS NULL;
    max_connections := plan.max_connections;
    refusal := CASE
                   WHEN plan.ends_at <= at THEN 'plan_ended'
                   WHEN NOT plan_allows_location(
                       plan.id, (SELECT s.location_id FROM servers s WHERE s.name = plan_admits.server_id)
                   ) THEN 'location_not_allowed'
                   WHEN plan.ends_over_quota
                       AND EXISTS (SELECT FROM quota_of_user(account, at) q WHERE q.used_bytes >= q.max_bytes) THEN 'over_quota'
               END;
    RETURN NEXT;
END
$$;

-- Starts the plan of a user if it waits for the first connection, and returns when it ends, or NULL. Lock the account before, so that
-- two openings start it once.
-- Locks: the row of user_plans.
CREATE OR REPLACE FUNCTION plan_start(account BIGINT, at TIMESTAMPTZ) RETURNS TIMESTAMPTZ LANGUAGE plpgsql AS $$
DECLARE
    plan RECORD;
BEGIN
    SELECT a.id, a.starts_at, a.ends_at INTO plan
    FROM user_plans a
    WHERE a.user_id = account
      AND a.replaced_at IS NULL;
    IF plan.id IS NOT NULL AND plan.starts_at IS NULL THEN
        PERFORM usage_mark(account, at);
        UPDATE user_plans a
        SET starts_at = LEAST(at, a.ends_at),
            ends_at   = COALESCE(a.ends_at, at + MAKE_INTERVAL(hours => 24 * a.valid_days))
        WHERE a.id = plan.id
        RETURNING a.ends_at INTO plan.ends_at;
    END IF;
    RETURN plan.ends_at;
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

-- Ends the plan of a user now, with the connections, for the reason plan_ended: no connection opens until another plan is assigned.
-- FALSE: there is no such account, or it has no plan, or the plan is over.
-- Locks: the account (NO KEY UPDATE), then as connection_end_of_users.
CREATE OR REPLACE FUNCTION plan_cancel(of_user TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    account BIGINT;
    at      TIMESTAMPTZ;
BEGIN
    SELECT u.id INTO account FROM users u WHERE u.username = of_user FOR NO KEY UPDATE;
    at := CLOCK_TIMESTAMP();
    UPDATE user_plans a
    SET starts_at = LEAST(a.starts_at, at),
        ends_at   = at,
        ended_at  = at
    WHERE a.user_id = account
      AND a.replaced_at IS NULL
      AND COALESCE(a.ends_at > at, TRUE);
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM connection_end_of_users(ARRAY[of_user], NULL, 'plan_ended', FALSE);
    RETURN TRUE;
END
$$;

-- Takes the plan of a user away: the limits of the account and of the policy alone hold. FALSE: there is no such account, or it has no plan.
-- Locks: the account (NO KEY UPDATE), its live connections in id order.
CREATE OR REPLACE FUNCTION plan_unassign(of_user TEXT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    account BIGINT;
BEGIN
    SELECT u.id INTO account FROM users u WHERE u.username = of_user FOR NO KEY UPDATE;
    UPDATE user_plans a
    SET replaced_at = CLOCK_TIMESTAMP()
    WHERE a.user_id = account
      AND a.replaced_at IS NULL;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    UPDATE users u SET has_plan = FALSE WHERE u.id = account;
    PERFORM plan_applies(account);
    RETURN TRUE;
END
$$;

-- Lets the end of up to batch plans take effect, the earliest first: ends the connections of their users as of the last report. Returns
-- how many; fewer than batch means that there are no more. Plans of accounts that another transaction holds are skipped. Sessions stay.
-- Locks: the accounts, then their connections as connection_end_of_users.
CREATE OR REPLACE FUNCTION expire_plans(batch BIGINT) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    due       RECORD;
    usernames TEXT[];
BEGIN
    SELECT ARRAY_AGG(d.user_id) AS user_ids INTO due
    FROM (
        SELECT a.user_id
        FROM user_plans a
        JOIN users u ON u.id = a.user_id
        WHERE a.replaced_at IS NULL
          AND a.ended_at IS NULL
          -- Stable, so that the index ends the search.
          AND a.ends_at <= STATEMENT_TIMESTAMP()
        ORDER BY a.ends_at, a.id
        LIMIT batch
        FOR NO KEY UPDATE OF u SKIP LOCKED
    ) d;
    IF due.user_ids IS NULL THEN
        RETURN 0;
    END IF;
    -- Again, because a plan can have been replaced before its account was locked.
    WITH ended AS (
        UPDATE user_plans a
        SET ended_at = a.ends_at
        WHERE a.user_id = ANY (due.user_ids)
          AND a.replaced_at IS NULL
          AND a.ended_at IS NULL
          AND a.ends_at <= STATEMENT_TIMESTAMP()
        RETURNING a.user_id
    )
    SELECT ARRAY_AGG(u.username::TEXT) INTO usernames
    FROM ended e
    JOIN users u ON u.id = e.user_id;
    IF usernames IS NOT NULL THEN
        PERFORM connection_end_of_users(usernames, NULL, 'plan_ended', TRUE);
    END IF;
    RETURN CARDINALITY(due.user_ids);
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
          AND proname IN ('plan_create', 'plan_update', 'plan_allows_location', 'plan_admits', 'plan_start', 'plan_applies', 'plan_assign', 'plan_cancel', 'plan_unassign', 'expire_plans')
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP FUNCTION IF EXISTS expire_plans(BIGINT);
DROP FUNCTION IF EXISTS plan_unassign(TEXT);
DROP FUNCTION IF EXISTS plan_cancel(TEXT);
DROP FUNCTION IF EXISTS plan_assign(TEXT, BIGINT, BOOLEAN, INTEGER, TIMESTAMPTZ, BIGINT);
DROP FUNCTION IF EXISTS plan_applies(BIGINT);
DROP FUNCTION IF EXISTS plan_start(BIGINT, TIMESTAMPTZ);
DROP FUNCTION IF EXISTS plan_admits(BIGINT, TEXT);
DROP FUNCTION IF EXISTS plan_allows_location(BIGINT, INTEGER);
DROP FUNCTION IF EXISTS plan_update(BIGINT, TEXT, INTEGER, INTEGER, BIGINT, BIGINT, BOOLEAN, INTEGER[]);
DROP FUNCTION IF EXISTS plan_create(TEXT, INTEGER, INTEGER, BIGINT, BIGINT, BOOLEAN, INTEGER[]);
*/
