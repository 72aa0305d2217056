-- Wrong codes of known devices are counted apart, and lock known devices only.
--
-- Why: who knows a phone number can give wrong codes until it is locked, and so keeps its owner out.
-- Locks: ACCESS EXCLUSIVE on otp_challenges for a change of the catalogue only.

ALTER TABLE otp_challenges
    ADD COLUMN IF NOT EXISTS known_failures     INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS known_locked_until TIMESTAMPTZ;
COMMENT ON COLUMN otp_challenges.failures IS 'Wrong codes in a row, those of known devices included; a try counts once per code that it was compared with';
COMMENT ON COLUMN otp_challenges.known_failures IS 'Of failures, those of known devices';
COMMENT ON COLUMN otp_challenges.locked_until IS 'The end of the lock of all clients but known devices';
COMMENT ON COLUMN otp_challenges.known_locked_until IS 'The end of the lock of known devices';

/* rollback
COMMENT ON COLUMN otp_challenges.locked_until IS NULL;
COMMENT ON COLUMN otp_challenges.failures IS NULL;
ALTER TABLE otp_challenges DROP COLUMN IF EXISTS known_locked_until, DROP COLUMN IF EXISTS known_failures;
*/
