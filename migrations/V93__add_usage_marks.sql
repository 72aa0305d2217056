-- Usage can be counted from any moment that is marked, exact to the byte.
--
-- Why: the roll-ups know usage by the hour, and a plan starts within one.
-- Locks: creates a table; SHARE ROW EXCLUSIVE on users for a foreign key.

CREATE TABLE IF NOT EXISTS usage_marks (
    user_id   BIGINT NOT NULL,
    marked_at TIMESTAMPTZ NOT NULL,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    CONSTRAINT usage_marks_pkey PRIMARY KEY (user_id, marked_at),
    CONSTRAINT fk_usage_marks_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT chk_usage_marks_times CHECK (is_calendar_time(marked_at))
);
COMMENT ON TABLE usage_marks IS 'What a user had used until a moment, over all time';
-- For retention.
CREATE INDEX IF NOT EXISTS idx_usage_marks_marked_at ON usage_marks (marked_at);

/* rollback
DROP TABLE IF EXISTS usage_marks;
*/
