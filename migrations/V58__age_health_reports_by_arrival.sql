-- A health report is as old as its arrival, and a server that was unhealthy comes back after several healthy reports.
--
-- Why: a report was as old as its sender's clock said, so a node whose clock was behind looked silent while it reported, and after a
-- step back of the database's clock a stored report beat every new one. A node that is healthy by every second report was
-- picked by every second client.
-- reported_at is the arrival from now on, and measured_at what the sender says. Earlier programs store in reported_at what the
-- sender says; their next report under this release replaces it.
-- Locks: ACCESS EXCLUSIVE on server_status, which has a row a server, for a change of the catalogue; then its rows.

ALTER TABLE server_status
    ADD COLUMN IF NOT EXISTS measured_at     TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS healthy_reports INTEGER;

COMMENT ON COLUMN server_status.reported_at IS 'The arrival of the newest health report';
COMMENT ON COLUMN server_status.measured_at IS
    'When the newest health report was measured, by the clock of its sender, but not after its arrival';
COMMENT ON COLUMN server_status.healthy_reports IS
    'The healthy reports since the last other one; NULL if there was no other';

ALTER TABLE server_status
    DROP CONSTRAINT IF EXISTS chk_server_status_times,
    ADD CONSTRAINT chk_server_status_times CHECK (
        is_calendar_time(reported_at)
        AND is_calendar_time(measured_at)
        AND is_calendar_time(heard_at)
        AND is_calendar_time(heard_since)
    );

UPDATE server_status
SET healthy_reports = 0
WHERE status <> 'healthy'
  AND healthy_reports IS NULL;

-- Counts the healthy reports of a server after another one, whichever program records them.
CREATE OR REPLACE FUNCTION count_healthy_reports() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'healthy' THEN
        NEW.healthy_reports := 0;
    ELSIF TG_OP = 'UPDATE' AND NEW.status = 'healthy' THEN
        NEW.healthy_reports := OLD.healthy_reports + 1;
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS count_healthy_reports ON server_status;
CREATE TRIGGER count_healthy_reports
    BEFORE INSERT OR UPDATE OF status ON server_status
    FOR EACH ROW
    EXECUTE FUNCTION count_healthy_reports();

DO $$
DECLARE
    path     TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname = 'count_healthy_reports'
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DROP TRIGGER IF EXISTS count_healthy_reports ON server_status;
DROP FUNCTION IF EXISTS count_healthy_reports();
COMMENT ON COLUMN server_status.reported_at IS NULL;
ALTER TABLE server_status
    DROP CONSTRAINT IF EXISTS chk_server_status_times,
    ADD CONSTRAINT chk_server_status_times CHECK (is_calendar_time(reported_at)),
    DROP COLUMN IF EXISTS healthy_reports,
    DROP COLUMN IF EXISTS measured_at;
*/
