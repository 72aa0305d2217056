-- Plans have limits: devices, connections, bytes per day and per month, locations.
--
-- Why: limits were numbers of single users or of the policy, and bytes had none.
-- Locks: creates two tables; SHARE ROW EXCLUSIVE on server_locations for a foreign key.

CREATE TABLE IF NOT EXISTS plans (
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
    CONSTRAINT chk_plans_limits CHECK (
        max_devices >= 0 AND max_connections >= 0 AND max_bytes_per_day >= 0 AND max_bytes_per_month >= 0
    ),
    CONSTRAINT chk_plans_times CHECK (is_calendar_time(created_at))
);
COMMENT ON COLUMN plans.max_devices IS 'Registered devices of a user, at most; NULL: no limit by the plan, as in the next three';
COMMENT ON COLUMN plans.max_bytes_per_day IS 'Received and sent, on a day of UTC';
COMMENT ON COLUMN plans.max_bytes_per_month IS 'Received and sent, in a calendar month of UTC';
COMMENT ON COLUMN plans.ends_over_quota IS 'TRUE: connections over quota end, and no new one opens; FALSE: their nodes are told';
COMMENT ON COLUMN plans.revision IS 'Rises with each change of the limits';

CREATE TABLE IF NOT EXISTS plan_locations (
    plan_id     BIGINT NOT NULL,
    location_id INTEGER NOT NULL,
    CONSTRAINT plan_locations_pkey PRIMARY KEY (plan_id, location_id),
    CONSTRAINT fk_plan_locations_plan_id FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_locations_location_id FOREIGN KEY (location_id) REFERENCES server_locations (location_id)
);
COMMENT ON TABLE plan_locations IS 'The locations that a plan allows; a plan without a row here allows all';
CREATE INDEX IF NOT EXISTS idx_plan_locations_location_id ON plan_locations (location_id);

/* rollback
DROP TABLE IF EXISTS plan_locations;
DROP TABLE IF EXISTS plans;
*/
