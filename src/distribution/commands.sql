-- What gives the functions of a distributed database the form that a cluster needs: step, function and statement; no row if all have it.
-- The forms are rows of signature, body and definition.
SELECT 1 AS step, p.oid AS function, f.definition AS statement
FROM (VALUES
    {forms}
) AS f (signature, body, definition)
JOIN pg_proc p
    ON LOWER(FORMAT('%s(%s) RETURNS %s', p.proname, PG_GET_FUNCTION_ARGUMENTS(p.oid), PG_GET_FUNCTION_RESULT(p.oid))) = f.signature
WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND p.prosrc <> f.body
UNION ALL
-- A worker finds the tables by it. CREATE OR REPLACE removes it.
SELECT 2, p.oid, FORMAT('ALTER FUNCTION %s SET search_path = %s', p.oid::REGPROCEDURE, s.path)
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
CROSS JOIN (
    SELECT STRING_AGG(QUOTE_IDENT(n.name), ', ' ORDER BY n.position) || ', pg_temp' AS path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS n (name, position)
    WHERE NOT STARTS_WITH(n.name::TEXT, 'pg_temp')
) s
WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND l.lanname = 'plpgsql'
  AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM UNNEST(p.proconfig) AS c (setting) WHERE STARTS_WITH(c.setting, 'search_path='))
UNION ALL
-- A statement on many shards needs its parameters before it is planned.
SELECT 3, p.oid, FORMAT('ALTER FUNCTION %s RESET plan_cache_mode', p.oid::REGPROCEDURE)
FROM pg_proc p
WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND 'plan_cache_mode=force_generic_plan' = ANY (p.proconfig)
UNION ALL
-- What nodes and triggers call, what that calls, and what statements call that are sent to the workers.
SELECT 4, p.oid, FORMAT('SELECT create_distributed_function(%L)', p.oid::REGPROCEDURE)
FROM pg_proc p
WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND p.proname IN ('account_exists', 'connection_count_late', 'connection_heartbeat', 'counter_increase', 'counter_known',
                    'hour_of_usage', 'is_calendar_time', 'max_plausible_increase', 'plain_address', 'replace_word', 'report_base',
                    'report_is_plausible', 'roll_up_written_statistics', 'seconds_between', 'server_heard', 'usage_roll_up')
  AND NOT EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_proc'::REGCLASS AND o.objid = p.oid)
UNION ALL
-- A node's report runs where its rows are.
SELECT 5, p.oid, FORMAT('SELECT create_distributed_function(%L, %L, colocate_with => %L)', p.oid::REGPROCEDURE, 'server_id', '{first table}')
FROM pg_proc p
WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND p.proname IN ('connection_heartbeat', 'connection_count_late')
  AND NOT EXISTS (
      SELECT
      FROM pg_dist_object o
      WHERE o.classid = 'pg_proc'::REGCLASS
        AND o.objid = p.oid
        AND o.distribution_argument_index IS NOT NULL
  )
