-- The duration of a connection or session is not negative, in new and changed rows.
--
-- Why: a client could report -86400 seconds, which took a day from its totals. V37 repairs and checks the rows that are there.
-- Locks: ACCESS EXCLUSIVE on vpn_connections, vpn_statistics and vpn_statistics_archive, for a change of the catalogue only.
-- barqnet: accepts several-strong-locks: each change takes an instant, and the runner gives way after 2 s

DO $$
DECLARE
    target TEXT;
BEGIN
    FOREACH target IN ARRAY ARRAY['vpn_connections', 'vpn_statistics', 'vpn_statistics_archive'] LOOP
        IF NOT EXISTS (
            SELECT FROM pg_constraint WHERE conrelid = target::REGCLASS AND conname = 'chk_' || target || '_duration'
        ) THEN
            EXECUTE FORMAT('ALTER TABLE %I ADD CONSTRAINT %I CHECK (duration_seconds >= 0) NOT VALID', target,
                           'chk_' || target || '_duration');
        END IF;
    END LOOP;
END
$$;

/* rollback
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_duration;
ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS chk_vpn_statistics_duration;
ALTER TABLE vpn_statistics_archive DROP CONSTRAINT IF EXISTS chk_vpn_statistics_archive_duration;
*/
