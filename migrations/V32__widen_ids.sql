-- Ids of tables with many rows are BIGINT: an INTEGER ends at 2,147,483,647, and then no row can be added.
--
-- Why: at 96 connections per user and day, 80,000 users use up the ids of vpn_connections in 280 days, and a sequence that has
-- ended stops sign-ins and connections. Every column named id gets the type, because columns of one name have one type.
-- server_locations.location_id stays INTEGER: it counts places, and the specified result of get_nearest_location has the type.
-- A table is rewritten once for all of its columns, unless examples/maintenance/widen-ids.sql has prepared it while the release
-- before was running: then the columns that the preparation has added and filled replace the others, in milliseconds.
-- Foreign keys to the ids are NOT VALID until V34. Programs of the release before read and send 32-bit ids, which PostgreSQL
-- refuses: they may not start.
-- Locks: ACCESS EXCLUSIVE on users, servers, audit_log, server_health, user_sessions, session_token_history, otp_attempts,
-- otp_challenges, vpn_connections, vpn_statistics, vpn_statistics_archive and, in a database of the Go product, adoption_changes,
-- until the end: 10 to 25 seconds per million rows of a table that is not prepared (docs/operations.md).
-- barqnet: min-version 32
-- barqnet: accepts rewrites-table: large tables are prepared before the deploy
-- barqnet: accepts several-strong-locks: programs work with all tables of one release, or with none
-- barqnet: accepts locks-table: otherwise a lock that is not free would undo the rewrites before it

LOCK TABLE users, servers, audit_log, server_health, user_sessions, session_token_history, otp_attempts, otp_challenges,
    vpn_connections, vpn_statistics, vpn_statistics_archive IN ACCESS EXCLUSIVE MODE;

-- A view that names an id holds its type. Its privileges are granted again below.
DO $$
BEGIN
    PERFORM SET_CONFIG('barqnet.grants', COALESCE(STRING_AGG(
        FORMAT('GRANT %s ON %s TO %s', a.privilege_type, v.oid::REGCLASS,
               CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::REGROLE::TEXT END), '; '), ''), TRUE)
    FROM pg_class v
    CROSS JOIN LATERAL ACLEXPLODE(v.relacl) a
    WHERE v.oid IN (
              'v_active_connections'::REGCLASS, 'v_location_statistics'::REGCLASS, 'v_servers_with_locations'::REGCLASS
          )
      AND a.grantee <> v.relowner;
END
$$;
DROP VIEW IF EXISTS v_active_connections;
DROP VIEW IF EXISTS v_location_statistics;
DROP VIEW IF EXISTS v_servers_with_locations;

DO $$
DECLARE
    object   RECORD;
    target   RECORD;
    narrow   RECORD;
    changes  TEXT[];
    at_end   TEXT[] := '{}';
    change   TEXT;
