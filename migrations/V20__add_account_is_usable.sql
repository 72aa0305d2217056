-- One function decides whether an account may be used: account_is_usable.
--
-- Why: the condition was written eleven times in statements and functions, in two spellings and by two clocks, so a
-- change to it could miss one of them.
-- Locks: creates a function only.

-- Whether an account with these values of users.active and users.expires_at may be used at a moment: it is not
-- deactivated, and it has not expired. NULL in active means active, NULL in expires_at means never.
-- The clock is read when the function runs, not when the transaction began, so that the answer is right after a wait for
-- a lock. Pass a moment to check several rows or conditions at the same moment.
-- Takes no locks and reads no tables. PostgreSQL inlines it: it costs a statement nothing.
CREATE OR REPLACE FUNCTION account_is_usable(
    active BOOLEAN, expires_at TIMESTAMPTZ, at TIMESTAMPTZ DEFAULT CLOCK_TIMESTAMP()
) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE AS $$
    SELECT active IS NOT FALSE AND COALESCE(expires_at > at, TRUE)
$$;

/* rollback
DROP FUNCTION IF EXISTS account_is_usable(BOOLEAN, TIMESTAMPTZ, TIMESTAMPTZ);
*/
