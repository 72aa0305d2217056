-- Support tickets: what users need help with.
--
-- Locks: SHARE ROW EXCLUSIVE on users for an instant, for the foreign key.
-- barqnet: requires barqnet 32
CREATE TABLE IF NOT EXISTS support_tickets (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    subject   TEXT NOT NULL CONSTRAINT chk_support_tickets_subject CHECK (subject <> ''),
    opened_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    closed_at TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS idx_support_tickets_user_id ON support_tickets (user_id, id);

/* rollback
DROP TABLE IF EXISTS support_tickets;
*/
