-- A user has at most one plan at a time, with a start, an end and a history.
--
-- Why: a plan can start with the first connection, and what somebody had before must stay known.
-- Locks: creates a table; SHARE ROW EXCLUSIVE on users and plans for foreign keys.

CREATE TABLE IF NOT EXISTS user_plans (
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
    CONSTRAINT fk_user_plans_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_user_plans_plan_id FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT chk_user_plans_valid_days CHECK (valid_days BETWEEN 1 AND 36500),
    CONSTRAINT chk_user_plans_end CHECK (ends_at >= starts_at),
    CONSTRAINT chk_user_plans_used CHECK (used_permille BETWEEN 0 AND 1000),
    CONSTRAINT chk_user_plans_times CHECK (
        is_calendar_time(assigned_at) AND is_calendar_time(starts_at) AND is_calendar_time(ends_at)
        AND is_calendar_time(ended_at) AND is_calendar_time(replaced_at) AND is_calendar_time(resets_at)
    )
) WITH (fillfactor = 80);
COMMENT ON COLUMN user_plans.assigned_by IS 'The id of the account that assigned it; NULL: the service did. No foreign key: it stays when that account is deleted';
COMMENT ON COLUMN user_plans.valid_days IS 'Days of 24 hours from starts_at to ends_at; NULL: the end is given, or there is none';
COMMENT ON COLUMN user_plans.starts_at IS 'NULL until the first connection, if the plan starts with it';
COMMENT ON COLUMN user_plans.ended_at IS 'The value of ends_at that has taken effect: the connections are ended';
COMMENT ON COLUMN user_plans.replaced_at IS 'When another plan took its place, or it was taken away; NULL: the plan of the user';
COMMENT ON COLUMN user_plans.used_permille IS 'With the next: the share of the quota that was used at the last check, until resets_at';
COMMENT ON COLUMN user_plans.checked_revision IS 'plans.revision at the last check';

CREATE UNIQUE INDEX IF NOT EXISTS idx_user_plans_current ON user_plans (user_id) WHERE replaced_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_user_plans_user_history ON user_plans (user_id, id DESC);
CREATE INDEX IF NOT EXISTS idx_user_plans_plan_id ON user_plans (plan_id);
-- For plans that end: soon, in pages, and now.
CREATE INDEX IF NOT EXISTS idx_user_plans_ends_at ON user_plans (ends_at, id) WHERE replaced_at IS NULL AND ended_at IS NULL;
-- For quotas that run out soon, in pages. By id, because the share changes from page to page.
CREATE INDEX IF NOT EXISTS idx_user_plans_used ON user_plans (id) WHERE replaced_at IS NULL AND used_permille >= 500;

/* rollback
DROP TABLE IF EXISTS user_plans;
*/
