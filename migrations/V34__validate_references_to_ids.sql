-- The foreign keys to ids hold for older rows, too.
--
-- Why: V32 adds them NOT VALID, because it locks its tables exclusively.
-- Locks: SHARE UPDATE EXCLUSIVE on user_sessions, session_token_history and vpn_statistics, which blocks neither readers nor
-- writers, while they are read. In a database of the Go product audit_log can have such a key as
-- well. A table with a row that violates its key keeps it NOT VALID; doctor reports it.

DO $$
DECLARE
    reference RECORD;
BEGIN
    FOR reference IN
        SELECT f.conrelid::REGCLASS AS table_name, f.conname AS name
        FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = f.confkey[1]
        WHERE f.contype = 'f'
          AND f.confrelid IN ('users'::REGCLASS, 'user_sessions'::REGCLASS, 'vpn_connections'::REGCLASS)
          AND a.attname = 'id'
          AND NOT f.convalidated
        ORDER BY f.conname
    LOOP
        BEGIN
            EXECUTE FORMAT('ALTER TABLE %s VALIDATE CONSTRAINT %I', reference.table_name, reference.name);
        EXCEPTION WHEN foreign_key_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

/* rollback
DO $$
DECLARE
    reference RECORD;
BEGIN
    FOR reference IN
        SELECT f.conrelid::REGCLASS AS table_name, f.conname AS name, PG_GET_CONSTRAINTDEF(f.oid) AS definition
        FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = f.confkey[1]
        WHERE f.contype = 'f'
          AND f.confrelid IN ('users'::REGCLASS, 'user_sessions'::REGCLASS, 'vpn_connections'::REGCLASS)
          AND a.attname = 'id'
          AND f.convalidated
        ORDER BY f.conname
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', reference.table_name, reference.name);
        EXECUTE FORMAT('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', reference.table_name, reference.name,
                       reference.definition);
    END LOOP;
END
$$;
*/