BEGIN
    -- With the foreign keys, a change of either column would check every row.
    FOR object IN
        SELECT f.conrelid::REGCLASS AS table_name, f.conname AS name, PG_GET_CONSTRAINTDEF(f.oid) AS definition
        FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = f.confkey[1]
        WHERE f.contype = 'f'
          AND f.confrelid IN ('users'::REGCLASS, 'user_sessions'::REGCLASS, 'vpn_connections'::REGCLASS)
          AND a.attname = 'id'
          AND a.atttypid = 'integer'::REGTYPE
        ORDER BY f.conname
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', object.table_name, object.name);
        at_end := at_end || FORMAT('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', object.table_name, object.name,
                                   REPLACE(object.definition, ' NOT VALID', ''));
    END LOOP;

    FOR target IN
        SELECT c.oid::REGCLASS                                 AS name,
               c.relname || '_wide'                            AS preparation,
               ARRAY_AGG(a.attnum::SMALLINT ORDER BY a.attnum) AS columns,
               EXISTS (
                   SELECT FROM pg_constraint p
                   WHERE p.conrelid = c.oid
                     AND p.conname = c.relname || '_wide'
                     AND p.convalidated
               )                                               AS is_prepared
        FROM (VALUES
            ('users', 'id'),
            ('servers', 'id'),
            ('audit_log', 'id'),
            ('server_health', 'id'),
            ('user_sessions', 'id'),
            ('user_sessions', 'user_id'),
            ('session_token_history', 'session_id'),
            ('otp_attempts', 'id'),
            ('otp_challenges', 'code_attempt_id'),
            ('vpn_connections', 'id'),
            ('vpn_statistics', 'id'),
            ('vpn_statistics', 'connection_id'),
            ('vpn_statistics_archive', 'id'),
            ('vpn_statistics_archive', 'connection_id'),
            -- In databases of the Go product.
            ('audit_log', 'user_id'),
            ('adoption_changes', 'id'),
            ('adoption_changes', 'row_id')
        ) AS w (table_name, column_name)
        JOIN pg_attribute a ON a.attrelid = TO_REGCLASS(w.table_name) AND a.attname = w.column_name
        JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.atttypid = 'integer'::REGTYPE
        GROUP BY c.oid, c.relname
        ORDER BY c.relname
    LOOP
        changes := ARRAY(
            SELECT FORMAT('ALTER SEQUENCE %s AS BIGINT', PG_GET_SERIAL_SEQUENCE(target.name::TEXT, a.attname::TEXT))
            FROM pg_attribute a
            WHERE a.attrelid = target.name
              -- Never of a column that was dropped, which is an error.
              AND CASE
                      WHEN a.attnum = ANY (target.columns)
                          THEN PG_GET_SERIAL_SEQUENCE(target.name::TEXT, a.attname::TEXT) IS NOT NULL
                      ELSE FALSE
                  END
        );
        IF NOT target.is_prepared AND EXISTS (
            SELECT FROM pg_trigger t WHERE t.tgrelid = target.name AND t.tgname = target.preparation
        ) THEN
            RAISE EXCEPTION 'the preparation of % is not complete: there is no valid constraint %', target.name,
                target.preparation
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Run examples/maintenance/widen-ids.sql to its end, or undo it as the script says.';
        END IF;
        IF NOT target.is_prepared THEN
            changes := changes || (
                SELECT FORMAT('ALTER TABLE %s ', target.name)
                    || STRING_AGG(FORMAT('ALTER COLUMN %I TYPE BIGINT', a.attname), ', ' ORDER BY a.attnum)
                FROM pg_attribute a
                WHERE a.attrelid = target.name
                  AND a.attnum = ANY (target.columns)
            );
        ELSE
            changes := changes
                || FORMAT('DROP TRIGGER %I ON %s', target.preparation, target.name)
                || FORMAT('DROP FUNCTION %I()', target.preparation);
            -- Whole passes over the columns: the first one that is dropped takes the constraint of the preparation along.
            FOR narrow IN
                SELECT a.attname AS name,
                       a.attname || '_wide' AS wide,
                       a.attnotnull AS is_required,
                       PG_GET_EXPR(d.adbin, d.adrelid) AS value,
                       PG_GET_SERIAL_SEQUENCE(target.name::TEXT, a.attname::TEXT) AS serial,
                       ARRAY(
                           SELECT FORMAT('GRANT %s (%I) ON %s TO %s', p.privilege_type, a.attname || '_wide', target.name,
                                         CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE p.grantee::REGROLE::TEXT END)
                           FROM ACLEXPLODE(a.attacl) p
                       ) AS grants
                FROM pg_attribute a
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = target.name
                  AND a.attnum = ANY (target.columns)
            LOOP
                changes := changes || narrow.grants;
                IF narrow.is_required THEN
                    -- Reads no row: the constraint of the preparation is the proof.
                    changes := changes
                        || FORMAT('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', target.name, narrow.wide);
                END IF;
                IF narrow.value IS NOT NULL THEN
                    changes := changes
                        || FORMAT('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', target.name, narrow.wide, narrow.value);
                END IF;
                IF narrow.serial IS NOT NULL THEN
                    changes := changes
                        || FORMAT('ALTER SEQUENCE %s OWNED BY %s.%I', narrow.serial, target.name, narrow.wide);
                END IF;
            END LOOP;
            FOR narrow IN
                SELECT a.attname AS name
                FROM pg_attribute a
                WHERE a.attrelid = target.name
                  AND a.attnum = ANY (target.columns)
            LOOP
                changes := changes
                    || FORMAT('ALTER TABLE %s DROP COLUMN %I', target.name, narrow.name)
                    || FORMAT('ALTER TABLE %s RENAME COLUMN %I TO %I', target.name, narrow.name || '_wide', narrow.name);
            END LOOP;
            -- The indexes of a column go with it.
            FOR object IN
                SELECT n.relname AS name,
                       n.relname || '_wide' AS wide,
                       i.indisprimary AS is_primary,
                       EXISTS (
                           SELECT FROM pg_index t
                           WHERE t.indrelid = i.indrelid
                             AND t.indexrelid = TO_REGCLASS(QUOTE_IDENT(n.relname || '_wide'))
                             AND t.indisvalid
                             AND t.indisunique = i.indisunique
                       ) AS has_successor
                FROM pg_index i
                JOIN pg_class n ON n.oid = i.indexrelid
                WHERE i.indrelid = target.name
                  AND i.indkey::SMALLINT[] && target.columns
            LOOP
                IF NOT object.has_successor THEN
                    RAISE EXCEPTION 'the preparation of % is not complete: there is no valid index %', target.name, object.wide
                        USING ERRCODE = 'object_not_in_prerequisite_state',
                              HINT = 'Run examples/maintenance/widen-ids.sql to its end, or undo it as the script says.';
                END IF;
                changes := changes || CASE
                    WHEN object.is_primary THEN
                        FORMAT('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', target.name, object.name,
                               object.wide)
                    ELSE FORMAT('ALTER INDEX %I RENAME TO %I', object.wide, object.name)
                END;
            END LOOP;
        END IF;
        FOREACH change IN ARRAY changes LOOP
            EXECUTE change;
        END LOOP;
    END LOOP;

    FOREACH change IN ARRAY at_end LOOP
        EXECUTE change;
    END LOOP;
