-- Written by the build step from the migrations: do not edit.
-- The schema of schema after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V1__create_support_tickets
-- Support tickets: what users need help with.
--
-- Locks: SHARE ROW EXCLUSIVE on users for an instant, for the foreign key.
-- barqnet: requires barqnet 32
CREATE TABLE support_tickets (
    id        BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
    user_id   BIGINT NOT NULL,
    subject   TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    closed_at TIMESTAMPTZ,
    CONSTRAINT support_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT chk_support_tickets_subject CHECK (subject <> ''),
    CONSTRAINT support_tickets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX idx_support_tickets_user_id ON support_tickets (user_id, id);
