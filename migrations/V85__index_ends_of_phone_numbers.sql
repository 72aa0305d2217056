-- An index by which an account is found whose phone number is stored in another spelling.
--
-- Why: from V84 on a program writes one spelling of a number, that of its numbering plan. A number that was stored before can have a
-- trunk zero, blanks or 00 in place of the +. All spellings of one number end in the same digits.
-- Locks: SHARE on users while the index is built: writers wait for about a second per million accounts.

-- barqnet: accepts index-without-concurrently: created by hand before the deploy
CREATE INDEX IF NOT EXISTS idx_users_phone_number_end ON users ((RIGHT(REGEXP_REPLACE(phone_number, '[^0-9]', '', 'g'), 6)))
    WHERE phone_number IS NOT NULL;

/* rollback
DROP INDEX IF EXISTS idx_users_phone_number_end;
*/
