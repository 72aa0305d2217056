-- session_token_history records from which token each one came.
--
-- Why: the parent of the current token, and its other children, may be replaced again as long as the current one was not presented.
-- Locks: ACCESS EXCLUSIVE on session_token_history, for a change of the catalogue only.

ALTER TABLE session_token_history
    ADD COLUMN IF NOT EXISTS parent_generation INTEGER;

COMMENT ON COLUMN session_token_history.parent_generation IS
    'The generation of the token that it had replaced';

/* rollback
ALTER TABLE session_token_history DROP COLUMN IF EXISTS parent_generation;
*/