END
$$;

CREATE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

-- Every sum is made per server before it meets another, so that no row is counted twice.
CREATE VIEW v_location_statistics AS
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.enabled,
       COUNT(s.id)                                     AS total_servers,
       COUNT(s.id) FILTER (WHERE s.enabled)            AS enabled_servers,
       COALESCE(SUM(u.assigned_users), 0)::BIGINT      AS assigned_users,
       COALESCE(SUM(c.active_connections), 0)::BIGINT  AS active_connections,
       (COALESCE(SUM(t.bytes_in), 0) + COALESCE(SUM(c.bytes_in), 0))::BIGINT    AS total_bytes_in,
       (COALESCE(SUM(t.bytes_out), 0) + COALESCE(SUM(c.bytes_out), 0))::BIGINT  AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id,
           COUNT(*)                                               AS active_connections,
           SUM(COALESCE(bytes_received, 0) - rolled_up_received)  AS bytes_in,
           SUM(COALESCE(bytes_sent, 0) - rolled_up_sent)          AS bytes_out
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT server_id, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out
    FROM usage_by_server
    GROUP BY server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

CREATE VIEW v_servers_with_locations AS
SELECT s.id,
       s.name,
       s.host,
       s.port,
       s.enabled,
       s.server_type,
       s.last_sync,
       l.location_id,
       l.name             AS location_name,
       l.country,
       l.city,
       l.region,
       l.country_code,
       l.latitude,
       l.longitude,
       l.timezone,
       l.data_center,
       l.flag_emoji::TEXT AS flag_emoji,
       l.enabled          AS location_enabled
FROM servers s
LEFT JOIN server_locations l ON l.location_id = s.location_id;

DO $$
BEGIN
    IF CURRENT_SETTING('barqnet.grants') <> '' THEN
        EXECUTE CURRENT_SETTING('barqnet.grants');
    END IF;
END
$$;

