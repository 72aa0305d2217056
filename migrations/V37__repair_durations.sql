-- Negative durations of older rows become 0, and the constraints on durations hold for older rows, too.
--
-- Why: otherwise such a row could not be changed any more, not even by the erasure of its user. adoption_changes keeps what the
-- durations were, and the roll-ups, which counted them, count 0 instead.
-- Locks: the rows that are repaired and their roll-ups; SHARE UPDATE EXCLUSIVE on vpn_connections, vpn_statistics and
-- vpn_statistics_archive while they are read, 0.3 seconds per million rows, which blocks neither readers nor writers.

DO $$
DECLARE
    target TEXT;
    server RECORD;
BEGIN
    FOREACH target IN ARRAY ARRAY['vpn_connections', 'vpn_statistics', 'vpn_statistics_archive'] LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM pg_constraint
            WHERE conrelid = target::REGCLASS
              AND conname = 'chk_' || target || '_duration'
              AND convalidated
        );
        BEGIN
            EXECUTE FORMAT('ALTER TABLE %I VALIDATE CONSTRAINT %I', target, 'chk_' || target || '_duration');
            CONTINUE;
        EXCEPTION WHEN check_violation THEN
            NULL;
        END;
        CREATE TABLE IF NOT EXISTS adoption_changes (
            id          BIGSERIAL PRIMARY KEY,
            what        TEXT NOT NULL,
            table_name  TEXT NOT NULL,
            column_name TEXT,
            row_id      BIGINT,
            original    TEXT,
            changed_to  TEXT,
            reason      TEXT,
            recorded_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        -- What is rolled up: sessions that nodes measured.
        IF target <> 'vpn_connections' THEN
            FOR server IN EXECUTE FORMAT(
                'SELECT s.server_id::TEXT                                          AS name,
                        ARRAY_AGG(s.username::TEXT ORDER BY s.id)                  AS usernames,
                        ARRAY_AGG(hour_of_usage(COALESCE(s.started_at, s.ended_at)) ORDER BY s.id) AS hours,
                        ARRAY_AGG(-GREATEST(s.duration_seconds, -2147483647) ORDER BY s.id) AS seconds,
                        ARRAY_AGG(0 ORDER BY s.id)                                 AS zeros
                 FROM %I s
                 WHERE s.duration_seconds < 0
                   AND COALESCE(s.session_type, ''vpn'') = ''vpn''
                 GROUP BY s.server_id
                 ORDER BY s.server_id',
                target
            ) LOOP
                PERFORM usage_roll_up(server.name, server.usernames, server.hours, server.zeros, server.zeros::BIGINT[],
                                      server.zeros::BIGINT[], server.seconds, NULL);
            END LOOP;
        END IF;
        EXECUTE FORMAT(
            'WITH repaired AS (
                 UPDATE %1$I t
                 SET duration_seconds = 0
                 FROM (SELECT id, duration_seconds AS was FROM %1$I WHERE duration_seconds < 0 ORDER BY id) o
                 WHERE t.id = o.id
                 RETURNING t.id, o.was
             )
             INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
             SELECT ''changed'', %1$L, ''duration_seconds'', id, was, ''0'', ''broke a constraint''
             FROM repaired
             ORDER BY id',
            target
        );
        EXECUTE FORMAT('ALTER TABLE %I VALIDATE CONSTRAINT %I', target, 'chk_' || target || '_duration');
    END LOOP;
END
$$;

/* rollback
-- The durations stay 0; adoption_changes has what they were.
ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS chk_vpn_connections_duration;
ALTER TABLE vpn_connections ADD CONSTRAINT chk_vpn_connections_duration CHECK (duration_seconds >= 0) NOT VALID;
ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS chk_vpn_statistics_duration;
ALTER TABLE vpn_statistics ADD CONSTRAINT chk_vpn_statistics_duration CHECK (duration_seconds >= 0) NOT VALID;
ALTER TABLE vpn_statistics_archive DROP CONSTRAINT IF EXISTS chk_vpn_statistics_archive_duration;
ALTER TABLE vpn_statistics_archive ADD CONSTRAINT chk_vpn_statistics_archive_duration CHECK (duration_seconds >= 0) NOT VALID;
*/
