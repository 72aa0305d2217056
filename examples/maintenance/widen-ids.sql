-- Prepares a large database for V32, which makes ids BIGINT, while the release before V32 is running:
--
--     psql -v ON_ERROR_STOP=1 -f examples/maintenance/widen-ids.sql
--
-- Each table gets a BIGINT column beside each id, a trigger that keeps the two equal, copies of the indexes, and a constraint
-- as the proof that no row is missing. V32 finds the constraint and replaces the columns without reading a row. Run it as
-- the owner of the tables, outside a transaction. If interrupted, run it again: it continues. A table that is left out here
-- is rewritten by V32. docs/operations.md says what it takes; how to undo it is at the end.
--
-- Locks: ALTER TABLE and CREATE TRIGGER for an instant each, and they give up after 2 seconds: run it again. A batch holds its
-- rows until it commits. Indexes and the constraint block neither readers nor writers.

SET lock_timeout = '2s';

-- The first column of a table leads the way through it: it has an index.
CREATE TEMPORARY TABLE ids AS
SELECT c.oid::REGCLASS AS table_name,
       w.place,
       a.attname       AS narrow,
       a.attname || '_wide' AS wide,
       a.attnum        AS number,
       a.attnotnull    AS is_required
FROM (VALUES
    ('vpn_connections', 1, 'id'),
    ('vpn_statistics', 1, 'id'),
    ('vpn_statistics', 2, 'connection_id'),
    ('vpn_statistics_archive', 1, 'id'),
    ('vpn_statistics_archive', 2, 'connection_id'),
    ('audit_log', 1, 'id'),
    ('server_health', 1, 'id'),
    ('session_token_history', 1, 'session_id'),
    ('user_sessions', 1, 'id'),
    ('user_sessions', 2, 'user_id'),
    ('users', 1, 'id')
) AS w (table_name, place, column_name)
JOIN pg_class c ON c.oid = TO_REGCLASS(w.table_name)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.column_name
WHERE a.atttypid = 'integer'::REGTYPE;

-- 1. The columns, and the triggers that fill them from now on.
SELECT FORMAT('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I BIGINT', table_name, wide) FROM ids ORDER BY table_name, place
\gexec

SELECT FORMAT('CREATE OR REPLACE FUNCTION %I() RETURNS TRIGGER LANGUAGE plpgsql AS $trigger$ BEGIN %s RETURN NEW; END $trigger$',
              c.relname || '_wide', STRING_AGG(FORMAT('NEW.%I := NEW.%I;', i.wide, i.narrow), ' '))
FROM ids i
JOIN pg_class c ON c.oid = i.table_name
GROUP BY c.relname
\gexec

SELECT FORMAT('CREATE TRIGGER %I BEFORE INSERT OR UPDATE OF %s ON %s FOR EACH ROW EXECUTE FUNCTION %1$I()',
              c.relname || '_wide', STRING_AGG(QUOTE_IDENT(i.narrow), ', '), i.table_name)
FROM ids i
JOIN pg_class c ON c.oid = i.table_name
WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_wide')
GROUP BY c.relname, i.table_name
\gexec

-- 2. The rows that are there, in batches in the order of the index, in which heartbeats lock rows, too.
SET lock_timeout = 0;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
DECLARE
    target RECORD;
    done   BIGINT;
    upto   BIGINT;
BEGIN
    FOR target IN
        SELECT i.table_name,
               MIN(i.narrow) FILTER (WHERE i.place = 1)              AS key,
               MIN(i.wide) FILTER (WHERE i.place = 1)                AS filled,
               STRING_AGG(FORMAT('%I = %I', i.wide, i.narrow), ', ') AS changes
        FROM ids i
        GROUP BY i.table_name
        ORDER BY i.table_name
    LOOP
        done := -9223372036854775808;
        LOOP
            EXECUTE FORMAT('SELECT MAX(b.key) FROM (SELECT %I AS key FROM %s WHERE %1$I > $1 ORDER BY 1 LIMIT 10000) b',
                           target.key, target.table_name)
            INTO upto
            USING done;
            EXIT WHEN upto IS NULL;
            EXECUTE FORMAT('UPDATE %s SET %s WHERE %I > $1 AND %3$I <= $2 AND %I IS NULL', target.table_name,
                           target.changes, target.key, target.filled)
            USING done, upto;
            COMMIT;
            done := upto;
        END LOOP;
    END LOOP;
END
$$;

-- 3. The dead rows of the batches go, and their space is used by what follows.
SELECT FORMAT('VACUUM (ANALYZE) %s', table_name) FROM ids GROUP BY table_name
\gexec

-- 4. A copy of each index that has such a column. An index whose making was interrupted is not valid: it is made once more.
SELECT FORMAT('DROP INDEX CONCURRENTLY %s', x.indexrelid::REGCLASS)
FROM pg_index x
JOIN pg_class n ON n.oid = x.indexrelid
WHERE x.indrelid IN (SELECT table_name FROM ids)
  AND n.relname LIKE '%\_wide'
  AND NOT x.indisvalid
\gexec

SELECT FORMAT('CREATE %sINDEX CONCURRENTLY IF NOT EXISTS %I ON %s %s',
              CASE WHEN x.indisunique THEN 'UNIQUE ' END,
              n.relname || '_wide',
              x.indrelid::REGCLASS,
              REGEXP_REPLACE(SUBSTRING(PG_GET_INDEXDEF(x.indexrelid) FROM ' (USING .*)$'),
                             '\m(' || STRING_AGG(i.narrow, '|') || ')\M', '\1_wide', 'g'))
FROM pg_index x
JOIN pg_class n ON n.oid = x.indexrelid
JOIN ids i ON i.table_name = x.indrelid AND i.number = ANY (x.indkey::SMALLINT[])
GROUP BY x.indexrelid, x.indrelid, x.indisunique, n.relname
\gexec

-- 5. The proof, by which V32 recognises the preparation.
SET lock_timeout = '2s';
SELECT FORMAT('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s) NOT VALID', i.table_name, c.relname || '_wide',
              STRING_AGG(CASE WHEN i.is_required THEN FORMAT('%I IS NOT NULL AND %1$I = %I', i.wide, i.narrow)
                              ELSE FORMAT('%I IS NOT DISTINCT FROM %I', i.wide, i.narrow) END, ' AND '))
FROM ids i
JOIN pg_class c ON c.oid = i.table_name
WHERE NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = c.oid AND p.conname = c.relname || '_wide')
GROUP BY i.table_name, c.relname
\gexec

SELECT FORMAT('ALTER TABLE %s VALIDATE CONSTRAINT %I', p.conrelid::REGCLASS, p.conname)
FROM pg_constraint p
WHERE p.conrelid IN (SELECT table_name FROM ids)
  AND p.conname LIKE '%\_wide'
  AND NOT p.convalidated
\gexec

-- To undo it: for each table, DROP TRIGGER <table>_wide ON <table>, DROP FUNCTION <table>_wide(), and ALTER TABLE <table> DROP
-- COLUMN for the columns that end in _wide, which takes indexes and constraint along.
