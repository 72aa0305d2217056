-- Legacy rows that violate a constraint of connections or statistics are repaired once.
--
-- Why: in an adopted database some constraints hold for new rows only (NOT VALID). An older row that violates one
-- can't be updated at all, so two triggers repaired such a row when it was written. Here all of them are repaired:
-- negative bytes become 0, an unknown status disconnected, an unknown session type api, a protocol lower case or
-- NULL. adoption_changes keeps what they were, the constraints become valid, and the triggers go.
-- Locks: where a constraint is NOT VALID, SHARE ROW EXCLUSIVE on its table (writers wait, readers don't) while the
-- table is read twice, about half a second per million rows each. Then ACCESS EXCLUSIVE on vpn_connections and
-- vpn_statistics for an instant, to drop the triggers.

DO $$
DECLARE
    broken RECORD;
BEGIN
    IF EXISTS (
        SELECT 1
        FROM pg_constraint
        WHERE conrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
          AND contype = 'c'
          AND NOT convalidated
    ) THEN
        CREATE TABLE IF NOT EXISTS adoption_changes (
            id          SERIAL PRIMARY KEY,
            what        TEXT NOT NULL,
            table_name  TEXT NOT NULL,
            column_name TEXT,
            row_id      INTEGER,
            original    TEXT,
            changed_to  TEXT,
            reason      TEXT,
            recorded_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
    END IF;

    IF EXISTS (
        SELECT 1 FROM pg_constraint WHERE conrelid = 'vpn_connections'::REGCLASS AND contype = 'c' AND NOT convalidated
    ) THEN
        LOCK TABLE vpn_connections IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_connections', v.column_name, c.id, v.original, v.changed_to, 'broke a constraint'
        FROM vpn_connections c
        CROSS JOIN LATERAL (VALUES
            ('bytes_received', c.bytes_received::TEXT, '0', c.bytes_received < 0),
            ('bytes_sent', c.bytes_sent::TEXT, '0', c.bytes_sent < 0),
            ('status', c.status, 'disconnected',
             c.status NOT IN ('connecting', 'connected', 'disconnected', 'error'))
        ) AS v (column_name, original, changed_to, is_broken)
        WHERE v.is_broken
        ORDER BY c.id, v.column_name;
        -- Any status that is not live means that the connection has ended.
        UPDATE vpn_connections
        SET bytes_received = CASE WHEN bytes_received < 0 THEN 0 ELSE bytes_received END,
            bytes_sent     = CASE WHEN bytes_sent < 0 THEN 0 ELSE bytes_sent END,
            status         = CASE
                                 WHEN status NOT IN ('connecting', 'connected', 'disconnected', 'error') THEN 'disconnected'
                                 ELSE status
                             END
        WHERE bytes_received < 0
           OR bytes_sent < 0
           OR status NOT IN ('connecting', 'connected', 'disconnected', 'error');
    END IF;

    IF EXISTS (
        SELECT 1 FROM pg_constraint WHERE conrelid = 'vpn_statistics'::REGCLASS AND contype = 'c' AND NOT convalidated
    ) THEN
        LOCK TABLE vpn_statistics IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_statistics', v.column_name, s.id, v.original, v.changed_to, 'broke a constraint'
        FROM vpn_statistics s
        CROSS JOIN LATERAL (VALUES
            ('bytes_in', s.bytes_in::TEXT, '0', s.bytes_in < 0),
            ('bytes_out', s.bytes_out::TEXT, '0', s.bytes_out < 0),
            ('session_type', s.session_type, 'api', s.session_type NOT IN ('vpn', 'api', 'web')),
            ('protocol', s.protocol, CASE WHEN LOWER(s.protocol) IN ('udp', 'tcp') THEN LOWER(s.protocol) END,
             s.protocol NOT IN ('udp', 'tcp'))
        ) AS v (column_name, original, changed_to, is_broken)
        WHERE v.is_broken
        ORDER BY s.id, v.column_name;
        -- The roll-ups hold no usage of an unknown session type and count negative bytes as 0: they stay right.
        UPDATE vpn_statistics
        SET bytes_in     = CASE WHEN bytes_in < 0 THEN 0 ELSE bytes_in END,
            bytes_out    = CASE WHEN bytes_out < 0 THEN 0 ELSE bytes_out END,
            session_type = CASE WHEN session_type NOT IN ('vpn', 'api', 'web') THEN 'api' ELSE session_type END,
            protocol     = CASE WHEN LOWER(protocol) IN ('udp', 'tcp') THEN LOWER(protocol) END
        WHERE bytes_in < 0
           OR bytes_out < 0
           OR session_type NOT IN ('vpn', 'api', 'web')
           OR protocol NOT IN ('udp', 'tcp');
    END IF;

    FOR broken IN
        SELECT conrelid::REGCLASS AS table_name, conname
        FROM pg_constraint
        WHERE conrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
          AND contype = 'c'
          AND NOT convalidated
        ORDER BY conrelid::REGCLASS::TEXT, conname
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s VALIDATE CONSTRAINT %I', broken.table_name, broken.conname);
    END LOOP;
END
$$;

DROP TRIGGER IF EXISTS broken_connection_is_mended ON vpn_connections;
DROP FUNCTION IF EXISTS mend_connection();
DROP TRIGGER IF EXISTS broken_statistics_are_mended ON vpn_statistics;
DROP FUNCTION IF EXISTS mend_statistics();

/* rollback
CREATE OR REPLACE FUNCTION mend_connection() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.bytes_received < 0 THEN
        NEW.bytes_received := 0;
    END IF;
    IF NEW.bytes_sent < 0 THEN
        NEW.bytes_sent := 0;
    END IF;
    -- What is none of the live states has ended.
    IF NEW.status NOT IN ('connecting', 'connected', 'disconnected', 'error') THEN
        NEW.status := 'disconnected';
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_connections', v.column_name, OLD.id, v.original, v.changed_to, 'the row broke a rule'
        FROM (VALUES
            ('bytes_received', OLD.bytes_received::TEXT, NEW.bytes_received::TEXT, OLD.bytes_received < 0),
            ('bytes_sent', OLD.bytes_sent::TEXT, NEW.bytes_sent::TEXT, OLD.bytes_sent < 0),
            ('status', OLD.status, NEW.status,
             OLD.status NOT IN ('connecting', 'connected', 'disconnected', 'error'))
        ) AS v (column_name, original, changed_to, was_broken)
        WHERE v.was_broken;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER broken_connection_is_mended
    BEFORE UPDATE ON vpn_connections
    FOR EACH ROW
    -- Only what was broken before: a new value that breaks a rule is refused.
    WHEN ((OLD.bytes_received < 0 AND NEW.bytes_received < 0)
          OR (OLD.bytes_sent < 0 AND NEW.bytes_sent < 0)
          OR (OLD.status NOT IN ('connecting', 'connected', 'disconnected', 'error') AND NEW.status = OLD.status))
    EXECUTE FUNCTION mend_connection();
CREATE OR REPLACE FUNCTION mend_statistics() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.bytes_in < 0 THEN
        NEW.bytes_in := 0;
    END IF;
    IF NEW.bytes_out < 0 THEN
        NEW.bytes_out := 0;
    END IF;
    -- It was measured by no node then, and is not now.
    IF NEW.session_type NOT IN ('vpn', 'api', 'web') THEN
        NEW.session_type := 'api';
    END IF;
    IF NEW.protocol NOT IN ('udp', 'tcp') THEN
        NEW.protocol := CASE WHEN LOWER(NEW.protocol) IN ('udp', 'tcp') THEN LOWER(NEW.protocol) END;
    END IF;
    IF TO_REGCLASS('adoption_changes') IS NOT NULL THEN
        INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
        SELECT 'changed', 'vpn_statistics', v.column_name, OLD.id, v.original, v.changed_to, 'the row broke a rule'
        FROM (VALUES
            ('bytes_in', OLD.bytes_in::TEXT, NEW.bytes_in::TEXT, OLD.bytes_in < 0),
            ('bytes_out', OLD.bytes_out::TEXT, NEW.bytes_out::TEXT, OLD.bytes_out < 0),
            ('session_type', OLD.session_type, NEW.session_type, OLD.session_type NOT IN ('vpn', 'api', 'web')),
            ('protocol', OLD.protocol, NEW.protocol, OLD.protocol NOT IN ('udp', 'tcp'))
        ) AS v (column_name, original, changed_to, was_broken)
        WHERE v.was_broken;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER broken_statistics_are_mended
    BEFORE UPDATE ON vpn_statistics
    FOR EACH ROW
    WHEN ((OLD.bytes_in < 0 AND NEW.bytes_in < 0)
          OR (OLD.bytes_out < 0 AND NEW.bytes_out < 0)
          OR (OLD.session_type NOT IN ('vpn', 'api', 'web') AND NEW.session_type = OLD.session_type)
          OR (OLD.protocol NOT IN ('udp', 'tcp') AND NEW.protocol = OLD.protocol))
    EXECUTE FUNCTION mend_statistics();
*/
