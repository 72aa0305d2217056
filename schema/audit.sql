-- Written by the build step from the migrations: do not edit.
-- The schema of audit after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V1__base_schema
CREATE TABLE audit_log (
    id         BIGSERIAL,
    timestamp  TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    action     VARCHAR(255) NOT NULL,
    username   VARCHAR(255),
    details    TEXT,
    ip_address INET,
    server_id  VARCHAR(255) NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT chk_audit_log_times CHECK (is_calendar_time(timestamp))
);

CREATE INDEX idx_audit_server_id ON audit_log (server_id);
CREATE INDEX idx_audit_server_newest ON audit_log (server_id, id DESC);
CREATE INDEX idx_audit_timestamp ON audit_log (timestamp);
CREATE INDEX idx_audit_user_newest ON audit_log (username, id DESC);
