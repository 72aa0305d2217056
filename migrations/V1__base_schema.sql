-- The tables BarqNet started with: accounts, servers, the audit trail and server health.
--
-- Same tables, columns, defaults and index names as the Go service created at start-up, so that its databases and
-- fresh ones meet here. On a database of the Go service the block below first brings every table that is already
-- there, those of V2 to V4 included, to the columns, types and rules of a fresh one; the migrations then find them as
-- they would have made them. Every row stays, and every column and table that a fresh database lacks. What a row had
-- to change, and every definition that was replaced, is kept in the table adoption_changes.
-- Locks: creates only on a fresh database. On one of the Go service ACCESS EXCLUSIVE on all of its tables: a table is
-- rewritten once if a column changes its type or is filled from another, about three seconds a million rows; foreign
-- keys and checks are validated, about half a second a million rows; indexes are built anew here and in V2 to V7.

-- The Go service ran in UTC, and so every TIMESTAMP that it wrote is UTC.
SET LOCAL TimeZone = 'UTC';

DO $adoption$
DECLARE
    ours       CONSTANT TEXT[] := ARRAY['users', 'servers', 'audit_log', 'server_health', 'user_sessions',
                                        'otp_attempts', 'vpn_connections', 'vpn_statistics', 'server_locations'];
    -- ISO 3166-1: the three letters of a country and the two that stand for it.
    countries  CONSTANT TEXT := '
        ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ
        BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB
        BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM
        CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER
        ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN
        GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU
        IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG
        KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO
        MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR
        MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR
        NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA
        REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM
        SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK
        TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC
        VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
    ';
    relations  OID[];
    this_table TEXT;
    this_key   TEXT;
    relation   REGCLASS;
    known      TEXT[];
    added      TEXT[];
    altered    TEXT[];
    new_type   TEXT;
    new_value  TEXT;
    is_applied BOOLEAN;
    has_names  BOOLEAN;
    changed    BIGINT;
    problem    TEXT;
    target     RECORD;
