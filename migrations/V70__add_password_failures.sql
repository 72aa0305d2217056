-- Wrong passwords are counted per account, and per name that no account has.
--
-- Why: nothing limited them. A name without an account has a row as well, so that the answers do not tell which names have one.
-- Locks: creates a table only.

-- name_hash is the SHA-256 of the account's name, or of what was typed if there is no such account: a password that was typed as a
-- name is not stored. known_… is for devices that present a token of the account, which have limits of their own. A right password
-- deletes the row.
CREATE TABLE IF NOT EXISTS password_failures (
    name_hash          BYTEA NOT NULL,
    has_account        BOOLEAN NOT NULL,
    failures           INTEGER NOT NULL DEFAULT 0,
    locked_until       TIMESTAMPTZ,
    known_failures     INTEGER NOT NULL DEFAULT 0,
    known_locked_until TIMESTAMPTZ,
    failed_at          TIMESTAMPTZ NOT NULL,
    CONSTRAINT password_failures_pkey PRIMARY KEY (name_hash)
) WITH (fillfactor = 70);

-- For retention.
CREATE INDEX IF NOT EXISTS idx_password_failures_failed_at ON password_failures (failed_at) WHERE has_account = FALSE;

/* rollback
DROP TABLE IF EXISTS password_failures;
*/
