-- server_status records when a server was last heard of, and since when without an interruption.
--
-- Why: while no node can report, because the database or the way to it is down, every connection looks silent. Whether a
-- connection is stale can only be decided of a time in which its server could report.
-- Locks: ACCESS EXCLUSIVE on server_status, for a change of the catalogue only.

ALTER TABLE server_status
    ADD COLUMN IF NOT EXISTS heard_at    TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS heard_since TIMESTAMPTZ;

COMMENT ON COLUMN server_status.heard_at IS
    'The arrival of the last report or opening of this server, to 10 seconds; NULL if it was never heard of';
COMMENT ON COLUMN server_status.heard_since IS
    'The arrival from which on the server was heard of without an interruption of 3 minutes';

/* rollback
ALTER TABLE server_status DROP COLUMN IF EXISTS heard_since, DROP COLUMN IF EXISTS heard_at;
*/
