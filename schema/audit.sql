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
    subject_id BIGINT,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT chk_audit_log_times CHECK (is_calendar_time(timestamp))
);
COMMENT ON COLUMN audit_log.subject_id IS 'The id of the account that was acted upon, if it is another one than that of username. No foreign key: the entry stays';

CREATE INDEX idx_audit_server_id ON audit_log (server_id);
CREATE INDEX idx_audit_server_newest ON audit_log (server_id, id DESC);
CREATE INDEX idx_audit_subject_newest ON audit_log (subject_id, id DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX idx_audit_timestamp ON audit_log (timestamp);
CREATE INDEX idx_audit_user_newest ON audit_log (username, id DESC);

-- V90__erase_every_trace
-- Erases a person from the audit log: from the person's own entries, and by name and phone numbers from the details of others.
-- Reads the whole table once. Locks: the entries that change, in id order.
CREATE OR REPLACE FUNCTION audit_erase(name TEXT, numbers TEXT[], pseudonym TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    entry RECORD;
    told  TEXT;
    word  TEXT;
BEGIN
    FOR entry IN
        SELECT a.id, a.details, a.username IS NOT DISTINCT FROM name AS is_own
        FROM audit_log a
        WHERE a.username = name
           OR EXISTS (SELECT FROM UNNEST(numbers || name) AS w (word) WHERE STRPOS(a.details, w.word) > 0)
        ORDER BY a.id
        FOR UPDATE
    LOOP
        IF entry.is_own THEN
            UPDATE audit_log a
            SET username   = pseudonym,
                details    = NULL,
                ip_address = NULL
            WHERE a.id = entry.id;
        ELSE
            told := entry.details;
            FOREACH word IN ARRAY numbers || name LOOP
                told := replace_word(told, word, pseudonym);
            END LOOP;
            UPDATE audit_log a SET details = told WHERE a.id = entry.id AND a.details <> told;
        END IF;
    END LOOP;
END
$$;
ALTER FUNCTION audit_erase SET search_path TO 'public', 'pg_temp';
