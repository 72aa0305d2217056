-- Written by the build step from the migrations: do not edit.
-- The schema of plans after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V91__add_plans
CREATE TABLE plans (
    id                  BIGSERIAL,
    name                VARCHAR(255) NOT NULL,
    max_devices         INTEGER,
    max_connections     INTEGER,
    max_bytes_per_day   BIGINT,
    max_bytes_per_month BIGINT,
    ends_over_quota     BOOLEAN NOT NULL DEFAULT TRUE,
    revision            BIGINT NOT NULL DEFAULT 1,
    created_at          TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_name_key UNIQUE (name),
    CONSTRAINT chk_plans_limits CHECK (max_devices >= 0 AND max_connections >= 0 AND max_bytes_per_day >= 0 AND max_bytes_per_month >= 0),
    CONSTRAINT chk_plans_times CHECK (is_calendar_time(created_at))
);
COMMENT ON COLUMN plans.max_devices IS 'Registered devices of a user, at most; NULL: no limit by the plan, as in the next three';
COMMENT ON COLUMN plans.max_bytes_per_day IS 'Received and sent, on a day of UTC';
COMMENT ON COLUMN plans.max_bytes_per_month IS 'Received and sent, in a calendar month of UTC';
COMMENT ON COLUMN plans.ends_over_quota IS 'TRUE: connections over quota end, and no new one opens; FALSE: their nodes are told';
COMMENT ON COLUMN plans.revision IS 'Rises with each change of the limits';

-- Created by V91__add_plans
CREATE TABLE plan_locations (
    plan_id     BIGINT NOT NULL,
    location_id INTEGER NOT NULL,
    CONSTRAINT plan_locations_pkey PRIMARY KEY (plan_id, location_id),
    CONSTRAINT fk_plan_locations_location_id FOREIGN KEY (location_id) REFERENCES server_locations (location_id),
    CONSTRAINT fk_plan_locations_plan_id FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE CASCADE
);
COMMENT ON TABLE plan_locations IS 'The locations that a plan allows; a plan without a row here allows all';

CREATE INDEX idx_plan_locations_location_id ON plan_locations (location_id);

-- Created by V92__add_user_plans
CREATE TABLE user_plans (
    id               BIGSERIAL,
    user_id          BIGINT NOT NULL,
    plan_id          BIGINT NOT NULL,
    assigned_at      TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    assigned_by      BIGINT,
    valid_days       INTEGER,
    starts_at        TIMESTAMPTZ,
    ends_at          TIMESTAMPTZ,
    ended_at         TIMESTAMPTZ,
    replaced_at      TIMESTAMPTZ,
    used_permille    INTEGER NOT NULL DEFAULT 0,
    resets_at        TIMESTAMPTZ,
    checked_revision BIGINT,
    CONSTRAINT user_plans_pkey PRIMARY KEY (id),
    CONSTRAINT chk_user_plans_end CHECK (ends_at >= starts_at),
    CONSTRAINT chk_user_plans_times CHECK (is_calendar_time(assigned_at) AND is_calendar_time(starts_at) AND is_calendar_time(ends_at) AND is_calendar_time(ended_at) AND is_calendar_time(replaced_at) AND is_calendar_time(resets_at)),
    CONSTRAINT chk_user_plans_used CHECK (used_permille BETWEEN 0 AND 1000),
    CONSTRAINT chk_user_plans_valid_days CHECK (valid_days BETWEEN 1 AND 36500),
    CONSTRAINT fk_user_plans_plan_id FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT fk_user_plans_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITH (fillfactor = 80);
COMMENT ON COLUMN user_plans.assigned_by IS 'The id of the account that assigned it; NULL: the service did. No foreign key: it stays when that account is deleted';
COMMENT ON COLUMN user_plans.valid_days IS 'Days of 24 hours from starts_at to ends_at; NULL: the end is given, or there is none';
COMMENT ON COLUMN user_plans.starts_at IS 'NULL until the first connection, if the plan starts with it';
COMMENT ON COLUMN user_plans.ended_at IS 'The value of ends_at that has taken effect: the connections are ended';
COMMENT ON COLUMN user_plans.replaced_at IS 'When another plan took its place, or it was taken away; NULL: the plan of the user';
COMMENT ON COLUMN user_plans.used_permille IS 'With the next: the share of the quota that was used at the last check, until resets_at';
COMMENT ON COLUMN user_plans.checked_revision IS 'plans.revision at the last check';

CREATE UNIQUE INDEX idx_user_plans_current ON user_plans (user_id) WHERE replaced_at IS NULL;

-- For plans that end: soon, in pages, and now.
CREATE INDEX idx_user_plans_ends_at ON user_plans (ends_at, id) WHERE replaced_at IS NULL AND ended_at IS NULL;

CREATE INDEX idx_user_plans_plan_id ON user_plans (plan_id);

-- For quotas that run out soon, in pages. By id, because the share changes from page to page.
CREATE INDEX idx_user_plans_used ON user_plans (id) WHERE replaced_at IS NULL AND used_permille >= 500;

CREATE INDEX idx_user_plans_user_history ON user_plans (user_id, id DESC);

-- V122__count_usage_in_one_snapshot
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
ALTER FUNCTION quota_of_user SET search_path TO 'public', 'pg_temp';

-- V115__check_quotas_in_steps
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
ALTER FUNCTION quota_check SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_create SET search_path TO 'public', 'pg_temp';

-- V115__check_quotas_in_steps
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
ALTER FUNCTION plan_update SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_allows_location SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_admits SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_start SET search_path TO 'public', 'pg_temp';

-- V115__check_quotas_in_steps
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
ALTER FUNCTION plan_applies SET search_path TO 'public', 'pg_temp';

-- V115__check_quotas_in_steps
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
ALTER FUNCTION plan_assign SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_cancel SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION plan_unassign SET search_path TO 'public', 'pg_temp';

-- V98__assign_plans
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
ALTER FUNCTION expire_plans SET search_path TO 'public', 'pg_temp';