BEGIN
    SELECT ARRAY_AGG(c.oid) INTO relations
    FROM pg_class c
    WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind IN ('r', 'p') AND c.relname = ANY (ours);
    IF relations IS NULL THEN
        RETURN;
    END IF;
    -- A second run finds its own tables.
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = TO_REGCLASS('schema_migrations') AND attname = 'applied_on')
    THEN
        EXECUTE 'SELECT EXISTS (SELECT FROM schema_migrations WHERE version = 1)' INTO is_applied;
        IF is_applied THEN
            RETURN;
        END IF;
    END IF;

    -- Every base schema of the Go service has these columns. Somebody else's tables are left alone.
    SELECT STRING_AGG(FORMAT('%s.%s', w.table_name, w.column_name), ', ') INTO problem
    FROM (VALUES ('users', 'id'), ('users', 'username'), ('users', 'server_id'),
                 ('servers', 'id'), ('servers', 'name'), ('servers', 'host'), ('servers', 'server_type'),
                 ('audit_log', 'id'), ('audit_log', 'action'), ('audit_log', 'details'), ('audit_log', 'ip_address')
         ) AS w (table_name, column_name)
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = TO_REGCLASS(FORMAT('%I.%I', CURRENT_SCHEMA(), w.table_name))
          AND a.attname = w.column_name AND NOT a.attisdropped
    );
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'this database has tables of BarqNet''s names that are not BarqNet''s: it lacks %', problem
            USING HINT = 'Give BarqNet a database of its own.';
    END IF;

    -- All at once and first, so that nothing is half done when a lock has to be waited for.
    EXECUTE FORMAT('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', ARRAY_TO_STRING(relations::REGCLASS[], ', '));

    -- what: changed (a row's value), replaced (a definition), kept (a column or table that a fresh database lacks).
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

    FOR target IN
        SELECT c.conrelid::REGCLASS AS relation, c.conname, w.new_name
        FROM pg_constraint c
        JOIN pg_class r ON r.oid = c.conrelid
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        CROSS JOIN LATERAL (
            SELECT r.relname || CASE c.contype WHEN 'p' THEN '_pkey' ELSE FORMAT('_%s_key', a.attname) END AS new_name
        ) w
        WHERE c.conrelid = ANY (relations) AND CARDINALITY(c.conkey) = 1 AND c.conname <> w.new_name
          AND (c.contype = 'p'
               OR (c.contype = 'u' AND (r.relname, a.attname) IN (('users', 'username'), ('servers', 'name'))))
          AND TO_REGCLASS(w.new_name) IS NULL
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', target.relation, target.conname, target.new_name);
    END LOOP;

    -- The definitions of the Go service make way for those of the migrations: views, triggers that set updated_at,
    -- functions, foreign keys and checks, and the indexes, which it called idx_…; others are an operator's and stay.
    FOR target IN
        SELECT c.oid::REGCLASS::TEXT AS on_table,
               FORMAT('CREATE VIEW %s AS %s', c.oid::REGCLASS, PG_GET_VIEWDEF(c.oid)) AS definition,
               FORMAT('DROP VIEW %s', c.oid::REGCLASS) AS removal
        FROM pg_class c
        WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind = 'v'
          AND c.relname IN ('v_active_connections', 'v_user_statistics', 'v_server_statistics',
                            'v_servers_with_locations', 'v_location_statistics')
        UNION ALL
        SELECT t.tgrelid::REGCLASS::TEXT, PG_GET_TRIGGERDEF(t.oid),
               FORMAT('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::REGCLASS)
        FROM pg_trigger t
        JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = ANY (relations) AND NOT t.tgisinternal AND p.proname ~ '^update_.*updated_at'
        UNION ALL
        SELECT p.oid::REGPROCEDURE::TEXT, PG_GET_FUNCTIONDEF(p.oid), FORMAT('DROP FUNCTION %s', p.oid::REGPROCEDURE)
        FROM pg_proc p
        WHERE p.pronamespace = CURRENT_SCHEMA()::REGNAMESPACE
          AND (p.proname = 'get_nearest_location'
               OR (p.prorettype = 'trigger'::REGTYPE AND p.proname ~ '^update_.*updated_at'
                   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid AND t.tgrelid <> ALL (relations))))
        UNION ALL
        (SELECT c.conrelid::REGCLASS::TEXT,
                FORMAT('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::REGCLASS, c.conname,
                       PG_GET_CONSTRAINTDEF(c.oid)),
                FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::REGCLASS, c.conname)
         FROM pg_constraint c
         WHERE c.conrelid = ANY (relations) AND c.contype IN ('f', 'c', 'u')
           AND NOT (c.contype = 'u' AND (
               c.conname IN ('users_username_key', 'servers_name_key')
               -- A table that isn't ours refers to it.
               OR EXISTS (SELECT FROM pg_constraint f
                          WHERE f.contype = 'f' AND f.conindid = c.conindid AND f.conrelid <> ALL (relations))))
         -- Foreign keys before what they refer to.
         ORDER BY c.contype = 'f' DESC)
        UNION ALL
        SELECT i.indrelid::REGCLASS::TEXT, PG_GET_INDEXDEF(i.indexrelid),
               FORMAT('DROP INDEX %s', i.indexrelid::REGCLASS)
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY (relations) AND c.relname LIKE 'idx\_%'
          AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
    LOOP
        INSERT INTO adoption_changes (what, table_name, original)
        VALUES ('replaced', target.on_table, target.definition);
        EXECUTE target.removal;
    END LOOP;

    IF TO_REGCLASS('server_locations') IS NOT NULL THEN
        IF EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = 'server_locations'::REGCLASS AND attname = 'id' AND NOT attisdropped)
        THEN
            ALTER TABLE server_locations RENAME COLUMN id TO location_id;
        END IF;
        IF PG_GET_SERIAL_SEQUENCE('server_locations', 'location_id') NOT LIKE '%.server_locations_location_id_seq' THEN
            EXECUTE FORMAT('ALTER SEQUENCE %s RENAME TO server_locations_location_id_seq',
                           PG_GET_SERIAL_SEQUENCE('server_locations', 'location_id'));
        END IF;
    END IF;
    has_names := EXISTS (SELECT FROM pg_attribute
                         WHERE attrelid = TO_REGCLASS('server_locations') AND attname = 'name' AND NOT attisdropped);

    CREATE FUNCTION adoption_username(user_id INTEGER) RETURNS TEXT LANGUAGE SQL STABLE
        AS 'SELECT u.username FROM users u WHERE u.id = user_id';
    CREATE FUNCTION adoption_inet(address TEXT) RETURNS INET LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN RETURN address::INET; EXCEPTION WHEN invalid_text_representation THEN RETURN NULL; END';

    FOREACH this_table IN ARRAY ours LOOP
        relation := TO_REGCLASS(FORMAT('%I.%I', CURRENT_SCHEMA(), this_table));
        CONTINUE WHEN relation IS NULL;
        this_key := CASE this_table WHEN 'server_locations' THEN 'location_id' ELSE 'id' END;
        known := ARRAY[this_key];
        added := '{}';
        altered := '{}';
        FOR target IN
            SELECT w.name, w.type, w.standard, w.not_null, f.old_value,
                   w.table_name IN ('users', 'servers') AND l.name IS NOT NULL AS is_later,
                   a.attname IS NULL AS is_missing, COALESCE(a.attnotnull, FALSE) AS is_not_null,
                   FORMAT_TYPE(a.atttypid, a.atttypmod) AS old_type,
                   EXISTS (SELECT FROM pg_attribute s
                           WHERE s.attrelid = relation AND s.attname = f.source AND NOT s.attisdropped) AS has_source
            FROM (
                -- Every column that V1 to V4 make: its type and default and, where it may not be NULL, what stands in
                -- a row that has nothing.
                SELECT v.table_name, v.name, v.standard, v.not_null,
                       CASE v.type WHEN 'timestamp' THEN 'timestamp without time zone'
                            ELSE REPLACE(v.type, 'varchar', 'character varying') END AS type
                FROM (VALUES
                    ('users', 'username', 'varchar(255)', NULL, '''user '' || id'),
                    ('users', 'created_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('users', 'expires_at', 'timestamp', NULL, NULL),
                    ('users', 'active', 'boolean', 'TRUE', NULL),
                    ('users', 'ovpn_path', 'text', NULL, NULL),
                    ('users', 'port', 'integer', '1194', NULL),
                    ('users', 'protocol', 'varchar(10)', '''udp''', NULL),
                    ('users', 'last_access', 'timestamp', NULL, NULL),
                    ('users', 'checksum', 'varchar(255)', NULL, NULL),
                    ('users', 'synced', 'boolean', 'FALSE', NULL),
                    ('users', 'server_id', 'varchar(255)', NULL, NULL),
                    ('users', 'created_by', 'varchar(255)', NULL, '''unknown'''),
                    ('users', 'phone_number', 'varchar(20)', NULL, NULL),
                    ('users', 'password_hash', 'varchar(255)', NULL, NULL),
                    ('users', 'created_via', 'varchar(20)', '''api''', NULL),
                    ('users', 'last_login', 'timestamp', NULL, NULL),
                    ('servers', 'name', 'varchar(255)', NULL, '''server '' || id'),
                    ('servers', 'host', 'varchar(255)', NULL, ''''''),
                    ('servers', 'port', 'integer', '8080', NULL),
                    ('servers', 'username', 'varchar(255)', NULL, NULL),
                    ('servers', 'password', 'varchar(255)', NULL, NULL),
                    ('servers', 'enabled', 'boolean', 'TRUE', NULL),
                    ('servers', 'last_sync', 'timestamp', NULL, NULL),
                    ('servers', 'server_type', 'varchar(50)', '''endnode''', NULL),
                    ('servers', 'management_url', 'varchar(255)', NULL, NULL),
                    ('servers', 'created_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('servers', 'location_id', 'integer', NULL, NULL),
                    ('audit_log', 'timestamp', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('audit_log', 'action', 'varchar(255)', NULL, ''''''),
                    ('audit_log', 'username', 'varchar(255)', NULL, NULL),
                    ('audit_log', 'details', 'text', NULL, NULL),
                    ('audit_log', 'ip_address', 'inet', NULL, NULL),
                    ('audit_log', 'server_id', 'varchar(255)', NULL, '''unknown'''),
                    ('server_health', 'server_id', 'varchar(255)', NULL, '''unknown'''),
                    ('server_health', 'status', 'varchar(50)', NULL, '''unknown'''),
                    ('server_health', 'last_check', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('server_health', 'response_time_ms', 'integer', NULL, NULL),
                    ('server_health', 'error_message', 'text', NULL, NULL),
                    ('user_sessions', 'user_id', 'integer', NULL, '0'),
                    ('user_sessions', 'token_hash', 'varchar(255)', NULL, ''''''),
                    ('user_sessions', 'device_info', 'text', NULL, NULL),
                    ('user_sessions', 'ip_address', 'inet', NULL, NULL),
                    ('user_sessions', 'user_agent', 'text', NULL, NULL),
                    ('user_sessions', 'created_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('user_sessions', 'expires_at', 'timestamp', NULL, 'COALESCE(created_at, ''epoch'')'),
                    ('user_sessions', 'last_activity', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('user_sessions', 'revoked', 'boolean', 'FALSE', NULL),
                    ('user_sessions', 'revoked_at', 'timestamp', NULL, NULL),
                    ('user_sessions', 'revoked_reason', 'varchar(255)', NULL, NULL),
                    ('otp_attempts', 'phone_number', 'varchar(20)', NULL, ''''''),
                    ('otp_attempts', 'otp_code', 'varchar(6)', NULL, ''''''),
                    ('otp_attempts', 'attempt_type', 'varchar(20)', NULL, '''verify'''),
                    ('otp_attempts', 'ip_address', 'inet', NULL, NULL),
                    ('otp_attempts', 'created_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('otp_attempts', 'expires_at', 'timestamp', NULL, 'COALESCE(created_at, ''epoch'')'),
                    ('otp_attempts', 'verified', 'boolean', 'FALSE', NULL),
                    ('otp_attempts', 'verified_at', 'timestamp', NULL, NULL),
                    ('otp_attempts', 'attempt_count', 'integer', '0', NULL),
                    ('otp_attempts', 'last_attempt_at', 'timestamp', NULL, NULL),
                    ('vpn_connections', 'username', 'varchar(255)', NULL, ''''''),
                    ('vpn_connections', 'server_id', 'varchar(255)', NULL, '''unknown'''),
                    ('vpn_connections', 'status', 'varchar(50)', '''connecting''', '''error'''),
                    ('vpn_connections', 'client_ip', 'inet', NULL, NULL),
                    ('vpn_connections', 'virtual_ip', 'inet', NULL, NULL),
                    ('vpn_connections', 'public_ip', 'inet', NULL, NULL),
                    ('vpn_connections', 'connected_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('vpn_connections', 'disconnected_at', 'timestamp', NULL, NULL),
                    ('vpn_connections', 'duration_seconds', 'integer', NULL, NULL),
                    ('vpn_connections', 'disconnect_reason', 'varchar(255)', NULL, NULL),
                    ('vpn_connections', 'bytes_received', 'bigint', '0', NULL),
                    ('vpn_connections', 'bytes_sent', 'bigint', '0', NULL),
                    ('vpn_connections', 'last_activity', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('vpn_connections', 'device_name', 'varchar(255)', NULL, NULL),
                    ('vpn_connections', 'device_type', 'varchar(255)', NULL, NULL),
                    ('vpn_connections', 'app_version', 'varchar(255)', NULL, NULL),
                    ('vpn_statistics', 'username', 'varchar(255)', NULL, ''''''),
                    ('vpn_statistics', 'server_id', 'varchar(255)', NULL, '''unknown'''),
                    ('vpn_statistics', 'bytes_in', 'bigint', '0', NULL),
                    ('vpn_statistics', 'bytes_out', 'bigint', '0', NULL),
                    ('vpn_statistics', 'duration_seconds', 'integer', '0', NULL),
                    ('vpn_statistics', 'connection_id', 'integer', NULL, NULL),
                    ('vpn_statistics', 'started_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('vpn_statistics', 'ended_at', 'timestamp', NULL, NULL),
                    ('vpn_statistics', 'session_type', 'varchar(50)', '''vpn''', NULL),
                    ('vpn_statistics', 'client_version', 'varchar(50)', NULL, NULL),
                    ('vpn_statistics', 'protocol', 'varchar(10)', NULL, NULL),
                    ('vpn_statistics', 'encryption', 'varchar(50)', NULL, NULL),
                    ('server_locations', 'name', 'varchar(255)', NULL, 'COALESCE(city, ''location '' || location_id)'),
                    ('server_locations', 'country', 'varchar(255)', NULL, ''''''),
                    ('server_locations', 'city', 'varchar(255)', NULL, ''''''),
                    ('server_locations', 'region', 'varchar(255)', NULL, NULL),
                    ('server_locations', 'country_code', 'character(2)', NULL, '''ZZ'''),
                    ('server_locations', 'latitude', 'numeric(10,8)', NULL, NULL),
                    ('server_locations', 'longitude', 'numeric(11,8)', NULL, NULL),
                    ('server_locations', 'timezone', 'varchar(50)', NULL, NULL),
                    ('server_locations', 'data_center', 'varchar(255)', NULL, NULL),
                    ('server_locations', 'flag_emoji', 'character(4)', NULL, NULL),
                    ('server_locations', 'display_order', 'integer', '0', NULL),
                    ('server_locations', 'enabled', 'boolean', 'TRUE', NULL),
                    ('server_locations', 'created_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL),
                    ('server_locations', 'updated_at', 'timestamp', 'CURRENT_TIMESTAMP', NULL)
                ) AS v (table_name, name, type, standard, not_null)
            ) w
            -- What old rows get in a column that is new, and the column of theirs that it needs.
            LEFT JOIN (VALUES
                ('users', 'active', 'status = ''active''', 'status'),
                ('audit_log', 'timestamp', 'created_at', 'created_at'),
                ('audit_log', 'username', 'adoption_username(user_id)', 'user_id'),
                ('vpn_connections', 'client_ip', 'ip_address', 'ip_address'),
                ('vpn_connections', 'last_activity',
                 'COALESCE(disconnected_at, connected_at, created_at)', 'created_at'),
                ('vpn_statistics', 'started_at',
                 'created_at - MAKE_INTERVAL(secs => GREATEST(duration_seconds, 0))', 'created_at'),
                ('vpn_statistics', 'ended_at', 'created_at', 'created_at'),
                ('server_locations', 'name', 'city', 'city')
            ) AS f (table_name, name, old_value, source) ON f.table_name = w.table_name AND f.name = w.name
            -- Columns that a later migration adds where they are missing.
            LEFT JOIN (
                VALUES ('phone_number'), ('password_hash'), ('created_via'), ('last_login'), ('location_id')
            ) AS l (name) ON l.name = w.name
            LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = w.name AND NOT a.attisdropped
            WHERE w.table_name = this_table
        LOOP
            known := known || target.name::TEXT;
            new_type := target.type;
            new_value := FORMAT('%I', target.name);
            IF target.is_missing THEN
                CONTINUE WHEN target.is_later;
                -- The time of this migration is not when something happened that is long past.
                added := added || FORMAT('ADD COLUMN %I %s DEFAULT %s', target.name, target.type,
                                         COALESCE(NULLIF(target.standard, 'CURRENT_TIMESTAMP'), 'NULL'));
                IF target.has_source THEN
                    new_value := target.old_value;
                END IF;
            ELSIF target.old_type LIKE 'timestamp%' AND target.type LIKE 'timestamp%' THEN
                -- V5 settles that.
                new_type := target.old_type;
            ELSIF target.old_type <> target.type AND NOT (
                target.old_type LIKE 'character varying(%' AND target.type LIKE 'character varying(%'
                AND SUBSTRING(target.old_type FROM '\d+')::INTEGER < SUBSTRING(target.type FROM '\d+')::INTEGER)
            THEN
                new_value := FORMAT(
                    CASE
                        WHEN target.type = 'character(2)' THEN
                            'CASE WHEN LENGTH(TRIM(%1$I)) <= 2 THEN TRIM(%1$I)'
                            || ' WHEN TRIM(%1$I) ~ ''^[A-Za-z]{2}-'' THEN UPPER(LEFT(TRIM(%1$I), 2))'
                            || ' ELSE COALESCE(SUBSTRING(%2$L FROM ''\m'''
                            || ' || UPPER(SUBSTRING(TRIM(%1$I) FROM ''^[A-Za-z]{3}$'')) || ''(..)''), ''ZZ'') END'
                        WHEN target.type LIKE 'character%' THEN
                            'LEFT(%1$I::TEXT, ' || SUBSTRING(target.type FROM '\d+') || ')'
                        WHEN target.type LIKE 'numeric%' THEN
                            'CASE WHEN ABS(ROUND(%1$I::NUMERIC, 8)) < '
                            || CASE target.type WHEN 'numeric(10,8)' THEN '100' ELSE '1000' END
                            || ' THEN ROUND(%1$I::NUMERIC, 8) END'
                        WHEN target.type = 'inet' THEN 'adoption_inet(%1$I::TEXT)'
                        ELSE '%1$I::' || target.type
                    END, target.name, countries);
                EXECUTE FORMAT(
                    'INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
                     SELECT ''changed'', %1$L, %2$L, %3$I, %2$I::TEXT, (%4$s)::TEXT, %5$L FROM %6$s WHERE '
                    -- Of a text what counts is what it shows, without the blanks that fill a CHAR up.
                    || CASE WHEN target.type LIKE 'numeric%' THEN '%2$I IS DISTINCT FROM (%4$s)'
                            ELSE 'RTRIM(FORMAT(''%%s'', %2$I)) <> RTRIM(FORMAT(''%%s'', %4$s))' END,
                    this_table, target.name, this_key, new_value, 'does not fit ' || target.type, relation);
            END IF;
            IF target.not_null IS NOT NULL AND NOT target.is_missing AND NOT target.is_not_null THEN
                EXECUTE FORMAT(
                    'INSERT INTO adoption_changes (what, table_name, column_name, row_id, changed_to, reason)
                     SELECT ''changed'', %1$L, %2$L, %3$I, (%4$s)::TEXT, ''may not be NULL''
                     FROM %5$s
                     WHERE %2$I IS NULL',
                    this_table, target.name, this_key, target.not_null, relation);
                GET DIAGNOSTICS changed = ROW_COUNT;
                IF changed > 0 THEN
                    new_value := FORMAT('COALESCE(%s, %s)', new_value, target.not_null);
                END IF;
            ELSIF target.not_null IS NOT NULL AND target.is_missing THEN
                new_value := FORMAT('COALESCE(%s, %s)', new_value, target.not_null);
            END IF;
            IF new_value <> FORMAT('%I', target.name) THEN
                altered := altered || FORMAT('ALTER COLUMN %1$I DROP DEFAULT, ALTER COLUMN %1$I TYPE %2$s USING %3$s',
                                             target.name, new_type, new_value);
            ELSIF NOT target.is_missing AND target.old_type <> new_type THEN
                altered := altered || FORMAT('ALTER COLUMN %I TYPE %s', target.name, new_type);
            END IF;
            altered := altered || FORMAT('ALTER COLUMN %I %s', target.name,
                                         COALESCE('SET DEFAULT ' || target.standard, 'DROP DEFAULT'));
            altered := altered || FORMAT('ALTER COLUMN %I %s NOT NULL', target.name,
                                         CASE WHEN target.not_null IS NULL THEN 'DROP' ELSE 'SET' END);
        END LOOP;

        -- What a fresh table doesn't have stays and may be empty from now on.
        FOR target IN
            SELECT a.attname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS is_demanded
            FROM pg_attribute a
            WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (known)
            ORDER BY a.attnum
        LOOP
            INSERT INTO adoption_changes (what, table_name, column_name) VALUES ('kept', this_table, target.attname);
            IF target.is_demanded THEN
                altered := altered || FORMAT('ALTER COLUMN %I DROP NOT NULL', target.attname);
            END IF;
        END LOOP;

        IF CARDINALITY(added) > 0 THEN
            EXECUTE FORMAT('ALTER TABLE %s %s', relation, ARRAY_TO_STRING(added, ', '));
        END IF;
        EXECUTE FORMAT('ALTER TABLE %s %s', relation, ARRAY_TO_STRING(altered, ', '));

        -- Rows that were copied in by hand are counted past, or the next row would meet their ids.
        IF PG_GET_SERIAL_SEQUENCE(relation::TEXT, this_key) IS NOT NULL THEN
            EXECUTE FORMAT(
                'SELECT SETVAL(%1$L, MAX(t.%2$I)) FROM %3$s t
                 HAVING MAX(t.%2$I) > (SELECT s.last_value - CASE WHEN s.is_called THEN 0 ELSE 1 END FROM %1$s s)',
                PG_GET_SERIAL_SEQUENCE(relation::TEXT, this_key), this_key, relation);
        END IF;
    END LOOP;
    DROP FUNCTION adoption_username(INTEGER), adoption_inet(TEXT);

    -- One location a city, one city a name, one account a phone number: the oldest row keeps it.
    IF TO_REGCLASS('server_locations') IS NOT NULL THEN
        LOOP
            FOR target IN
                SELECT d.location_id, d.city, FORMAT('%s (%s)', LEFT(d.city, 240), d.location_id) AS new_city
                FROM (SELECT location_id, city,
                             ROW_NUMBER() OVER (PARTITION BY country, city ORDER BY location_id) AS position
                      FROM server_locations) d
                WHERE d.position > 1
            LOOP
                UPDATE server_locations SET city = target.new_city WHERE location_id = target.location_id;
                INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
                VALUES ('changed', 'server_locations', 'city', target.location_id, target.city, target.new_city,
                        'another location has this country and city');
            END LOOP;
            EXIT WHEN NOT FOUND;
        END LOOP;
        LOOP
            FOR target IN
                SELECT d.location_id, d.name, FORMAT('%s (%s)', LEFT(d.name, 240), d.location_id) AS new_name
                -- A name that was given before one that was found above.
                FROM (SELECT l.location_id, l.name,
                             ROW_NUMBER() OVER (PARTITION BY l.name
                                                ORDER BY c.id NULLS FIRST, l.location_id) AS position
                      FROM server_locations l
                      LEFT JOIN adoption_changes c ON c.table_name = 'server_locations' AND c.column_name = 'name'
                                                  AND c.row_id = l.location_id AND c.original IS NULL) d
                WHERE d.position > 1
            LOOP
                UPDATE server_locations SET name = target.new_name WHERE location_id = target.location_id;
                INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, changed_to, reason)
                SELECT 'changed', 'server_locations', 'name', target.location_id, target.name, target.new_name,
                       'another location has this name'
                WHERE has_names;
            END LOOP;
            EXIT WHEN NOT FOUND;
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = TO_REGCLASS('users') AND attname = 'phone_number' AND NOT attisdropped)
    THEN
        FOR target IN
            SELECT d.id, d.phone_number
            FROM (SELECT id, phone_number, ROW_NUMBER() OVER (PARTITION BY phone_number ORDER BY id) AS position
                  FROM users WHERE phone_number IS NOT NULL) d
            WHERE d.position > 1
        LOOP
            UPDATE users SET phone_number = NULL WHERE id = target.id;
            INSERT INTO adoption_changes (what, table_name, column_name, row_id, original, reason)
            VALUES ('changed', 'users', 'phone_number', target.id, target.phone_number,
                    'another account has this number');
        END LOOP;
    END IF;

    -- A rule that rows of old break holds for every new row and stays NOT VALID.
    FOR target IN
        SELECT w.table_name, w.name, w.definition, w.definition LIKE 'UNIQUE%' AS is_unique
        FROM (VALUES
            ('users', 'users_username_key', NULL, 'UNIQUE (username)'),
            ('servers', 'servers_name_key', NULL, 'UNIQUE (name)'),
            ('server_locations', 'server_locations_name_key', NULL, 'UNIQUE (name)'),
            ('server_locations', 'chk_server_locations_latitude', NULL, 'CHECK (latitude BETWEEN -90 AND 90)'),
            ('server_locations', 'chk_server_locations_longitude', NULL, 'CHECK (longitude BETWEEN -180 AND 180)'),
            ('user_sessions', 'user_sessions_user_id_fkey', 'users',
             'FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE'),
            ('otp_attempts', 'chk_otp_attempt_type', NULL, 'CHECK (attempt_type IN (''send'', ''verify''))'),
            ('vpn_connections', 'fk_vpn_connections_username', 'users',
             'FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE'),
            ('vpn_connections', 'chk_vpn_connections_status', NULL,
             'CHECK (status IN (''connecting'', ''connected'', ''disconnected'', ''error''))'),
            ('vpn_connections', 'chk_vpn_connections_bytes_received', NULL, 'CHECK (bytes_received >= 0)'),
            ('vpn_connections', 'chk_vpn_connections_bytes_sent', NULL, 'CHECK (bytes_sent >= 0)'),
            ('vpn_statistics', 'fk_vpn_statistics_username', 'users',
             'FOREIGN KEY (username) REFERENCES users (username) ON UPDATE CASCADE'),
            ('vpn_statistics', 'fk_vpn_statistics_connection_id', 'vpn_connections',
             'FOREIGN KEY (connection_id) REFERENCES vpn_connections (id) ON DELETE SET NULL'),
            ('vpn_statistics', 'chk_vpn_statistics_bytes_in', NULL, 'CHECK (bytes_in >= 0)'),
            ('vpn_statistics', 'chk_vpn_statistics_bytes_out', NULL, 'CHECK (bytes_out >= 0)'),
            ('vpn_statistics', 'chk_vpn_statistics_session_type', NULL,
             'CHECK (session_type IN (''vpn'', ''api'', ''web''))'),
            ('vpn_statistics', 'chk_vpn_statistics_protocol', NULL, 'CHECK (protocol IN (''udp'', ''tcp''))')
        ) AS w (table_name, name, referred_to, definition)
        WHERE TO_REGCLASS(FORMAT('%I.%I', CURRENT_SCHEMA(), w.table_name)) IS NOT NULL
          AND (w.referred_to IS NULL OR TO_REGCLASS(FORMAT('%I.%I', CURRENT_SCHEMA(), w.referred_to)) IS NOT NULL)
          AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = TO_REGCLASS(w.table_name) AND conname = w.name)
    LOOP
        EXECUTE FORMAT('ALTER TABLE %I ADD CONSTRAINT %I %s %s', target.table_name, target.name, target.definition,
                       CASE WHEN NOT target.is_unique THEN 'NOT VALID' END);
        IF NOT target.is_unique THEN
            BEGIN
                EXECUTE FORMAT('ALTER TABLE %I VALIDATE CONSTRAINT %I', target.table_name, target.name);
            EXCEPTION WHEN foreign_key_violation OR check_violation THEN
                RAISE NOTICE '% stays NOT VALID: %', target.name, SQLERRM;
            END;
        END IF;
    END LOOP;

    -- PostgreSQL 18 names every NOT NULL, after the column as it was called then.
    FOR target IN
        SELECT c.conrelid::REGCLASS AS relation, c.conname, FORMAT('%s_%s_not_null', r.relname, a.attname) AS new_name
        FROM pg_constraint c
        JOIN pg_class r ON r.oid = c.conrelid
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.conrelid = ANY (relations) AND c.contype = 'n'
          AND c.conname <> FORMAT('%s_%s_not_null', r.relname, a.attname)
    LOOP
        EXECUTE FORMAT('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', target.relation, target.conname, target.new_name);
    END LOOP;

    INSERT INTO adoption_changes (what, table_name)
    SELECT 'kept', c.relname
    FROM pg_class c
    WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind IN ('r', 'p') AND c.oid <> ALL (relations)
      AND c.relname NOT IN ('schema_migrations', 'adoption_changes') AND c.relname NOT LIKE 'schema\_migration\_%'
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e');
END
$adoption$;

-- An account may have no server: one kind of Go database allowed that, and such accounts exist.
CREATE TABLE IF NOT EXISTS users (
    id          SERIAL PRIMARY KEY,
    username    VARCHAR(255) UNIQUE NOT NULL,
    created_at  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expires_at  TIMESTAMP,
    active      BOOLEAN DEFAULT TRUE,
    ovpn_path   TEXT,
    port        INTEGER DEFAULT 1194,
    protocol    VARCHAR(10) DEFAULT 'udp',
    last_access TIMESTAMP,
    checksum    VARCHAR(255),
    synced      BOOLEAN DEFAULT FALSE,
    server_id   VARCHAR(255),
    created_by  VARCHAR(255) NOT NULL
);
-- The unique constraint already serves look-ups by name; this index exists in every Go database.
CREATE INDEX IF NOT EXISTS idx_users_username ON users (username);
CREATE INDEX IF NOT EXISTS idx_users_active ON users (active);
CREATE INDEX IF NOT EXISTS idx_users_server_id ON users (server_id);

CREATE TABLE IF NOT EXISTS servers (
    id             SERIAL PRIMARY KEY,
    name           VARCHAR(255) UNIQUE NOT NULL,
    host           VARCHAR(255) NOT NULL,
    port           INTEGER DEFAULT 8080,
    username       VARCHAR(255),
    password       VARCHAR(255),
    enabled        BOOLEAN DEFAULT TRUE,
    last_sync      TIMESTAMP,
    server_type    VARCHAR(50) DEFAULT 'endnode',
    management_url VARCHAR(255),
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_servers_enabled ON servers (enabled);
CREATE INDEX IF NOT EXISTS idx_servers_server_type ON servers (server_type);

CREATE TABLE IF NOT EXISTS audit_log (
    id         SERIAL PRIMARY KEY,
    timestamp  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    action     VARCHAR(255) NOT NULL,
    username   VARCHAR(255),
    details    TEXT,
    ip_address INET,
    server_id  VARCHAR(255) NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_audit_timestamp ON audit_log (timestamp);
CREATE INDEX IF NOT EXISTS idx_audit_server_id ON audit_log (server_id);

CREATE TABLE IF NOT EXISTS server_health (
    id               SERIAL PRIMARY KEY,
    server_id        VARCHAR(255) NOT NULL,
    status           VARCHAR(50) NOT NULL,
    last_check       TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    response_time_ms INTEGER,
    error_message    TEXT
);
CREATE INDEX IF NOT EXISTS idx_server_health_server_id ON server_health (server_id);
CREATE INDEX IF NOT EXISTS idx_server_health_last_check ON server_health (last_check);

/* rollback
DROP TABLE IF EXISTS adoption_changes;
DROP TABLE IF EXISTS server_health;
DROP TABLE IF EXISTS audit_log;
DROP TABLE IF EXISTS servers;
DROP TABLE IF EXISTS users;
*/
