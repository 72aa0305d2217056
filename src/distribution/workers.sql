-- Copies the functions of the schema to the workers, and lets a node's report run where its rows are.
DO $$
DECLARE
    -- What a report calls, and what statements call that are sent to the workers.
    needed   CONSTANT TEXT[] := ARRAY['account_exists', 'connection_count_late', 'connection_heartbeat', 'counter_increase',
                                      'counter_known', 'hour_of_usage', 'is_calendar_time', 'max_plausible_increase',
                                      'plain_address', 'replace_word', 'report_base', 'report_is_plausible', 'seconds_between', 'server_heard',
                                      'usage_roll_up'];
    path     TEXT;
    function RECORD;
BEGIN
    PERFORM SET_CONFIG('citus.enable_ddl_propagation', 'on', TRUE);
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    -- CREATE OR REPLACE removes the search_path of a function.
    FOR function IN
        SELECT p.oid::REGPROCEDURE AS signature
        FROM pg_proc p
        JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND l.lanname = 'plpgsql'
          AND NOT EXISTS (SELECT FROM UNNEST(p.proconfig) AS c (setting) WHERE STARTS_WITH(c.setting, 'search_path='))
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function.signature, path);
    END LOOP;
    -- A statement on many shards needs its parameters before it is planned.
    FOR function IN
        SELECT p.oid::REGPROCEDURE AS signature
        FROM pg_proc p
        WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND 'plan_cache_mode=force_generic_plan' = ANY (p.proconfig)
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s RESET plan_cache_mode', function.signature);
    END LOOP;
    FOR function IN
        SELECT p.oid::REGPROCEDURE AS signature,
               p.proname IN ('connection_heartbeat', 'connection_count_late') AS is_of_a_node
        FROM pg_proc p
        WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND p.proname = ANY (needed)
          AND NOT EXISTS (SELECT FROM pg_dist_object o WHERE o.classid = 'pg_proc'::REGCLASS AND o.objid = p.oid)
        ORDER BY p.oid
    LOOP
        IF function.is_of_a_node THEN
            PERFORM create_distributed_function(function.signature, 'server_id', colocate_with => 'server_status');
        ELSE
            PERFORM create_distributed_function(function.signature);
        END IF;
    END LOOP;
END
$$;
