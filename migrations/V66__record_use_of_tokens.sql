-- Sessions record whether their token was ever presented, from which token it came, and a family that all of their tokens share.
--
-- Why: an answer to a rotation can get lost. As long as the new token was not presented, the earlier one may be replaced again;
-- the database must know both. By the family it recognises a replaced token whose hash it no longer stores.
-- Existing tokens count as presented, so that until their next rotation the earlier rule holds: a replaced token ends its session.
-- Locks: ACCESS EXCLUSIVE on user_sessions, for a change of the catalogue only.

ALTER TABLE user_sessions
    ADD COLUMN IF NOT EXISTS token_presented   BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN IF NOT EXISTS parent_generation INTEGER,
    ADD COLUMN IF NOT EXISTS family_hash       VARCHAR(64);

COMMENT ON COLUMN user_sessions.token_presented IS
    'FALSE after a rotation until the new token was validated or replaced';
COMMENT ON COLUMN user_sessions.parent_generation IS
    'The generation of the token that was replaced by the current one; NULL before the first rotation';
COMMENT ON COLUMN user_sessions.family_hash IS
    'The SHA-256 of what all tokens of the session have in common; NULL before the first rotation, and if a service makes tokens of its own';

/* rollback
ALTER TABLE user_sessions
    DROP COLUMN IF EXISTS family_hash,
    DROP COLUMN IF EXISTS parent_generation,
    DROP COLUMN IF EXISTS token_presented;
*/