/* rollback
-- Fails with "integer out of range" if a table has an id above 2,147,483,647.
-- A view that names an id holds its type. Its privileges are granted again below.
DO $$
BEGIN
    PERFORM SET_CONFIG('barqnet.grants', COALESCE(STRING_AGG(
        FORMAT('GRANT %s ON %s TO %s', a.privilege_type, v.oid::REGCLASS,
               CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::REGROLE::TEXT END), '; '), ''), TRUE)
    FROM pg_class v
    CROSS JOIN LATERAL ACLEXPLODE(v.relacl) a
    WHERE v.oid IN (
              'v_active_connections'::REGCLASS, 'v_location_statistics'::REGCLASS, 'v_servers_with_locations'::REGCLASS
          )
      AND a.grantee <> v.relowner;
END
$$;
DROP VIEW IF EXISTS v_active_connections;
DROP VIEW IF EXISTS v_location_statistics;
DROP VIEW IF EXISTS v_servers_with_locations;

DO $$
DECLARE
    object  RECORD;
    target  RECORD;
    at_end  TEXT[] := '{}';
    change  TEXT;
BEGIN
    -- Valid as before V32, unless older rows violate them.
    FOR object IN
        SELECT f.conrelid::REGCLASS AS table_name, f.conname AS name,
               REPLACE(PG_GET_CONSTRAINTDEF(f.oid), ' NOT VALID', '') AS definition
        FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = f.confkey[1]
        WHERE f.contype = 'f'
          AND f.confrelid IN ('users'::REGCLASS, 'user_sessions'::REGCLASS, 'vpn_connections'::REGCLASS)
          AND a.attname = 'id'
        ORDER BY f.conname
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', object.table_name, object.name);
        at_end := at_end || FORMAT(
            'DO $key$
             BEGIN
                 ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s;
             EXCEPTION WHEN foreign_key_violation THEN
                 ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s NOT VALID;
             END
             $key$',
            object.table_name, object.name, object.definition
        );
    END LOOP;
    FOR target IN
        SELECT c.oid::REGCLASS AS name,
               STRING_AGG(FORMAT('ALTER COLUMN %I TYPE INTEGER', a.attname), ', ' ORDER BY a.attnum) AS columns,
               MIN(PG_GET_SERIAL_SEQUENCE(c.oid::REGCLASS::TEXT, a.attname::TEXT)) AS serial
        FROM (VALUES
            ('users', 'id'),
            ('servers', 'id'),
            ('audit_log', 'id'),
            ('server_health', 'id'),
            ('user_sessions', 'id'),
            ('user_sessions', 'user_id'),
            ('session_token_history', 'session_id'),
            ('otp_attempts', 'id'),
            ('otp_challenges', 'code_attempt_id'),
            ('vpn_connections', 'id'),
            ('vpn_statistics', 'id'),
            ('vpn_statistics', 'connection_id'),
            ('vpn_statistics_archive', 'id'),
            ('vpn_statistics_archive', 'connection_id'),
            ('audit_log', 'user_id'),
            ('adoption_changes', 'id'),
            ('adoption_changes', 'row_id')
        ) AS w (table_name, column_name)
        JOIN pg_attribute a ON a.attrelid = TO_REGCLASS(w.table_name) AND a.attname = w.column_name
        JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.atttypid = 'bigint'::REGTYPE
        GROUP BY c.oid, c.relname
        ORDER BY c.relname
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s %s', target.name, target.columns);
        IF target.serial IS NOT NULL THEN
            EXECUTE FORMAT('ALTER SEQUENCE %s AS INTEGER', target.serial);
        END IF;
    END LOOP;
    FOREACH change IN ARRAY at_end LOOP
        EXECUTE change;
    END LOOP;
END
$$;

CREATE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

CREATE VIEW v_location_statistics AS
SELECT l.location_id,
       l.name,
       l.country,
       l.city,
       l.country_code,
       l.enabled,
       COUNT(s.id)                                     AS total_servers,
       COUNT(s.id) FILTER (WHERE s.enabled)            AS enabled_servers,
       COALESCE(SUM(u.assigned_users), 0)::BIGINT      AS assigned_users,
       COALESCE(SUM(c.active_connections), 0)::BIGINT  AS active_connections,
       (COALESCE(SUM(t.bytes_in), 0) + COALESCE(SUM(c.bytes_in), 0))::BIGINT    AS total_bytes_in,
       (COALESCE(SUM(t.bytes_out), 0) + COALESCE(SUM(c.bytes_out), 0))::BIGINT  AS total_bytes_out
FROM server_locations l
LEFT JOIN servers s ON s.location_id = l.location_id
LEFT JOIN (
    SELECT server_id, COUNT(*) AS assigned_users
    FROM users
    GROUP BY server_id
) u ON u.server_id = s.name
LEFT JOIN (
    SELECT server_id,
           COUNT(*)                                               AS active_connections,
           SUM(COALESCE(bytes_received, 0) - rolled_up_received)  AS bytes_in,
           SUM(COALESCE(bytes_sent, 0) - rolled_up_sent)          AS bytes_out
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.name
LEFT JOIN (
    SELECT server_id, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out
    FROM usage_by_server
    GROUP BY server_id
) t ON t.server_id = s.name
GROUP BY l.location_id;

CREATE VIEW v_servers_with_locations AS
SELECT s.id,
       s.name,
       s.host,
       s.port,
       s.enabled,
       s.server_type,
       s.last_sync,
       l.location_id,
       l.name             AS location_name,
       l.country,
       l.city,
       l.region,
       l.country_code,
       l.latitude,
       l.longitude,
       l.timezone,
       l.data_center,
       l.flag_emoji::TEXT AS flag_emoji,
       l.enabled          AS location_enabled
FROM servers s
LEFT JOIN server_locations l ON l.location_id = s.location_id;

DO $$
BEGIN
    IF CURRENT_SETTING('barqnet.grants') <> '' THEN
        EXECUTE CURRENT_SETTING('barqnet.grants');
    END IF;
END
$$;
*/
